import { runControlPrefix } from '../../config/names.ts';
import { listExecutions } from '../../lib/operator/list-executions.ts';
import { readSealedVerdict } from '../../lib/operator/seal-verdict.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { executionIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { formatDuration } from '../../lib/vocabulary/instant.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { findExecution } from './find-execution.ts';

/** Lists executions, newest first, with their sealed verdicts. Throws `LIMIT_MALFORMED` (64). */
export async function listRuns(context: CommandContext, given: string): Promise<number> {
  const limit = readLimit(given);
  const environment = await context.openEnvironment();
  const executions = await listExecutions(environment, limit, context.signal);
  const runs = await Promise.all(
    executions.map(async (execution) => {
      const id = executionIdSchema.safeParse(execution.name);
      const sealed = id.success ? await readSealedVerdict(environment, id.data, context.signal) : undefined;
      return { ...execution, verdict: sealed?.verdict ?? null };
    }),
  );
  const rows = runs.map((run) => [
    run.name,
    run.workflow,
    run.status,
    run.verdict ?? '-',
    run.startedAt,
    run.stoppedAt === null ? '-' : formatDuration(Date.parse(run.stoppedAt) - Date.parse(run.startedAt)),
  ]);
  const text =
    rows.length === 0
      ? 'No executions yet. Start one: fraudctl task run probe'
      : renderTable(['execution', 'workflow', 'status', 'verdict', 'started', 'lasted'], rows);
  context.output.result(text, {
    schema: 'fraudctl/runs/v1',
    environment: environment.name,
    executions: runs.map(({ name, workflow, status, verdict, startedAt, stoppedAt }) => ({
      execution_id: name,
      workflow,
      status,
      verdict,
      started_at: startedAt,
      stopped_at: stoppedAt,
    })),
  });
  return exitCodes.done;
}

/** Lists everything the evidence store holds about one execution. */
export async function showRun(context: CommandContext, text: string): Promise<number> {
  const environment = await context.openEnvironment();
  const execution = await findExecution(environment, text, context.signal);
  const prefix = runControlPrefix(environment.name, execution.executionId);
  const items: { key: string; size: number }[] = [];
  for await (const item of environment.evidence.list(prefix, context.signal)) items.push(item);
  const sealed = await readSealedVerdict(environment, execution.executionId, context.signal);
  const lines = [
    `${execution.executionId}  ${execution.task}  run ${execution.runId}  ${sealed?.verdict ?? 'not sealed'}`,
    renderTable(
      ['bytes', `object below ${environment.evidence.url}`],
      items.map(({ key, size }) => [String(size), key]),
    ),
  ];
  context.output.result(lines.join('\n'), {
    schema: 'fraudctl/run/v1',
    environment: environment.name,
    execution_id: execution.executionId,
    run_id: execution.runId,
    task: execution.task,
    verdict: sealed?.verdict ?? null,
    bundle_digest_sha256: sealed?.bundleDigest ?? null,
    objects: items,
  });
  return exitCodes.done;
}

function readLimit(text: string): number {
  if (/^(?:[1-9]\d{0,2}|1000)$/.test(text)) return Number(text);
  return fail({
    exit: 'usage',
    code: 'LIMIT_MALFORMED',
    message: 'a limit is a whole number from 1 to 1000',
    where: '--limit',
    value: text.slice(0, 40),
    remedy: 'Give, for example, --limit 20.',
  });
}
