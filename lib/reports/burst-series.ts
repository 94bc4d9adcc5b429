import { instantFromMillis, millisOf } from '../vocabulary/instant.ts';
import type { BurstReport, DecisionsFrom } from './burst-report.ts';
import { drawOverTime } from './charts.ts';
import { badge, figure, type Html, html, raw, table } from './page.ts';

const whole = (value: number) => value.toLocaleString('en');
const clock = (instant: string) => instant.slice(11, 19);

/** Rate and latency of a burst over its time. Pure. */
export function overTime({ database, lanes }: BurstReport): Html {
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
    decisionsTable(spans),
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
  const byStart = new Map(spans.map((span) => [millisOf(span.from), span]));
  const starts = [...byStart.keys()];
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  return Array.from({ length: (last - first) / (seconds * 1_000) + 1 }, (_, index) => {
    const start = first + index * seconds * 1_000;
    return (
      byStart.get(start) ?? {
        from: instantFromMillis(start),
        admitted: 0,
        duplicates: 0,
        quarantined: 0,
      }
    );
  });
}

const decisionsTable = (spans: readonly DecisionsFrom[]) =>
  table(
    ['from', 'admitted', 'duplicates', 'put aside'],
    spans.map(({ from, admitted, duplicates, quarantined }) => [
      html`<span title="${from}">${clock(from)}</span>`,
      whole(admitted),
      whole(duplicates),
      whole(quarantined),
    ]),
    { numeric: [1, 2, 3] },
  );

/** Something is never shown as nothing. */
function share(part: number, whole: number): string {
  const percent = (part / whole) * 100;
  return part > 0 && percent < 0.005 ? '< 0.01 %' : `${percent.toFixed(2)} %`;
}

/** What was decided, in all and by the minute. Pure. */
export function decisions({ database, decisions_per_minute: { span_seconds, minutes } }: BurstReport): Html {
  const total = database.decisions.reduce((sum, { events }) => sum + events, 0);
  const per = span_seconds === 60 ? 'minute' : `${span_seconds / 60} minutes`;
  const decided = [
    { name: 'admitted', values: minutes.map(({ admitted }) => admitted), colour: 'var(--series-1)' },
    { name: 'duplicates', values: minutes.map(({ duplicates }) => duplicates), colour: 'var(--series-2)' },
    { name: 'put aside', values: minutes.map(({ quarantined }) => quarantined), colour: 'var(--series-5)' },
  ];
  return html`<section><h2>Decisions</h2><p>What the database holds of this run, one row a decision.</p>${table(
    ['decision', 'receipts', 'share'],
    database.decisions.map(({ decision, reason, events }) => [
      html`${badge(decision === 'ADMIT' ? 'good' : decision === 'DUPLICATE' ? 'unsure' : 'bad', decision)}${
        reason === null ? raw('') : html`<div class="detail">${reason}</div>`
      }`,
      whole(events),
      share(events, total),
    ]),
    { numeric: [1, 2] },
  )}${
    minutes.length < 2
      ? decisionsTable(minutes)
      : figure(
          `Decisions per ${per}`,
          'By the clock of the database; the first and the last are not whole.',
          drawOverTime({
            labels: minutes.map(({ from }) => clock(from).slice(0, 5)),
            series: decided.filter(({ values }) => values.some((value) => value > 0)),
            unit: `decisions per ${per}`,
            kind: 'bar',
            stacked: true,
          }),
          decisionsTable(minutes),
        )
  }</section>`;
}
