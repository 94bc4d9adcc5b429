import { z } from 'zod';
import type { RunMeasures } from './run-measures.ts';

/** Seconds that each state may take: GREEN up to the target, AMBER up to the stretch, RED beyond. */
export const stateBudgetsSchema = z.strictObject({
  version: z.literal('v1'),
  states: z.record(
    z.string().regex(/^S[0-5]$/),
    z
      .strictObject({ target_seconds: z.number().positive(), stretch_seconds: z.number().positive() })
      .refine(
        ({ target_seconds, stretch_seconds }) => target_seconds <= stretch_seconds,
        'the stretch is below the target',
      ),
  ),
  /** Phase that takes up a state that is too slow. */
  phases: z.record(z.string().regex(/^S[0-5]$/), z.string()),
});
export type StateBudgets = z.infer<typeof stateBudgetsSchema>;

export type BaselineScore = {
  readonly schema: 'fraud-platform/baseline-score/v1';
  readonly segment_run_id: string;
  /** Name of the budgets that it is held against. */
  readonly budgets: string;
  readonly segment_seconds: number;
  readonly states: readonly {
    readonly state: string;
    readonly seconds: number;
    readonly share: number;
    readonly target_seconds: number | null;
    readonly stretch_seconds: number | null;
    readonly budget: 'GREEN' | 'AMBER' | 'RED' | 'NONE';
  }[];
  /** The three that took longest. */
  readonly hotspots: readonly {
    readonly state: string;
    readonly share: number;
    readonly lane: string | null;
  }[];
  readonly next_phase: string | null;
  readonly reason: string;
};

/** Where a run's time went, against budgets of a name. Pure. */
export function scoreBaseline(run: RunMeasures, budgets: StateBudgets, name: string): BaselineScore {
  const own = Object.entries(run.states).sort(([one], [other]) => (one < other ? -1 : 1));
  const total = own.reduce((sum, [, { seconds }]) => sum + seconds, 0);
  const share = (part: number) => (total > 0 ? part / total : 0);
  const states = own.map(([state, { seconds }]) => {
    const budget = budgets.states[state];
    const colour =
      budget === undefined
        ? 'NONE'
        : seconds <= budget.target_seconds
          ? 'GREEN'
          : seconds <= budget.stretch_seconds
            ? 'AMBER'
            : 'RED';
    return {
      state,
      seconds,
      share: share(seconds),
      target_seconds: budget?.target_seconds ?? null,
      stretch_seconds: budget?.stretch_seconds ?? null,
      budget: colour,
    } as const;
  });
  const byTime = [...own].sort(([, one], [, other]) => other.seconds - one.seconds);
  const slow = states.filter(({ budget }) => budget === 'RED' || budget === 'AMBER');
  const worst = [...slow].sort((one, other) => other.seconds - one.seconds)[0];
  return {
    schema: 'fraud-platform/baseline-score/v1',
    segment_run_id: run.segment_run_id,
    budgets: name,
    segment_seconds: total,
    states,
    hotspots: byTime.slice(0, 3).map(([state, { seconds, lanes }]) => ({
      state,
      share: share(seconds),
      lane: [...lanes].sort((one, other) => other.seconds - one.seconds)[0]?.lane ?? null,
    })),
    next_phase: worst === undefined ? null : (budgets.phases[worst.state] ?? null),
    reason:
      worst === undefined
        ? 'every state is within its target'
        : `${worst.state} is ${worst.budget}: ${Number(worst.seconds.toFixed(3))} s of ${worst.target_seconds} s`,
  };
}

export type LaneScore = {
  readonly schema: 'fraud-platform/lane-score/v1';
  readonly segment_run_id: string;
  readonly state: string;
  readonly wall_seconds: number;
  readonly lanes: readonly { readonly lane: string; readonly seconds: number; readonly share: number }[];
  /** Of all lanes; may be above the wall time where parts ran side by side. */
  readonly lane_seconds: number;
  readonly unexplained_seconds: number;
};

/** Lanes of one state with their shares, or why there are none: a share is measured, never invented. Pure. */
export function scoreLanes(run: RunMeasures, state: string): LaneScore | { readonly refused: string } {
  const found = run.states[state];
  if (found === undefined) return { refused: `${state} has not run` };
  if (found.lanes.length === 0) return { refused: `${state} has left no marker of its lanes` };
  const sums = new Map<string, number>();
  for (const { lane, seconds } of found.lanes) sums.set(lane, (sums.get(lane) ?? 0) + seconds);
  const lane_seconds = [...sums.values()].reduce((sum, seconds) => sum + seconds, 0);
  return {
    schema: 'fraud-platform/lane-score/v1',
    segment_run_id: run.segment_run_id,
    state,
    wall_seconds: found.seconds,
    lanes: [...sums].map(([lane, seconds]) => ({
      lane,
      seconds,
      share: found.seconds > 0 ? seconds / found.seconds : 0,
    })),
    lane_seconds,
    unexplained_seconds: found.seconds - lane_seconds,
  };
}
