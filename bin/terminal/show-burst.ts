import type { LaneResult } from '../../lib/burst/lane-result.ts';
import type { BurstMeasures, MeasuredWindow } from '../../lib/gates/burst/measures.ts';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { type BurstFigures, BurstTally } from './burst-tally.ts';
import { paint } from './look.ts';
import { describeFollowEvent } from './show-follow.ts';
import { renderTable } from './table.ts';

/** What its lanes say of themselves, as one line a second; everything else as it is shown of any run. */
export class BurstView {
  readonly #tally = new BurstTally();

  describe(event: FollowEvent): string | undefined {
    const tallied = this.#tally.add(event);
    switch (tallied.kind) {
      case 'other':
        return describeFollowEvent(event);
      case 'counted':
        return undefined;
      case 'figures':
        return figuresLine(tallied.figures);
    }
  }
}

function figuresLine(figures: BurstFigures): string {
  const count = (value: number) => Math.round(value).toLocaleString('en');
  return [
    `${new Date(figures.at).toISOString().slice(11, 23)} ${paint('cyan', 'burst')}  `,
    `${count(figures.admitsPerSecond)} admits/s`,
    `admit ${count(figures.admitted)}`,
    `duplicate ${count(figures.duplicates)}`,
    `quarantine ${count(figures.quarantined)}`,
    `in flight ${count(figures.inFlight)}`,
    `p50 ${figures.p50Millis.toFixed(1)} ms`,
    `p99 ${figures.p99Millis.toFixed(1)} ms`,
    `left ${figures.leftSeconds} s`,
  ].join('  ');
}

/** What each lane did and what the database holds, as lines for people. */
export function describeBurst(
  lanes: readonly LaneResult[],
  { task_life, load }: BurstMeasures,
  counted: JsonObject | null,
): readonly string[] {
  const table = renderTable(
    [
      'lane',
      'epoch',
      'ended by',
      'sent',
      'admit',
      'duplicate',
      'quarantine',
      'unresolved',
      'p50 ms',
      'p99 ms',
      'max ms',
    ],
    lanes.map((lane) => [
      String(lane.lane),
      lane.epoch,
      lane.stop_reason,
      lane.sent.toLocaleString('en'),
      lane.admitted.toLocaleString('en'),
      lane.duplicates.toLocaleString('en'),
      lane.quarantined.toLocaleString('en'),
      lane.unresolved === 0 ? '0' : paint('red', String(lane.unresolved)),
      lane.latency_ms.p50.toFixed(1),
      lane.latency_ms.p99.toFixed(1),
      lane.latency_ms.max.toFixed(1),
    ]),
  );
  const window = (found: MeasuredWindow | null) =>
    found === null
      ? paint('yellow', 'unknown')
      : `${found.seconds.toFixed(3)} s, ${found.start} … ${found.end}`;
  return [
    '',
    ...table.split('\n'),
    '',
    `  task life ${window(task_life)}`,
    `  load      ${window(load)}`,
    counted === null
      ? `  database  ${paint('yellow', 'not counted: the scope was not closed')}`
      : `  database  ADMIT ${counted.admitted}, DUPLICATE ${counted.duplicates}, QUARANTINE ${counted.quarantined}`,
  ];
}
