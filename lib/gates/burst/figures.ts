import type { LaneResult } from '../../burst/lane-result.ts';
import type { BurstPlan } from '../../burst/plan.ts';
import type { ClosedScope } from '../../burst/scope-results.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import type { ExecutionVerdict } from '../execution-verdict.ts';
import type { MeasuredWindow } from './measures.ts';

/** Something that evidence says, or why it does not. Unknown is never zero, and never a pass. */
export type Figure<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly why: string };

export const known = <T>(value: T): Figure<T> => ({ known: true, value });
export const unknown = <T>(why: string): Figure<T> => ({ known: false, why });

/** Of a lane the last word; what is unresolved and the longest stall are those of all its launches. */
export type LaneFigures = Pick<
  LaneResult,
  | 'lane'
  | 'epoch'
  | 'frontier'
  | 'acknowledged'
  | 'quarantined'
  | 'unresolved'
  | 'longest_stall_ms'
  | 'stop_reason'
>;

/** Everything that a burst is judged by. */
export type BurstFigures = {
  readonly execution: Figure<Pick<ExecutionVerdict, 'verdict'> & { readonly reasons: readonly string[] }>;
  /** Plan and gate as they were launched. */
  readonly launched: Figure<{
    readonly plan: BurstPlan;
    readonly planSha256: Sha256;
    readonly gateSpecSha256: Sha256;
  }>;
  readonly taskLife: Figure<MeasuredWindow>;
  readonly load: Figure<MeasuredWindow>;
  /** What the database holds of the run. */
  readonly receipts: Figure<
    Pick<
      ClosedScope,
      | 'admitted'
      | 'duplicates'
      | 'quarantined'
      | 'quarantine_reasons'
      | 'first_decision_at'
      | 'last_decision_at'
    >
  >;
  readonly checkpoints: Figure<ClosedScope['checkpoints']>;
  readonly lanes: Figure<readonly LaneFigures[]>;
  /** Lane launches that refused to start (exit 78). */
  readonly refusedLaunches: number;
  /** Evidence of another environment, run or execution. */
  readonly foreign: readonly string[];
  /** Evidence that is altered, made by hand, stale, or not what it should be. */
  readonly unusable: readonly string[];
};
