import { setTimeout as delay } from 'node:timers/promises';
import { type ExecutionVerdict, judgeExecution } from '../gates/execution-verdict.ts';
import type { LaunchSources } from '../gates/launch-verdict.ts';
import type { ExecutionId } from '../vocabulary/identifiers.ts';
import { type GatheredExecution, gatherEvidence } from './gather-evidence.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

export type JudgedExecution = { readonly gathered: GatheredExecution; readonly verdict: ExecutionVerdict };

/**
 * Judges an execution from its evidence, waiting for what is still on its way: the recorder writes
 * the task record, and the log service delivers the last lines, some time after the task stopped.
 * After `waitMillis` the verdict is what the evidence then says, INDETERMINATE included.
 */
export async function judgeFromEvidence(
  environment: OperatorEnvironment,
  executionArn: string,
  executionId: ExecutionId,
  task: string,
  waitMillis: number,
  signal: AbortSignal,
): Promise<JudgedExecution> {
  const until = performance.now() + waitMillis;
  for (let pause = 25; ; pause = Math.min(pause * 2, 2_000)) {
    const gathered = await gatherEvidence(environment, executionArn, executionId, task, signal);
    const verdict = judgeExecution(gathered.sources);
    const known = gathered.executionRecord !== undefined && verdict.verdict !== 'INDETERMINATE';
    if ((known && gathered.sources.launches.every(isToldToItsEnd)) || performance.now() + pause > until)
      return { gathered, verdict };
    await delay(pause, undefined, { signal });
  }
}

/**
 * Whether nothing more will come about a launch: the task stopped, and what it wrote about itself can be
 * read. One launch that failed decides the verdict, but sealed without its siblings' last words the bundle
 * would differ from the one that the next follower makes.
 */
function isToldToItsEnd({ record, result, marker }: LaunchSources): boolean {
  return record.kind === 'present' && (result.kind !== 'present' || marker.kind === 'present');
}
