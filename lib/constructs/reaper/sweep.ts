import type { RunningTask } from '../../reaper/overdue.ts';
import {
  type DatabaseState,
  type GateState,
  planDatabase,
  planGate,
  planTasks,
  type SweepAction,
} from './plan-sweep.ts';

/** What the reaper looks at and acts on. Every method may be tried again. */
export type SweptEnvironment = {
  readonly runningTasks: () => Promise<readonly RunningTask[]>;
  readonly gate: () => Promise<GateState>;
  readonly database: () => Promise<DatabaseState>;
  readonly carryOut: (action: SweepAction) => Promise<void>;
};

/**
 * One sweep at `now`, the instant of the schedule's tick: a clock of the function itself could be wrong,
 * and a late tick only spares a task until the next. Tasks, gate and database are looked at apart: what
 * cannot be read or stopped does not protect the rest. Returns what was done; throws an `AggregateError`
 * at the end when anything failed, so that the alarm on errors sees it.
 */
export async function sweep(environment: SweptEnvironment, now: number): Promise<readonly SweepAction[]> {
  const failures: unknown[] = [];
  const done: SweepAction[] = [];
  const concerns: readonly (() => Promise<readonly SweepAction[]>)[] = [
    async () => planTasks(await environment.runningTasks(), now),
    async () => planGate(await environment.gate(), now),
    async () => planDatabase(await environment.database()),
  ];
  for (const concern of concerns) {
    const actions = await concern().catch((error: unknown) => {
      failures.push(error);
      return [];
    });
    for (const action of actions) {
      try {
        await environment.carryOut(action);
        done.push(action);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  return done;
}
