import { judgeFromEvidence } from '../../lib/operator/judge-execution.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { findExecution } from './find-execution.ts';

/** Prints what is known about one execution now, without waiting for anything. Exit 0 whatever the verdict. */
export async function describeExecution(context: CommandContext, text: string): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, text, context.signal);
  const { gathered, verdict } = await judgeFromEvidence(
    environment,
    execution.executionArn,
    execution.executionId,
    execution.task,
    { waitMillis: 0, patienceMillis: 0, now: context.now, tell: context.output.progress },
    context.signal,
  );
  const rows = gathered.launches.map(({ sources, record }) => [
    sources.launchKey,
    record === undefined ? 'absent' : `${record.stop_code} exit ${record.exit_code ?? 'unknown'}`,
    sources.result.kind === 'present' ? sources.result.outcome : sources.result.kind,
    sources.marker.kind,
  ]);
  const lines = [
    `${execution.executionId}  ${execution.task}  ${gathered.sources.status}  ${verdict.verdict} (${verdict.cause})`,
    ...verdict.reasons.map((reason) => `  because ${reason}`),
    renderTable(['launch', 'task record', 'result', 'marker'], rows),
  ];
  context.output.result(lines.join('\n'), {
    schema: 'fraudctl/status/v1',
    environment: environment.name,
    execution_id: execution.executionId,
    run_id: execution.runId,
    task: execution.task,
    status: gathered.sources.status,
    verdict: verdict.verdict,
    cause: verdict.cause,
    reasons: verdict.reasons,
    launches: gathered.launches.map(({ sources }) => ({
      launch_key: sources.launchKey,
      task_record: sources.record.kind,
      result: sources.result.kind,
      marker: sources.marker.kind,
    })),
  });
  return exitCodes.done;
}
