import { setTimeout as delay } from 'node:timers/promises';
import { writeWhole } from '../../lib/files/write-whole.ts';
import { sampleTimes } from '../../lib/queries/sample-times.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { type Failure, fail, failureOf, PlatformError } from '../../lib/vocabulary/failure.ts';
import { parseDuration } from '../../lib/vocabulary/instant.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { didYouMean } from '../../lib/vocabulary/nearest-names.ts';
import { resultWidth } from '../terminal/look.ts';
import { formatFailure } from '../terminal/output.ts';
import { type AnswerFormat, answerFormats, showAnswers, showSample } from '../terminal/show-answers.ts';
import { type Answered, ask } from './ask.ts';
import type { CommandContext } from './command-context.ts';
import { requireNewFile, writeOut } from './out-place.ts';
import { queryList } from './query-list.ts';
import { type QuestionOptions, questionOf } from './read-question.ts';

export type QueryOptions = QuestionOptions & {
  readonly format: string;
  readonly out?: string;
  readonly watch?: string;
  readonly for?: string;
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
  await requireNewFile(options.out);

  const answers: Answered[] = [];
  const isWatch = times.length > 1;
  // What comes sample by sample is shown as it comes, unless it is kept for the end: in a file, or as JSON.
  const streams = isWatch && options.out === undefined && format !== 'json' && !context.output.json;
  let exitCode: number = exitCodes.done;
  const began = performance.now();
  for (const [sample, at] of times.entries()) {
    await delay(Math.max(0, began + at - performance.now()), undefined, { signal: context.signal }).catch(
      () => fail(interrupted(answers.length, times.length)),
    );
    if (isWatch) context.output.progress(`sample ${sample + 1} of ${times.length}`);
    try {
      const answered = await ask(context, asked);
      const { result } = answered;
      if (streams) context.output.part(showSample(format, result, answers.length === 0, resultWidth()) ?? '');
      else if (isWatch) context.output.progress(showAnswers('table', [result], resultWidth()).trimEnd());
      answers.push(answered);
      context.output.progress(whereabouts(answered));
    } catch (error) {
      const failure = placed(failureOf(error), options.file);
      // One question that fails does not end a watch; it is told, and the command fails in the end.
      if (!isWatch || context.signal.aborted) throw new PlatformError(failure, { cause: error });
      exitCode = exitCodes[failure.exit];
      context.output.progress(formatFailure(failure));
    }
  }
  const shown = (width?: number) =>
    showAnswers(
      format,
      answers.map(({ result }) => result),
      width,
    );
  const unwritten = options.out === undefined ? undefined : await keep(options.out, shown());
  if (unwritten !== undefined) exitCode = exitCodes[unwritten.exit];
  const written = unwritten === undefined ? options.out : undefined;
  if (unwritten !== undefined) context.output.progress(formatFailure(unwritten));
  if (written !== undefined) context.output.progress(`written to ${written}`);
  context.output.result(
    // What is in no file is shown: nobody should have to ask again.
    written ?? (streams ? '' : shown(resultWidth()).trimEnd()),
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

/** Writes the answers to a new file, or says why not. */
async function keep(out: string, text: string): Promise<Failure | undefined> {
  try {
    await writeOut(out, () => writeWhole(out, text, { replace: false }));
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

/** How much an answer is, and where it can be found again. */
function whereabouts({ execution, evidence, sha256, result: { row_count: rows } }: Answered): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'}  ${execution}  sha256 ${sha256}\n  evidence ${evidence}`;
}

/** SQL of one's own is known to the task as `sql`, to who asked by its file. */
function placed(failure: Failure, file: string | undefined): Failure {
  return file !== undefined && failure.where === 'sql' ? { ...failure, where: file } : failure;
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

function interrupted(answered: number, wanted: number): Parameters<typeof fail>[0] {
  return {
    exit: 'stopped',
    code: 'WATCH_INTERRUPTED',
    message: `stopped after ${answered} of ${wanted} samples; each of them is evidence`,
    remedy: 'Ask again with what is left of the time.',
  };
}
