import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeWhole } from '../../lib/files/write-whole.ts';
import type { RunMeasures } from '../../lib/gates/closure/run-measures.ts';
import { type ClosureScore, scoreClosure } from '../../lib/gates/closure/score-closure.ts';
import {
  baselineMarkdown,
  closureMarkdown,
  lanesMarkdown,
  scoreFileName,
} from '../../lib/gates/closure/score-documents.ts';
import { scoreBaseline, scoreLanes } from '../../lib/gates/closure/score-run.ts';
import {
  findClosureGate,
  readBaseline,
  stateBudgets,
  usualBudgets,
} from '../../lib/operator/closure-gates.ts';
import { recordClosure } from '../../lib/operator/record-closure.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { Sha256 } from '../../lib/vocabulary/identifiers.ts';
import { resultWidth } from '../terminal/look.ts';
import type { ShapedResult } from '../terminal/output.ts';
import { baselineText, closureText, lanesText } from '../terminal/show-scores.ts';
import type { CommandContext } from './command-context.ts';
import { measuresOf } from './measures-of.ts';
import { requireFolder, writeOut } from './out-place.ts';
import { readState } from './read-state.ts';

export type ScoreOptions = {
  readonly runsRoot?: string;
  readonly out?: string;
  readonly state?: string;
  readonly gate?: string;
  readonly candidate?: string;
  readonly baseline?: string;
  readonly witness?: readonly string[];
  readonly noise?: string;
  readonly budgets?: string;
  readonly record?: boolean;
  readonly phases?: string;
};

/** `fraudctl score baseline`: where a run's time went, against the budgets of its states. */
export async function scoreBaselineCommand(
  context: CommandContext,
  run: string,
  options: ScoreOptions,
): Promise<number> {
  const name = options.budgets ?? usualBudgets;
  await requireFolder(options.out);
  const budgets = await stateBudgets(name);
  const score = scoreBaseline(await measuresOf(context, run, options), budgets, name);
  await report(context, options, {
    name: scoreFileName.baseline(run),
    score: { ...score },
    markdown: baselineMarkdown(score),
    text: baselineText(score, resultWidth()),
  });
  return exitCodes.done;
}

/** `fraudctl score lanes`: the lanes of one state with their shares. Throws `MARKERS_MISSING` (65). */
export async function scoreLanesCommand(
  context: CommandContext,
  run: string,
  options: ScoreOptions,
): Promise<number> {
  const state = readState(options.state ?? '', '--state');
  await requireFolder(options.out);
  const score = scoreLanes(await measuresOf(context, run, options), state);
  if ('refused' in score) {
    return fail({
      exit: 'data',
      code: 'MARKERS_MISSING',
      message: `${score.refused}: a share is measured, never invented`,
      where: run,
      value: state,
      remedy: 'Run the state again with this version; its run report carries the markers.',
    });
  }
  await report(context, options, {
    name: scoreFileName.lanes(run, state),
    score: { ...score },
    markdown: lanesMarkdown(score),
    text: lanesText(score, resultWidth()),
  });
  return exitCodes.done;
}

/**
 * `fraudctl score closure`: may a phase close on this candidate? Exit 0 only for an unlock, 65 for a hold, 70
 * when nobody can tell.
 */
export async function scoreClosureCommand(context: CommandContext, options: ScoreOptions): Promise<number> {
  const gate = await findClosureGate(options.gate ?? '');
  await requireFolder(options.out);
  const candidate = await measuresOf(context, options.candidate ?? '', options);
  // History is replayed by naming the run; otherwise the recorded authority counts, whatever one would like.
  const recorded = options.baseline === undefined ? await readBaseline(gate.authority) : undefined;
  const authority = recorded?.measures ?? (await measuresOf(context, options.baseline ?? '', options));
  const witnesses = await Promise.all(
    (options.witness ?? []).map((run) => measuresOf(context, run, options)),
  );
  refuseRepeated([authority, candidate, ...witnesses]);
  const [one, other, ...rest] = options.noise === undefined ? [] : options.noise.split(',');
  if (options.noise !== undefined && (one === undefined || other === undefined || rest.length > 0)) {
    fail({
      exit: 'usage',
      code: 'NOISE_INVALID',
      message: 'noise is measured by two runs of the same code',
      where: '--noise',
      value: options.noise,
      remedy: 'Give two segment run ids, separated by a comma.',
    });
  }
  const score = scoreClosure(gate, authority, candidate, {
    witnesses,
    ...(one === undefined || other === undefined
      ? {}
      : {
          noise: [
            await measuresOf(context, one, options),
            await measuresOf(context, other, options),
          ] as const,
        }),
  });
  const kept = options.record === true ? await record(context, options, score, recorded?.sha256) : undefined;
  await report(context, options, {
    name: scoreFileName.closure(candidate.segment_run_id, gate.name),
    score: JSON.parse(JSON.stringify(score)),
    markdown: closureMarkdown(score),
    text: [
      closureText(score, resultWidth()),
      ...(kept === undefined ? [] : [`  recorded  ${kept.key}`]),
    ].join('\n'),
  });
  if (score.decision === gate.unlock) return exitCodes.done;
  return score.decision === gate.hold ? exitCodes.data : exitCodes.internal;
}

/**
 * A run that is compared with itself is never slower and never another, and named twice it counts twice in the
 * median: `RUN_NAMED_TWICE` (64).
 */
function refuseRepeated(runs: readonly RunMeasures[]): void {
  const ids = runs.map(({ segment_run_id }) => segment_run_id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return;
  fail({
    exit: 'usage',
    code: 'RUN_NAMED_TWICE',
    message: 'authority, candidate and witnesses are runs of their own, and one of them is there twice',
    where: '--candidate, --witness and the authority',
    value: twice,
    remedy: 'Make another: fraudctl segment witness stages a candidate beside a run, and runs it.',
  });
}

/**
 * Records a score as a verdict of its phase. Only one against the recorded authority is: history that is
 * replayed against a run of one's choice closes nothing (`SCORE_NOT_RECORDABLE`, 64).
 */
async function record(
  context: CommandContext,
  options: ScoreOptions,
  score: ClosureScore,
  authority: Sha256 | undefined,
): Promise<{ readonly key: string }> {
  if (authority === undefined) {
    return fail({
      exit: 'usage',
      code: 'SCORE_NOT_RECORDABLE',
      message: 'a score against a baseline of one’s choice closes no phase',
      where: '--record and --baseline',
      value: options.baseline ?? '',
      remedy: 'Leave out one of the two.',
    });
  }
  const environment = await context.openEnvironment();
  return await recordClosure(environment, options.phases, score, authority, context.now, context.signal);
}

/** What a score is told as: under which name it is kept, for programs, as a document, and on a terminal. */
type ToldScore = {
  readonly name: string;
  readonly score: ShapedResult;
  readonly markdown: string;
  readonly text: string;
};

/** Prints a score, and with `--out` keeps it as JSON and Markdown under the name that closures have. */
async function report(
  context: CommandContext,
  { out }: ScoreOptions,
  { name, score, markdown, text }: ToldScore,
): Promise<void> {
  if (out !== undefined) {
    const folder = resolve(out);
    const json = `${JSON.stringify(score, null, 2)}\n`;
    await writeOut(folder, async () => {
      await mkdir(folder, { recursive: true });
      await writeWhole(join(folder, `${name}.json`), json, { replace: true });
      await writeWhole(join(folder, `${name}.md`), markdown, { replace: true });
    });
    context.output.progress(`written ${join(folder, name)}.json and .md`);
  }
  context.output.result(text, score);
}
