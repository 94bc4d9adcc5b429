import type { BurstReport } from './burst-report.ts';
import { drawOverTime } from './charts.ts';
import { badge, figure, type Html, html, page, raw, type Tone, table, tile } from './page.ts';

const whole = (value: number) => value.toLocaleString('en');
const fixed = (value: number | null, digits: number) => (value === null ? 'unknown' : value.toFixed(digits));
const clock = (instant: string) => instant.slice(11, 19);
const toneOf: Readonly<Record<string, Tone>> = {
  PASS: 'good',
  FAIL: 'bad',
  WARN: 'unsure',
  ERROR: 'unsure',
  INDETERMINATE: 'unsure',
};

/** The report of a burst as one self-contained page. Pure: the same report gives the same bytes. */
export function burstPage(report: BurstReport): string {
  const { adjudication: judged, verdict } = report;
  const closes = judged.overall_pass;
  const heading = closes ? (judged.certifying ? 'May close' : 'Would pass') : 'Blocked';
  return page(
    `Burst ${report.execution_id}`,
    html`<header><h1>Burst ${report.execution_id}</h1><p>run ${report.run_id} in ${report.environment}${
      report.opened === null ? '' : `, plan ${report.opened.plan.name}, gate ${report.opened.gate_spec.name}`
    }</p>
<div class="verdict"><strong class="${closes ? 'good' : 'bad'}">${heading}: ${judged.phase}</strong>${badge(
      toneOf[verdict.verdict] ?? 'plain',
      `execution ${verdict.verdict}`,
    )}${judged.certifying ? badge('plain', 'certifying') : badge('unsure', 'rehearsal: opens and clears nothing')}</div></header>
${judgement(report)}${overTime(report)}${decisions(report)}${lanes(report)}${reconciliation(report)}${sources(report)}`,
  );
}

function judgement({ adjudication: judged }: BurstReport): Html {
  const load = judged.burst_load_checks;
  const windows = judged.burst_execution_window;
  const tiles = [
    tile(
      'Multiplier of the baseline',
      fixed(load.multiplier, 3),
      `at least ${load.multiplier_minimum}, over ${windows.judged_on.rate}`,
    ),
    tile(
      'Admit ratio',
      fixed(load.admit_ratio, 4),
      `at least ${load.admit_ratio_minimum}, over all receipts`,
    ),
    tile(
      'Admitted',
      load.admitted === null ? 'unknown' : whole(load.admitted),
      `${load.duplicates === null ? '?' : whole(load.duplicates)} duplicates, ${load.quarantined === null ? '?' : whole(load.quarantined)} put aside`,
    ),
    tile(
      'Task life',
      `${fixed(windows.task_life?.seconds ?? null, 1)} s`,
      `at least ${judged.gate_spec.duration_seconds.minimum} s, at most ${judged.gate_spec.duration_seconds.maximum} s`,
    ),
    tile('Load', `${fixed(windows.load?.seconds ?? null, 1)} s`, 'first answered send to last answer'),
    tile(
      'Longest stall',
      `${fixed(judged.lag_checkpoint_checks.longest_stall_seconds, 1)} s`,
      `at most ${judged.gate_spec.longest_stall_seconds} s without a checkpoint`,
    ),
  ];
  const blockers = judged.blockers.map(
    ({ id, meaning, remediation, reasons }) =>
      html`<div class="blocker"><strong>${id}</strong> ${meaning}${remediation.map((code) => html` ${badge('unsure', code)}`)}<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul></div>`,
  );
  return html`<section><h2>Judgement</h2><div class="tiles">${tiles}</div>${
    blockers.length === 0 ? html`<p>No blocker is open by this burst.</p>` : blockers
  }${judged.undetermined.length === 0 ? raw('') : html`<p>Not judged, because evidence is missing: ${judged.undetermined.join(', ')}.</p>`}${judged.findings.map(
    ({ id, holds, detail }) =>
      html`<p>${badge(holds ? 'good' : 'unsure', holds ? 'kept' : 'not kept')} ${id}: ${detail}.</p>`,
  )}</section>`;
}

