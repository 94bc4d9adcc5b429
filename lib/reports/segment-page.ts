import { drawBars, drawHeatMap, drawOverTime, shortNumber } from './charts.ts';
import {
  badge,
  checkList,
  figure,
  type Html,
  html,
  page,
  provenanceTable,
  raw,
  table,
  tile,
} from './page.ts';
import { noJudgement, type SegmentReport } from './segment-report.ts';

const whole = (value: number) => Math.round(value).toLocaleString('en');
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const hourLabels = Array.from(
  { length: 168 },
  (_, hour) => `${days[Math.floor(hour / 24)] ?? ''} ${hour % 24}:00`,
);

/** The report of a segment run as one self-contained page. Pure: the same report gives the same bytes. */
export function segmentPage(report: SegmentReport): string {
  const status = report.overall_status ?? 'not judged';
  const tone = { PASS: 'good', FAIL: 'bad', ALTERED: 'bad', 'not judged': 'unsure' }[status];
  return page(
    `Segment run ${report.segment_run_id}`,
    html`<header><h1>Segment 5A</h1><p>run ${report.segment_run_id}</p>
<div class="verdict"><strong class="${tone}">${status}</strong>${report.scenarios.map((id) => badge('plain', id))}${badge('plain', `tz ${report.tz_database_version}`)}</div></header>
${misfits(report)}${figures(report)}${shapes(report)}${report.scenarios_over_time.map(scenario)}${times(report)}${checks(report)}${sources(report)}`,
  );
}

function misfits({ findings }: SegmentReport): Html {
  if (findings.length === 0) return raw('');
  return html`<section><h2>What does not fit</h2>${findings.map((finding) => html`<p class="detail">${finding}.</p>`)}</section>`;
}

function figures(report: SegmentReport): Html {
  const { states, scenarios_over_time, issue_count, checks: all } = report;
  const count = (state: string, name: string) => {
    const found = states.find((one) => one.state === state)?.counts[name];
    return typeof found === 'number' ? whole(found) : 'unknown';
  };
  return html`<section><h2>What was made</h2><div class="tiles">${[
    tile('Merchant-zones', count('S1', 'domain_rows'), 'the domain'),
    ...scenarios_over_time.map(({ scenario_id, total }) =>
      tile(scenario_id, shortNumber(total), 'expected arrivals over the horizon'),
    ),
    tile(
      'All states',
      `${states.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1)} s`,
      `peak ${whole(Math.max(0, ...states.map(({ peak_rss_bytes }) => peak_rss_bytes)) / 2 ** 20)} MiB`,
    ),
    tile(
      'Checks',
      all.length === 0
        ? 'none'
        : `${all.filter(({ status: found }) => found === 'PASS').length} of ${all.length}`,
      all.length === 0 ? noJudgement(report) : 'pass, over every row',
    ),
    tile('Issues', whole(issue_count), 'in the issue table'),
  ]}</div></section>`;
}

function shapes({ weekly_shape }: SegmentReport): Html {
  if (weekly_shape.length === 0) return raw('');
  return html`<section><h2>The week</h2>${figure(
    'Weekly shape by class and channel',
    'Each row is one week, Monday to Sunday, hour by hour in local time: the share of the week that falls into each hour, on a scale of its own.',
    drawHeatMap(
      weekly_shape.map(({ demand_class, channel_group, hours }) => ({
        label: [demand_class, channel_group],
        values: hours,
      })),
      hourLabels,
    ),
  )}</section>`;
}

function scenario({
  scenario_id,
  horizon_start_utc,
  intensity,
  overlay,
}: SegmentReport['scenarios_over_time'][number]): Html {
  const start = Date.parse(`${horizon_start_utc.slice(0, 10)}T00:00:00Z`);
  const labels = overlay.map((_, day) => new Date(start + day * 86_400_000).toISOString().slice(5, 10));
  return html`<section><h2>Scenario ${scenario_id}</h2>${figure(
    'Intensity by class',
    'Expected arrivals a day in UTC, all merchant-zones of a class together.',
    drawOverTime({
      labels,
      series: intensity.map(({ demand_class, days: values }) => ({ name: demand_class, values })),
      unit: 'arrivals a day',
      stacked: true,
    }),
    table(
      ['class', 'arrivals over the horizon'],
      intensity.map(({ demand_class, days: values }) => [
        demand_class,
        whole(values.reduce((sum, value) => sum + value, 0)),
      ]),
      { numeric: [1] },
    ),
  )}${figure(
    'Overlay factors',
    'Smallest, mean and largest factor of all rows of a day: holidays, paydays, campaigns, outages and stress; 1 is an ordinary day.',
    drawOverTime({
      labels,
      series: [
        { name: 'largest', values: overlay.map(({ maximum }) => maximum), colour: 'var(--series-2)' },
        { name: 'mean', values: overlay.map(({ mean }) => mean), colour: 'var(--series-1)' },
        { name: 'smallest', values: overlay.map(({ minimum }) => minimum), colour: 'var(--series-3)' },
      ],
      unit: 'factor',
    }),
  )}</section>`;
}

function times({ states }: SegmentReport): Html {
  const seconds = new Map<string, number>();
  for (const { state, phases } of states) {
    for (const { lane, seconds: own } of phases) {
      seconds.set(`${state} ${lane}`, (seconds.get(`${state} ${lane}`) ?? 0) + own);
    }
  }
  const lanes = [...seconds].map(([label, value]) => ({ label, value }));
  return html`<section><h2>Where the time went</h2>${figure(
    'Lanes',
    'Seconds of each lane of each state, from its own markers; states that ran in parts are added up.',
    drawBars(
      lanes.filter(({ value }) => value >= 0.001),
      's',
    ),
    table(
      ['state', 'part', 'seconds', 'peak MiB', 'rows'],
      states.map(({ state, part, seconds, peak_rss_bytes, phases }) => [
        state,
        part,
        seconds.toFixed(3),
        whole(peak_rss_bytes / 2 ** 20),
        whole(Math.max(0, ...phases.map(({ rows }) => rows))),
      ]),
      { numeric: [2, 3, 4], phone: 'cards' },
    ),
  )}</section>`;
}

function checks(report: SegmentReport): Html {
  const { checks: all, blocking_reasons } = report;
  if (all.length === 0) return html`<section><h2>Checks</h2><p>${noJudgement(report)}.</p></section>`;
  const tone = (status: string) => (status === 'PASS' ? 'good' : status === 'FAIL' ? 'bad' : 'unsure');
  return html`<section><h2>Checks</h2>${blocking_reasons.length === 0 ? raw('') : html`<p>Blocked by ${blocking_reasons.join(', ')}.</p>`}${checkList(
    all.map(({ check_id, status }) => ({ mark: badge(tone(status), status), name: check_id })),
  )}</section>`;
}

function sources(report: SegmentReport): Html {
  const { manifest_fingerprint, parameter_hash, evidence, provenance } = report;
  const bundle = evidence.validation_bundle_sha256;
  return html`<section><h2>Where it comes from</h2>${provenanceTable(provenance)}${table(
    ['identity', 'SHA-256'],
    [
      ['world and policies', html`<code>${manifest_fingerprint}</code>`],
      ['policies alone', html`<code>${parameter_hash}</code>`],
      ['validation bundle', bundle === null ? noJudgement(report) : html`<code>${bundle}</code>`],
    ],
    { phone: 'pairs' },
  )}</section><footer>Computed from the folder of the run; the same folder gives this page again.</footer>`;
}
