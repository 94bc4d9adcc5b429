import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { writeWhole } from '../../lib/files/write-whole.ts';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import { type ReportFile, type ReportOutput, reportOutputSchema } from '../../lib/reports/report-output.ts';
import { reportContract } from '../../lib/task-contracts/report.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail, PlatformError } from '../../lib/vocabulary/failure.ts';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import type { CommandContext } from './command-context.ts';
import { type Conclusion, type ConductedExecution, conductExecution } from './conduct-execution.ts';
import { findExecution } from './find-execution.ts';
import { requireFolder, writeOut } from './out-place.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { launchTask } from './run-task.ts';
import { runsPlace, runsRootOf } from './runs-place.ts';

export type ReportOptions = { readonly out?: string; readonly runsRoot?: string };

/** `fraudctl report burst`: from the sealed bundle of a burst that is over, and the database. */
export async function reportBurst(
  context: CommandContext,
  id: string,
  options: ReportOptions,
): Promise<number> {
  const environment = await context.openEnvironment({ migrated: true });
  const { executionId, runId } = await findExecution(environment, id, context.signal);
  const parameters = { about: 'burst', execution_id: executionId };
  return await writeReport(context, { parameters, runId }, executionId, options);
}

/** `fraudctl report segment`: from the folder of a segment run. */
export async function reportSegment(
  context: CommandContext,
  id: string,
  options: ReportOptions,
): Promise<number> {
  const segmentRunId = parseIdentifier(segmentRunIdSchema, id, '<run>');
  const { runsRoot } = await runsPlace(context, () => runsRootOf(options.runsRoot));
  const parameters = { about: 'segment', run_folder: `${runsRoot}/${segmentRunId}` };
  return await writeReport(context, { parameters, runId: undefined }, segmentRunId, options);
}

/** What a report is asked about, and the run scope that asking belongs to. */
export type ReportWish = {
  readonly parameters: JsonObject;
  /** A new one is recorded without it. */
  readonly runId: string | undefined;
};

/** A report with its files, each as the task told it. */
export type MadeReport = {
  readonly execution: ConductedExecution;
  readonly conclusion: Conclusion;
  readonly output: ReportOutput;
  readonly files: readonly { readonly name: ReportFile; readonly content: Uint8Array }[];
};

/**
 * Has a report made and reads it from the evidence. Throws the failure of the task as its own, and
 * `REPORT_UNPROVEN` (70) when nobody vouches for it.
 */
export async function makeReport(
  context: CommandContext,
  { parameters, runId }: ReportWish,
  describe?: (event: FollowEvent) => string | undefined,
): Promise<MadeReport> {
  const { environment, execution } = await launchTask(context, {
    task: reportContract.name,
    parameters: JSON.stringify(parameters),
    deadline: undefined,
    runId,
    lane: undefined,
    executionId: undefined,
    relaunchWaitSeconds: 5,
  });
  const conclusion = await conductExecution(context, environment, execution, describe);
  const { verdict, results } = conclusion;
  const last = results.at(-1);
  if (verdict.verdict !== 'PASS' && last?.failure != null) throw new PlatformError(last.failure);
  const output = reportOutputSchema.safeParse(last?.output).data;
  if (verdict.verdict !== 'PASS' || output === undefined) {
    return fail({
      exit: 'internal',
      code: 'REPORT_UNPROVEN',
      message: `nobody vouches for the report: ${verdict.verdict}, ${verdict.reasons.join('; ') || verdict.cause}`,
      where: execution.executionId,
      remedy: `See why: fraudctl logs ${execution.executionId}`,
    });
  }
  const files = await Promise.all(
    output.files.map(async (file) => {
      const content = await environment.evidence.get(file.key, context.signal);
      if (content === undefined || sha256Of(content) !== file.sha256) return refuseAltered(file);
      return { name: file.name, content };
    }),
  );
  return { execution, conclusion, output, files };
}

async function writeReport(
  context: CommandContext,
  wish: ReportWish,
  subject: string,
  options: ReportOptions,
): Promise<number> {
  const folder = resolve(options.out ?? `report-${subject}`);
  await requireFolder(folder);
  const { execution, output, files } = await makeReport(context, wish);
  await writeOut(folder, async () => {
    await mkdir(folder, { recursive: true });
    for (const { name, content } of files) await keep(join(folder, name), content);
  });
  context.output.result(
    [
      `${output.status}  report of ${subject}`,
      ...output.files.map(
        ({ name, bytes, sha256 }) => `  ${join(folder, name)}  ${bytes} bytes  sha256 ${sha256}`,
      ),
    ].join('\n'),
    {
      schema: 'fraudctl/report/v1',
      execution_id: execution.executionId,
      run_id: execution.runId,
      folder,
      ...output,
    },
  );
  return exitCodes.done;
}

/** Writes a file that is not there; the same content there already is as good. */
async function keep(path: string, content: Uint8Array): Promise<void> {
  const existing = await readFile(path).catch(() => undefined);
  if (existing === undefined) {
    await writeWhole(path, content, { replace: false });
    return;
  }
  if (sha256Of(existing) === sha256Of(content)) return;
  fail({
    exit: 'conflict',
    code: 'OUT_EXISTS',
    message: 'another file of this name is there already',
    where: '--out',
    value: path,
    remedy: 'Give a new folder; the report is in the evidence as well.',
  });
}

function refuseAltered({ key }: ReportOutput['files'][number]): never {
  return fail({
    exit: 'internal',
    code: 'REPORT_UNPROVEN',
    message: 'a file in the evidence is not the one that the task told',
    where: key,
    remedy: 'Compare it with the sealed bundle of the execution; ask for the report again.',
  });
}
