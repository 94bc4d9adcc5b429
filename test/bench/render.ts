import type { Comparison, Summary } from './compare.ts';
import type { Measure } from './definition.ts';
import type { BenchResult } from './run-bench.ts';

/** The result for people: medians first, then how far the runs lie apart. */
export function renderResult(result: BenchResult): string {
  const { subject, alternative, targets } = result;
  return [
    `${result.bench}: ${result.what}`,
    ...renderSide(subject.label, subject),
    ...(alternative === undefined ? [] : renderSide(alternative.label, alternative)),
    ...(subject.ratio === undefined || alternative === undefined
      ? []
      : [
          `${subject.label} / ${alternative.label}`,
          renderLine('ratio', subject.ratio),
          renderLine('peakRatio', subject.peakRatio),
        ]),
    ...targets.map(
      ({ measure, atMost, value, verdict }) =>
        `${verdict}  ${measure} ${value === undefined ? 'unknown' : shown(measure, value)}, target at most ${shown(measure, atMost)}`,
    ),
  ].join('\n');
}

function renderSide(label: string, comparison: Comparison): readonly string[] {
  const measures = ['wallSeconds', 'cpuSeconds', 'peakBytes'] as const;
  const measured = comparison.measured === undefined ? [] : [renderLine('measured', comparison.measured)];
  return [label, ...measures.map((measure) => renderLine(measure, comparison[measure])), ...measured];
}

function renderLine(measure: Measure, summary: Summary | undefined): string {
  if (summary === undefined) return `  ${measure.padEnd(12)} unknown`;
  const [middle, min, max, mad] = [summary.median, summary.min, summary.max, summary.mad].map((value) =>
    shown(measure, value),
  );
  return `  ${measure.padEnd(12)} ${middle}  (${min} … ${max}, MAD ${mad}, ${summary.runs} runs)`;
}

function shown(measure: Measure, value: number): string {
  if (measure === 'peakBytes') return `${(value / 2 ** 20).toFixed(1)} MiB`;
  return measure === 'ratio' || measure === 'peakRatio' || measure === 'measured'
    ? value.toFixed(3)
    : `${value.toFixed(3)} s`;
}

/** Results as one Markdown table, a line for each side, for a page or a pull request. */
export function renderMarkdown(results: readonly BenchResult[]): string {
  const cell = (measure: Measure, summary: Summary | undefined) =>
    summary === undefined ? '' : `${shown(measure, summary.median)} ± ${shown(measure, summary.mad)}`;
  const row = (name: string, label: string, side: Comparison, targets: string) =>
    `| ${[name, label, cell('wallSeconds', side.wallSeconds), cell('cpuSeconds', side.cpuSeconds), cell('peakBytes', side.peakBytes), cell('ratio', side.ratio), targets].join(' | ')} |`;
  return [
    '| bench | side | wall | CPU | peak memory | ratio | targets |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...results.flatMap(({ bench, subject, alternative, targets }) => [
      row(
        bench,
        subject.label,
        subject,
        targets
          .map(({ measure, atMost, verdict }) => `${verdict} ${measure} ≤ ${shown(measure, atMost)}`)
          .join('; '),
      ),
      ...(alternative === undefined ? [] : [row('', alternative.label, alternative, '')]),
    ]),
  ].join('\n');
}
