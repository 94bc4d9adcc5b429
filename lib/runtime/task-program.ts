import type { z } from 'zod';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import type { Failure } from '../vocabulary/failure.ts';
import type { ExecutionId, LaunchKey, RunId } from '../vocabulary/identifiers.ts';
import type { Instant } from '../vocabulary/instant.ts';
import type { JsonObject } from '../vocabulary/json.ts';

export type Launch = {
  readonly environment: string;
  readonly executionId: ExecutionId;
  readonly runId: RunId;
  readonly launchKey: LaunchKey;
  readonly deadline: Instant;
  readonly imageDigest: string;
};

/** Why a task is asked to end before its work is done. */
export type StopReason = 'deadline' | 'stop-requested';

/** One JSON line a call, on standard output; `fields` never holds a secret. */
export type TaskLog = (event: string, fields?: JsonObject) => void;

/** What a task gets: everything already checked, nothing to look up. */
export type TaskContext<Contract extends TaskContract = TaskContract> = {
  readonly parameters: z.infer<Contract['parameters']>;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly launch: Launch;
  readonly evidence: EvidenceStore;
  /** PEM text of the database's authorities; present when the contract has a database. */
  readonly databaseAuthorities?: string;
  /** Folder on local disk for the task's own files; removed when the launch ends. */
  readonly scratch: string;
  /**
   * Aborts when the task must end: on SIGTERM and at the deadline; `signal.reason` is a `StopReason`.
   * From then on the task has its contract's `stopGrace` to flush and return.
   */
  readonly signal: AbortSignal;
  readonly log: TaskLog;
};

/**
 * What a task returns; `output` becomes part of `result.json`. A task whose plan is to run until its time
 * is over just returns. One that was cut short either lets the abort propagate, or, when it has something
 * to say all the same, returns it with `endedBy` (exit 124 or 143) or with the `failure` that ended it.
 */
export type TaskOutcome = {
  readonly output: JsonObject;
  readonly endedBy?: StopReason;
  readonly failure?: Failure;
};

export type TaskProgram<Contract extends TaskContract = TaskContract> = (
  context: TaskContext<Contract>,
) => Promise<TaskOutcome>;
