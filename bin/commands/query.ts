import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { writeWhole } from '../../lib/files/write-whole.ts';
import { listQueries } from '../../lib/queries/registry.ts';
import { sampleTimes } from '../../lib/queries/sample-times.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { errorCodeOf, fail, failureOf } from '../../lib/vocabulary/failure.ts';
import { parseDuration } from '../../lib/vocabulary/instant.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { didYouMean } from '../../lib/vocabulary/nearest-names.ts';
import { resultWidth } from '../terminal/look.ts';
import { formatFailure } from '../terminal/output.ts';
import { type AnswerFormat, answerFormats, showAnswers } from '../terminal/show-answers.ts';
import { renderTable } from '../terminal/table.ts';
import { type Answered, ask } from './ask.ts';
import type { CommandContext } from './command-context.ts';
import { questionOf } from './query-question.ts';

export type QueryOptions = {
  readonly param?: readonly string[];
  readonly file?: string;
  readonly format: string;
  readonly out?: string;
  readonly watch?: string;
  readonly for?: string;
  readonly run?: string;
  readonly deadline?: string;
};

/**
 * `fraudctl query`: asks once, or again and again. Everything that can be refused here is refused before
 * anything is launched. Exit 0 when every question was answered; else the class of the last failure.
 */
export async function query(
  context: CommandContext,
  name: string | undefined,
  options: QueryOptions,
): Promise<number> {
  if (name === 'list') return await queryList(context);
  const format = formatOf(options.format);
  const asked = await questionOf(name, options);
  const times = timesOf(options);
  if (options.out !== undefined) await refuseExisting(options.out);

  const answers: Answered[] = [];
  let exitCode: number = exitCodes.done;
  const began = performance.now();
  for (const [sample, at] of times.entries()) {
    await delay(Math.max(0, began + at - performance.now()), undefined, { signal: context.signal }).catch(
      () => fail(interrupted(answers.length, times.length)),
    );
    if (times.length > 1) context.output.progress(`sample ${sample + 1} of ${times.length}`);
    try {
      const answered = await ask(context, asked);
      answers.push(answered);
      if (times.length > 1) context.output.progress(showAnswers('table', [answered.result], resultWidth()));
    } catch (error) {
      // One question that fails does not end a watch; it is told, and the command fails in the end.
      if (times.length === 1 || context.signal.aborted) throw error;
      const failure = failureOf(error);
      exitCode = exitCodes[failure.exit];
      context.output.progress(formatFailure(failure));
    }
  }
  const text = showAnswers(
    format,
    answers.map(({ result }) => result),
    options.out === undefined ? resultWidth() : undefined,
  );
  if (options.out !== undefined) {
    await writeWhole(options.out, text, { replace: false });
    context.output.progress(`written to ${options.out}`);
  }
  for (const { execution, evidence, sha256, result } of answers) {
    context.output.progress(
      `${result.row_count} rows  ${execution}  sha256 ${sha256}\n  evidence ${evidence}`,
    );
  }
  context.output.result(
    options.out === undefined ? text.trimEnd() : options.out,
    {
      schema: 'fraudctl/query/v1',
      environment: context.environmentName,
      samples: answers.map(
        ({ execution, runId, evidence, sha256, result }): JsonObject => ({
          execution_id: execution,
          run_id: runId,
          evidence,
          result_sha256: sha256,
          result: { ...result },
        }),
      ),
      failed_samples: times.length - answers.length,
    },
    'data',
  );
  return exitCode;
}

async function queryList(context: CommandContext): Promise<number> {
  const queries = await listQueries();
  const rows = queries.map(({ name, parameters, purpose }) => [
    name,
    Object.entries(parameters)
      .map(([parameter, { default: given }]) => (given === undefined ? parameter : `[${parameter}]`))
      .join(' '),
    purpose,
  ]);
  context.output.result(renderTable(['query', 'parameters', 'answers'], rows), {
    schema: 'fraudctl/queries/v1',
    queries: queries.map(
      ({ name, purpose, parameters, row_cap, byte_cap, timeout_seconds, sha256 }): JsonObject => ({
        name,
        purpose,
        parameters: JSON.parse(JSON.stringify(parameters)),
        row_cap,
        byte_cap,
        timeout_seconds,
        sha256,
      }),
    ),
  });
  return exitCodes.done;
}

function timesOf({ watch, for: duration }: QueryOptions): readonly number[] {
  if (watch === undefined && duration === undefined) return [0];
  if (watch === undefined || duration === undefined) {
    return fail({
      exit: 'usage',
      code: 'WATCH_INVALID',
      message: 'a watch has an interval and an end',
      where: watch === undefined ? '--watch' : '--for',
      remedy: 'Give both, for example --watch 30s --for 10m.',
    });
  }
  return sampleTimes(parseDuration(watch, '--watch'), parseDuration(duration, '--for'));
}

function formatOf(given: string): AnswerFormat {
  const found = answerFormats.find((format) => format === given);
  return (
    found ??
    fail({
      exit: 'usage',
      code: 'FORMAT_UNKNOWN',
      message: 'there is no such format',
      where: '--format',
      value: given,
      remedy: `${didYouMean(given, answerFormats)}Give one of ${answerFormats.join(', ')}.`,
    })
  );
}

async function refuseExisting(out: string): Promise<void> {
  const found = await readFile(out).then(
    () => true,
    (error: unknown) => errorCodeOf(error) !== 'ENOENT',
  );
  if (!found) return;
  fail({
    exit: 'usage',
    code: 'OUT_EXISTS',
    message: 'the file to write exists already',
    where: '--out',
    value: out,
    remedy: 'Give a new file; nothing was asked.',
  });
}

function interrupted(answered: number, wanted: number): Parameters<typeof fail>[0] {
  return {
    exit: 'stopped',
    code: 'WATCH_INTERRUPTED',
    message: `stopped after ${answered} of ${wanted} samples; each of them is evidence`,
    remedy: 'Ask again with what is left of the time.',
  };
}
