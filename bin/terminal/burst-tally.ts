import { z } from 'zod';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';

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

/** All lanes of a burst together, at one moment (milliseconds since the epoch); of latencies the worst lane's. */
export type BurstFigures = {
  readonly at: number;
  readonly admitsPerSecond: number;
  readonly admitted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly inFlight: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly leftSeconds: number;
};

export type Tallied =
  /** No lane speaks of itself here. */
  | { readonly kind: 'other' }
  /** It was counted; figures were given less than a second ago. */
  | { readonly kind: 'counted' }
  | { readonly kind: 'figures'; readonly figures: BurstFigures };

const everyMillis = 1_000;

/** Adds up what the lanes of a burst say of themselves, with figures once a second. */
export class BurstTally {
  readonly #lanes = new Map<number, Progress>();
  #last: { readonly at: number; readonly admitted: number } | undefined;

  add(event: FollowEvent): Tallied {
    const progress = event.kind === 'log' ? progressOf(event.line) : undefined;
    if (progress === undefined || event.kind !== 'log') return { kind: 'other' };
    this.#lanes.set(progress.lane, progress);
    const { at } = event;
    if (this.#last !== undefined && at - this.#last.at < everyMillis) return { kind: 'counted' };
    return { kind: 'figures', figures: this.#figures(at) };
  }

  #figures(at: number): BurstFigures {
    const lanes = [...this.#lanes.values()];
    const sum = (pick: (lane: Progress) => number) => lanes.reduce((total, lane) => total + pick(lane), 0);
    const most = (pick: (lane: Progress) => number) => Math.max(...lanes.map(pick));
    const admitted = sum((lane) => lane.admitted);
    const before = this.#last;
    this.#last = { at, admitted };
    return {
      at,
      admitsPerSecond:
        before === undefined ? 0 : ((admitted - before.admitted) * 1_000) / Math.max(1, at - before.at),
      admitted,
      duplicates: sum((lane) => lane.duplicates),
      quarantined: sum((lane) => lane.quarantined),
      inFlight: sum((lane) => lane.in_flight),
      p50Millis: most((lane) => lane.p50_ms),
      p99Millis: most((lane) => lane.p99_ms),
      leftSeconds: most((lane) => lane.left_seconds),
    };
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
