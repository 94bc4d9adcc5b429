import type { ClosureScore } from '../../lib/gates/closure/score-closure.ts';
import { percent, seconds } from '../../lib/gates/closure/score-documents.ts';
import type { BaselineScore, LaneScore } from '../../lib/gates/closure/score-run.ts';
import { paint } from './look.ts';
import { renderTable } from './table.ts';

const budgetColour = { GREEN: 'green', AMBER: 'yellow', RED: 'red', NONE: 'gray' } as const;

/** Where a run's time went, as lines for people. */
export function baselineText(score: BaselineScore, width: number | undefined): string {
  const bound = (value: number | null) => (value === null ? '-' : `${value} s`);
  return [
    renderTable(
      ['state', 'time', 'share', 'target', 'stretch', 'budget'],
      score.states.map((state) => [
        state.state,
        `${seconds(state.seconds)} s`,
        percent(state.share),
        bound(state.target_seconds),
        bound(state.stretch_seconds),
        paint(budgetColour[state.budget], state.budget),
      ]),
      width,
    ),
    `  total     ${seconds(score.segment_seconds)} s, budgets ${score.budgets}`,
    ...score.hotspots.map(
      ({ state, share, lane }, place) =>
        `  hotspot ${place + 1} ${state} ${percent(share)}${lane === null ? '' : `, most of it ${lane}`}`,
    ),
    `  next      ${score.next_phase ?? 'nothing'}: ${score.reason}`,
  ].join('\n');
}

/** Lanes of a state, as lines for people. */
export function lanesText(score: LaneScore, width: number | undefined): string {
  return [
    renderTable(
      ['lane', 'time', 'share'],
      score.lanes.map((lane) => [lane.lane, `${seconds(lane.seconds)} s`, percent(lane.share)]),
      width,
    ),
    `  wall        ${seconds(score.wall_seconds)} s`,
    `  unexplained ${seconds(score.unexplained_seconds)} s`,
  ].join('\n');
}

/** A closure, as lines for people; digests by their beginnings, whole in the JSON. */
export function closureText(score: ClosureScore, width: number | undefined): string {
  const { runtime } = score;
  const colour = score.decision.startsWith('UNLOCK')
    ? 'green'
    : score.decision.startsWith('HOLD')
      ? 'red'
      : 'yellow';
  const brief = (text: string) => text.replaceAll(/[0-9a-f]{64}/g, (digest) => `${digest.slice(0, 12)}…`);
  return [
    `${paint(colour, score.decision)}  ${score.phase_id}  gate ${score.gate}`,
    ...score.reasons.map((reason) => `  because   ${brief(reason)}`),
    `  authority ${score.state} took ${seconds(runtime.baseline_seconds)} s in ${score.baseline}`,
    `  candidate ${score.state} took ${seconds(runtime.candidate_seconds)} s in ${[score.candidate, ...score.witnesses].join(', ')}`,
    `  gain      ${percent(runtime.improvement_fraction)}${runtime.noise_seconds === 0 ? '' : `, noise ${seconds(runtime.noise_seconds)} s`}`,
    renderTable(
      ['veto', '', 'authority and candidate'],
      score.vetoes.map(({ id, clear, detail }) => [
        id,
        clear ? 'clear' : paint('red', 'NOT CLEAR'),
        brief(detail),
      ]),
      width,
    ),
  ].join('\n');
}
