import { z } from 'zod';
import type { LaneResult } from '../../lib/burst/lane-result.ts';
import type { BurstMeasures, MeasuredWindow } from '../../lib/gates/burst/measures.ts';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { paint, renderTable } from './output.ts';
import { describeFollowEvent } from './show-follow.ts';

const progressSchema = z.looseObject({
  event: z.literal('progress'),
  lane: z.int(),
  sent: z.int(),
  acknowledged: z.int(),
  admitted: z.int(),
  duplicates: z.int(),
  quarantined: z.int(),
  in_flight: z.int(),
  p50_ms: z.number(),
  p99_ms: z.number(),
  left_seconds: z.number(),
});
type Progress = z.infer<typeof progressSchema>;

const everyMillis = 1_000;

/** What its lanes say of themselves, as one line a second; everything else as it is shown of any run. */
export class BurstView {
  readonly #lanes = new Map<number, Progress>();
  #shownAt = 0;
  #admittedThen = 0;

  describe(event: FollowEvent): string | undefined {
    const progress = event.kind === 'log' ? progressOf(event.line) : undefined;
    if (progress === undefined) return describeFollowEvent(event);
    this.#lanes.set(progress.lane, progress);
    const at = event.kind === 'log' ? event.at : 0;
    if (at - this.#shownAt < everyMillis) return undefined;
    const line = this.#line(at);
    this.#shownAt = at;
    return line;
  }

  #line(at: number): string {
    const lanes = [...this.#lanes.values()];
    const sum = (pick: (lane: Progress) => number) => lanes.reduce((total, lane) => total + pick(lane), 0);
    const most = (pick: (lane: Progress) => number) => Math.max(...lanes.map(pick));
    const admitted = sum((lane) => lane.admitted);
    const rate =
      this.#shownAt === 0 ? 0 : ((admitted - this.#admittedThen) * 1_000) / Math.max(1, at - this.#shownAt);
    this.#admittedThen = admitted;
    const count = (value: number) => Math.round(value).toLocaleString('en');
    return [
      `${new Date(at).toISOString().slice(11, 23)} ${paint('cyan', 'burst')}  `,
      `${count(rate)} admits/s`,
      `admit ${count(admitted)}`,
      `duplicate ${count(sum((lane) => lane.duplicates))}`,
      `quarantine ${count(sum((lane) => lane.quarantined))}`,
      `in flight ${count(sum((lane) => lane.in_flight))}`,
      `p50 ${most((lane) => lane.p50_ms).toFixed(1)} ms`,
      `p99 ${most((lane) => lane.p99_ms).toFixed(1)} ms`,
      `left ${most((lane) => lane.left_seconds)} s`,
    ].join('  ');
  }
}

function progressOf(line: string): Progress | undefined {
  if (!line.includes('"progress"')) return undefined;
  try {
    return progressSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
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
