import { findOverdue, type RunningTask } from '../../reaper/overdue.ts';

/** The gate as the reaper sees it; times are epoch milliseconds. */
export type GateState = {
  readonly desiredCount: number;
  /** When its wanted number or its deployment last changed. */
  readonly changedAt: number;
  /** Whether an execution that needs it runs. */
  readonly wanted: boolean;
};

export type DatabaseState = {
  /** As RDS says: `available`, `stopped`, `starting`, … */
  readonly status: string;
  readonly stoppedOnPurpose: boolean;
};

export type SweepAction =
  | { readonly kind: 'stop-task'; readonly taskArn: string; readonly reason: string }
  | { readonly kind: 'scale-gate-to-zero' }
  | { readonly kind: 'stop-database' };

/** A list of executions lags behind a start; a gate that just came up may have been asked for by one. */
const gateSettleMillis = 180_000;

/** Tasks past their bound. Pure. */
export function planTasks(tasks: readonly RunningTask[], now: number): readonly SweepAction[] {
  return findOverdue(tasks, now).map(({ taskArn, reason }) => ({ kind: 'stop-task', taskArn, reason }));
}

/** A gate that nobody needs costs money until somebody looks. Pure. */
export function planGate(gate: GateState, now: number): readonly SweepAction[] {
  return gate.desiredCount > 0 && !gate.wanted && now - gate.changedAt > gateSettleMillis
    ? [{ kind: 'scale-gate-to-zero' }]
    : [];
}

/** RDS starts a stopped instance after seven days. Pure. */
export function planDatabase(database: DatabaseState): readonly SweepAction[] {
  return database.stoppedOnPurpose && database.status === 'available' ? [{ kind: 'stop-database' }] : [];
}