function overTime({ database, lanes }: BurstReport): Html {
  if (database.over_time.length === 0)
    return html`<section><h2>Over time</h2><p>There is no receipt of this run.</p></section>`;
  const { span_seconds: span } = database;
  const spans = filled(database.over_time, span);
  const rate = drawOverTime({
    labels: spans.map(({ from }) => clock(from)),
    series: [{ name: 'admitted', values: spans.map(({ admitted }) => admitted / span) }],
    unit: 'admitted a second',
  });
  const places = [
    ...new Set(lanes.flatMap(({ latency_series }) => latency_series.map(({ from }) => from))),
  ].sort();
  const latency = (pick: 'p50_ms' | 'p99_ms') =>
    places.map((place) => {
      const found = lanes.flatMap(({ latency_series }) =>
        latency_series.filter(({ from }) => from === place),
      );
      return found.length === 0 ? null : Math.max(...found.map((point) => point[pick]));
    });
  return html`<section><h2>Over time</h2>${figure(
    'Rate',
    `Admissions a second by the clock of the database, in spans of ${span} s.`,
    rate,
    table(
      ['from', 'admitted', 'duplicates', 'quarantined'],
      spans.map(({ from, admitted, duplicates, quarantined }) => [
        from,
        whole(admitted),
        whole(duplicates),
        whole(quarantined),
      ]),
      [1, 2, 3],
    ),
  )}${
    places.length === 0
      ? raw('')
      : figure(
          'Latency',
          'From the intended time of sending to the answer; of all lanes the slowest.',
          drawOverTime({
            labels: places.map(clock),
            series: [
              { name: 'median', values: latency('p50_ms') },
              { name: '99th percentile', values: latency('p99_ms'), colour: 'var(--series-2)' },
            ],
            unit: 'milliseconds',
          }),
        )
  }</section>`;
}

/** Every span from the first to the last, those without a decision as zeros. */
function filled(spans: BurstReport['database']['over_time'], seconds: number) {
  const byStart = new Map(spans.map((span) => [Date.parse(span.from), span]));
  const starts = [...byStart.keys()];
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  return Array.from({ length: (last - first) / (seconds * 1_000) + 1 }, (_, index) => {
    const start = first + index * seconds * 1_000;
    return (
      byStart.get(start) ?? {
        from: new Date(start).toISOString(),
        admitted: 0,
        duplicates: 0,
        quarantined: 0,
      }
    );
  });
}

function decisions({ database }: BurstReport): Html {
  const total = database.decisions.reduce((sum, { events }) => sum + events, 0);
  return html`<section><h2>Decisions</h2><p>What the database holds of this run, one row a decision.</p>${table(
    ['decision', 'reason', 'receipts', 'share'],
    database.decisions.map(({ decision, reason, events }) => [
      badge(decision === 'ADMIT' ? 'good' : decision === 'DUPLICATE' ? 'unsure' : 'bad', decision),
      reason ?? '',
      whole(events),
      `${((events / total) * 100).toFixed(2)} %`,
    ]),
    [2, 3],
  )}</section>`;
}

function lanes({ lanes: all }: BurstReport): Html {
  return html`<section><h2>Lanes</h2>${table(
    [
      'lane',
      'epoch',
      'ended by',
      'sent',
      'admitted',
      'duplicates',
      'put aside',
      'unresolved',
      'sent again',
      'frontier',
      'p50 ms',
      'p99 ms',
      'max ms',
    ],
    all.map((lane) => [
      lane.lane,
      lane.epoch,
      lane.stop_reason,
      whole(lane.sent),
      whole(lane.admitted),
      whole(lane.duplicates),
      whole(lane.quarantined),
      whole(lane.unresolved),
      whole(Object.values(lane.retries).reduce((sum, count) => sum + count, 0)),
      whole(lane.frontier),
      lane.latency_ms.p50.toFixed(1),
      lane.latency_ms.p99.toFixed(1),
      lane.latency_ms.max.toFixed(1),
    ]),
    [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  )}</section>`;
}

function reconciliation({ reconciliation: checks }: BurstReport): Html {
  return html`<section><h2>Do the sources agree?</h2>${table(
    ['', 'check'],
    checks.map(({ id, status, detail }) => [
      badge(toneOf[status] ?? 'plain', status),
      html`${id}<div class="detail">${detail}</div>`,
    ]),
  )}</section>`;
}

function sources({ provenance, evidence, opened }: BurstReport): Html {
  return html`<section><h2>Where it comes from</h2>${table(
    ['part', 'source'],
    provenance.map(({ part, source }) => [part, source]),
  )}${table(
    ['evidence', 'SHA-256'],
    [
      ['sealed bundle', html`<code>${evidence.bundle_digest_sha256}</code>`],
      ['snapshot', html`<code>${evidence.snapshot_sha256}</code>`],
      ...(opened === null
        ? []
        : [
            ['plan', html`<code>${opened.plan_sha256}</code>`],
            ['gate', html`<code>${opened.gate_spec_sha256}</code>`],
            ['source', html`<code>${opened.source_sha256}</code>`],
          ]),
    ],
  )}</section><footer>Computed from sealed evidence and the database; the same evidence gives this page again.</footer>`;
}
