import type { Summary } from './compare.ts';
import { type Measure, ratioMeasures, type SideMeasure, sideMeasures } from './definition.ts';
import { measureNames, shown, shownRange } from './figures.ts';
import type { BenchResult } from './run-bench.ts';

type MeasuredSide = BenchResult['subject'];

/** The result for people: medians first, then how far the runs lie apart. */
export function renderResult({ bench, what, subject, alternatives, targets }: BenchResult): string {
  return [
    `${bench}: ${what}`,
    ...renderSide(subject),
    ...alternatives.flatMap(renderSide),
    ...alternatives.flatMap((alternative) => [
      `${subject.label} / ${alternative.label}`,
      ...ratioMeasures.map((measure) => renderLine(measure, alternative[measure])),
    ]),
    ...targets.map(
      ({ measure, atMost, value, verdict, beside }) =>
        `${verdict}  ${measureNames[measure]} ${value === undefined ? 'unknown' : shown(measure, value)}, target at most ${shown(measure, atMost)}${beside === undefined ? '' : ` beside ${beside}`}`,
    ),
  ].join('\n');
}

function renderSide(side: MeasuredSide): readonly string[] {
  const measures = sideMeasures.filter((measure) => measure !== 'measured' || side.measured !== undefined);
  return [side.label, ...measures.map((measure) => renderLine(measure, side[measure]))];
}

function renderLine(measure: Measure, summary: Summary | undefined): string {
  const name = `  ${measureNames[measure].padEnd(13)}`;
  if (summary === undefined) return `${name} unknown`;
  const [middle, min, max, mad] = [summary.median, summary.min, summary.max, summary.mad].map((value) =>
    shown(measure, value),
  );
  return `${name} ${middle}  (${min} … ${max}, MAD ${mad}, ${summary.runs} runs)`;
}

/** Ours over theirs as a Markdown table, a line for each pair of sides. */
export function renderRatios(results: readonly BenchResult[]): string {
  return [
    '| bench | beside | wall | CPU | peak memory | rounds |',
    '| --- | --- | --- | --- | --- | --- |',
    ...results.flatMap(({ bench, rounds, alternatives }) =>
      alternatives.map((alternative) => {
        const cells = ratioMeasures.map((measure) => shownRange(alternative[measure]));
        return `| ${[bench, alternative.label, ...cells, rounds].join(' | ')} |`;
      }),
    ),
  ].join('\n');
}

/** What each side took, medians with the median distance from them. */
export function renderFigures(results: readonly BenchResult[]): string {
  const cell = (measure: SideMeasure, summary: Summary | undefined) =>
    summary === undefined ? '' : `${shown(measure, summary.median)} ± ${shown(measure, summary.mad)}`;
  const row = (name: string, side: MeasuredSide) =>
    `| ${[name, side.label, ...sideMeasures.map((measure) => cell(measure, side[measure]))].join(' | ')} |`;
  return [
    `| bench | side | ${sideMeasures.map((measure) => measureNames[measure]).join(' | ')} |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...results.flatMap(({ bench, subject, alternatives }) => [
      row(bench, subject),
      ...alternatives.map((side) => row('', side)),
    ]),
  ].join('\n');
}

/** Ratios and figures, for a page or a pull request. */
export function renderMarkdown(results: readonly BenchResult[]): string {
  return `${renderRatios(results)}\n\n${renderFigures(results)}`;
}
