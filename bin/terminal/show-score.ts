import type { ClosureScore } from '../../lib/gates/closure/score-closure.ts';
import type { BaselineScore, LaneScore } from '../../lib/gates/closure/score-run.ts';
import { paint } from './look.ts';
import { renderTable } from './table.ts';

const fixed = (value: number | null, digits = 3) => (value === null ? 'unknown' : value.toFixed(digits));
const percent = (value: number | null) => (value === null ? 'unknown' : `${(value * 100).toFixed(2)} %`);

/** States with their times, hotspots and what to take up next. */
export function baselineText(score: BaselineScore, width: number | undefined): string {
  return [
    renderTable(
      ['state', 'seconds', 'share', 'budget'],
      score.states.map(({ state, seconds, share, budget }) => [
        state,
        fixed(seconds),
        percent(share),
        budget,
      ]),
      width,
    ),
    `  total     ${fixed(score.segment_seconds)} s`,
    ...score.hotspots.map(
      ({ state, share, lane }, place) =>
        `  hotspot ${place + 1} ${state} ${percent(share)}${lane === null ? '' : `, most of it ${lane}`}`,
    ),
    `  next      ${score.next_phase ?? 'nothing'}: ${score.reason}`,
  ].join('\n');
}

/** Lanes of one state, and what none explains. */
export function lanesText(score: LaneScore, width: number | undefined): string {
  return [
    renderTable(
      ['lane', 'seconds', 'share'],
      score.lanes.map(({ lane, seconds, share }) => [lane, fixed(seconds), percent(share)]),
      width,
    ),
    `  wall        ${fixed(score.wall_seconds)} s`,
    `  unexplained ${fixed(score.unexplained_seconds)} s`,
  ].join('\n');
}

/** A decision with its reasons, its times and every veto. */
export function closureText(score: ClosureScore, width: number | undefined): string {
  const { runtime } = score;
  const colour = score.decision.startsWith('UNLOCK')
    ? 'green'
    : score.decision.startsWith('HOLD')
      ? 'red'
      : 'yellow';
  return [
    `${paint(colour, score.decision)}  ${score.phase_id}  gate ${score.gate}`,
    ...score.reasons.map((reason) => `  because   ${reason}`),
    `  ${score.state}        ${fixed(runtime.baseline_seconds)} s of ${score.baseline}`,
    `            ${fixed(runtime.candidate_seconds)} s of ${[score.candidate, ...score.witnesses].join(', ')}`,
    `  gain      ${percent(runtime.improvement_fraction)}, noise ${fixed(runtime.noise_seconds)} s`,
    renderTable(
      ['veto', '', 'found'],
      score.vetoes.map(({ id, clear, detail }) => [id, clear ? 'clear' : paint('red', 'NOT CLEAR'), detail]),
      width,
    ),
  ].join('\n');
}
