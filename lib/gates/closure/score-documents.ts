import type { StateName } from '../../segment-5a/frame/states.ts';
import type { ClosureScore } from './score-closure.ts';
import type { BaselineScore, LaneScore } from './score-run.ts';

/**
 * Phase that each state was taken up in, as the first closures named it: their files bear these names, so
 * that ours lie beside them.
 */
const phaseOfState: Readonly<Record<StateName, string>> = {
  S0: 'popt4',
  S1: 'popt4',
  S2: 'popt4',
  S3: 'popt1',
  S4: 'popt2',
  S5: 'popt3',
};

/** Names of the files of a score, without their ending. */
export const scoreFileName = {
  baseline: (run: string) => `segment5a_popt0_baseline_${run}`,
  lanes: (run: string, state: StateName) => `segment5a_${phaseOfState[state]}_lane_timing_${run}`,
  closure: (run: string, gate: string) =>
    `segment5a_${gate.replace(/^segment-5a-/, '').replaceAll('-', '_')}_closure_${run}`,
} as const;

/** Seconds to the millisecond, and parts in percent; what nobody knows is `unknown`. */
export const seconds = (value: number | null) => (value === null ? 'unknown' : value.toFixed(3));
export const percent = (part: number | null) => (part === null ? 'unknown' : `${(part * 100).toFixed(2)} %`);

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Where a run's time went, as Markdown. Pure. */
export function baselineMarkdown(score: BaselineScore): string {
  return document([
    `# States of ${score.segment_run_id}`,
    `${seconds(score.segment_seconds)} s in all; budgets ${score.budgets}. Next: ${score.next_phase ?? 'nothing'}, ${score.reason}.`,
    table(
      ['state', 'seconds', 'share', 'target', 'stretch', 'budget'],
      score.states.map((state) => [
        state.state,
        seconds(state.seconds),
        percent(state.share),
        state.target_seconds === null ? 'none' : `${state.target_seconds}`,
        state.stretch_seconds === null ? 'none' : `${state.stretch_seconds}`,
        state.budget,
      ]),
    ),
    '## Hotspots',
    table(
      ['state', 'share', 'longest lane'],
      score.hotspots.map(({ state, share, lane }) => [state, percent(share), lane ?? 'no marker']),
    ),
  ]);
}

/** Lanes of a state, as Markdown. Pure. */
export function lanesMarkdown(score: LaneScore): string {
  return document([
    `# Lanes of ${score.state} of ${score.segment_run_id}`,
    `${seconds(score.wall_seconds)} s by the clock; no lane explains ${seconds(score.unexplained_seconds)} s of it.`,
    table(
      ['lane', 'seconds', 'share'],
      score.lanes.map((lane) => [lane.lane, seconds(lane.seconds), percent(lane.share)]),
    ),
  ]);
}

/** A closure, as Markdown. Pure. */
export function closureMarkdown(score: ClosureScore): string {
  const { runtime } = score;
  return document([
    `# ${score.decision}`,
    `Phase ${score.phase_id}, gate ${score.gate}, candidate ${score.candidate}.`,
    score.reasons.map((reason) => `- ${reason}`).join('\n'),
    `## Time of ${score.state}`,
    table(
      ['', 'run', 'seconds'],
      [
        ['authority', score.baseline, seconds(runtime.baseline_seconds)],
        [
          score.witnesses.length === 0 ? 'candidate' : 'median of candidate and witnesses',
          [score.candidate, ...score.witnesses].join(', '),
          seconds(runtime.candidate_seconds),
        ],
      ],
    ),
    `${percent(runtime.improvement_fraction)} less, of ${percent(runtime.relative_reduction)} wanted (${passed(runtime.relative_pass)}); or at most ${runtime.absolute_seconds} s (${passed(runtime.absolute_pass)}); ${runtime.slower_than_authority ? 'slower' : 'not slower'} than the authority; noise ${seconds(runtime.noise_seconds)} s.`,
    '## Vetoes',
    table(
      ['veto', '', 'authority and candidate'],
      score.vetoes.map(({ id, clear, detail }) => [id, clear ? 'clear' : '**not clear**', detail]),
    ),
  ]);
}

const passed = (pass: boolean) => (pass ? 'met' : 'missed');
const document = (parts: readonly string[]) => `${parts.join('\n\n')}\n`;
