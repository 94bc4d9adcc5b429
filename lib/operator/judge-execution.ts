import { setTimeout as delay } from 'node:timers/promises';
import { type ExecutionVerdict, judgeExecution } from '../gates/execution-verdict.ts';
import { messageOf } from '../vocabulary/failure.ts';
import type { ExecutionId } from '../vocabulary/identifiers.ts';
import { millisOf } from '../vocabulary/instant.ts';
import type { ToldExecution } from './execution-history.ts';
import { type GatheredExecution, type GatheredLaunch, gatherEvidence } from './gather-evidence.ts';
import { gatherSealed } from './gather-sealed.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { detach, isPassing, Silence } from './unreachable.ts';

export type JudgedExecution = {
  readonly gathered: GatheredExecution;
  readonly verdict: ExecutionVerdict;
  /** Whether everything that will ever be known about it is known. */
  readonly isComplete: boolean;
};

/** How long a verdict may be waited for, and who is told why it takes long. */
export type JudgeOptions = {
  /** For evidence that is on its way; milliseconds. */
  readonly waitMillis: number;
  /** For a cloud or store that does not answer; milliseconds. */
  readonly patienceMillis: number;
  /** Wall clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly tell: (line: string) => void;
};

/**
 * Judges an execution from its evidence, waiting for what is still on its way: the recorder writes
 * the task record, and the log service delivers the last lines, some time after the task stopped.
 * After the wait the verdict is what the evidence then says, INDETERMINATE included. Of an execution that is
 * sealed, the verdict is that of its sealed evidence. Throws
 * `CLOUD_UNREACHABLE` (75) when the evidence could not be asked for all that time.
 */
export async function judgeFromEvidence(
  environment: OperatorEnvironment,
  executionArn: string,
  executionId: ExecutionId,
  task: string,
  options: JudgeOptions,
  signal: AbortSignal,
): Promise<JudgedExecution> {
  const { pace } = environment.clients;
  const silence = new Silence(options.patienceMillis);
  const until = performance.now() + options.waitMillis;
  let told: ToldExecution | undefined;
  let saidWaiting = false;
  for (let pause = 25; ; pause = Math.min(pause * 2, Math.max(25, pace.poll.longest))) {
    try {
      const sealed = await judgeSealed(environment, executionId, signal);
      if (sealed !== undefined) return sealed;
      const gathered = await gatherEvidence(environment, executionArn, executionId, task, signal, told);
      silence.ended();
      told = gathered.told;
      const verdict = judgeExecution(gathered.sources);
      // By both clocks: a wrong one must not say that a line will never come.
      const offset = environment.clients.clockOffsetMillis() ?? 0;
      const settledBy = options.now() + Math.min(0, offset) - pace.logSettle;
      const isComplete =
        gathered.executionRecord !== undefined &&
        // A record that is none, or another execution's, says nothing of the end.
        gathered.sources.status !== 'UNKNOWN' &&
        gathered.launches.every((launch) => isToldToItsEnd(launch, settledBy));
      const isKnown = isComplete && verdict.verdict !== 'INDETERMINATE';
      if (isKnown || performance.now() + pause > until) return { gathered, verdict, isComplete };
      if (!saidWaiting && pause >= 1_000) options.tell(`waiting for evidence: ${verdict.reasons.join('; ')}`);
      saidWaiting ||= pause >= 1_000;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (silence.began())
        options.tell(`unknown: evidence cannot be asked for (${messageOf(error)}); still asking`);
      if (options.patienceMillis === 0 || silence.isUnbearable) detach(executionArn, error);
    }
    await delay(pause * (0.5 + Math.random()), undefined, { signal });
  }
}

/** Judges an execution from its sealed bundle, `undefined` while nothing is sealed. Throws as `gatherSealed` does. */
export async function judgeSealed(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  signal: AbortSignal,
): Promise<JudgedExecution | undefined> {
  const gathered = await gatherSealed(environment, executionId, signal);
  if (gathered === undefined) return undefined;
  return { gathered, verdict: judgeExecution(gathered.sources), isComplete: true };
}

/**
 * Whether nothing more will come about a launch: the task stopped, and what it wrote about itself can be
 * read, or will not be written any more. One launch that failed decides the verdict, but sealed without its
 * siblings' last words the bundle would differ from the one that the next follower makes.
 *
 * `settledBy`: the log of a task that stopped before this instant has all its lines.
 */
function isToldToItsEnd({ sources, record }: GatheredLaunch, settledBy: number): boolean {
  if (sources.record.kind === 'not-launched') return true;
  if (sources.record.kind !== 'present') return false;
  if (sources.result.kind !== 'present' || sources.marker.kind === 'present') return true;
  const stoppedAt = record?.stopped_at;
  return stoppedAt != null && millisOf(stoppedAt) < settledBy;
}
