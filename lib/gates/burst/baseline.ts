import type { BurstPlan } from '../../burst/plan.ts';
import type { ExecutionId, RunId, Sha256 } from '../../vocabulary/identifiers.ts';
import type { BurstMeasures, MeasuredWindow } from './measures.ts';

/** A rate that later bursts are held against, with what it was computed from. */
export type BurstBaseline = {
  readonly schema: 'fraud-platform/burst-baseline/v1';
  readonly execution_id: ExecutionId;
  readonly run_id: RunId;
  readonly plan_sha256: Sha256;
  /** Digest of `burst-measures.json` of the execution. */
  readonly measures_sha256: Sha256;
  readonly window: 'load';
  readonly measured: MeasuredWindow;
  readonly admitted: number;
  readonly admits_per_minute: number;
};

/** A rate of less than this says more about the start of the lanes than about the source. */
const shortestSeconds = 60;

/**
 * Admissions per minute of a burst over its load window, or why they are no baseline. Pure. Only a
 * window in which everything that was sent was admitted is representative: a gate that was at its limit,
 * or events that were known, would make a baseline that is too easy to beat. So would a lane that was killed and
 * launched again: of what its first launch sent, only the database knows.
 */
export function baselineOf(
  about: {
    readonly verdict: string;
    readonly executionId: ExecutionId;
    readonly runId: RunId;
    readonly plan: BurstPlan;
    readonly planSha256: Sha256;
    readonly measuresSha256: Sha256;
    /** What the database holds of the run, counted after its end; `null`: nobody counted. */
    readonly admittedInDatabase: number | null;
  },
  { load, counts, lane_launches, lane_results }: BurstMeasures,
): BurstBaseline | { readonly refused: readonly string[] } {
  const refused = [
    ...(about.verdict === 'PASS' ? [] : [`the verdict is ${about.verdict}`]),
    ...(load === null
      ? [`the load window is unknown: ${lane_results} of ${lane_launches} launches of lanes left a result`]
      : []),
    ...(load !== null && load.seconds < shortestSeconds
      ? [`the load window has ${load.seconds} s; a baseline needs ${shortestSeconds}`]
      : []),
    ...(about.plan.warm_up_seconds === 0 ? [] : ['the plan warms up, so its window has no steady rate']),
    ...(counts.admitted > 0 && counts.admitted === counts.sent
      ? []
      : [`${counts.admitted} of ${counts.sent} events were admitted`]),
    ...(counts.admitted === about.admittedInDatabase
      ? []
      : [
          `the lanes tell of ${counts.admitted} admissions, the database of ${about.admittedInDatabase ?? 'unknown'}`,
        ]),
  ];
  if (refused.length > 0 || load === null) return { refused };
  return {
    schema: 'fraud-platform/burst-baseline/v1',
    execution_id: about.executionId,
    run_id: about.runId,
    plan_sha256: about.planSha256,
    measures_sha256: about.measuresSha256,
    window: 'load',
    measured: load,
    admitted: counts.admitted,
    admits_per_minute: (counts.admitted * 60) / load.seconds,
  };
}
