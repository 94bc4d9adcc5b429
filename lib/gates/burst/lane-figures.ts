import type { LaneResult } from '../../burst/lane-result.ts';
import type { OpenedScope } from '../../burst/scope-results.ts';
import type { LaunchResult } from '../../runtime/result.ts';
import { splitLaunchKey } from '../../vocabulary/identifiers.ts';
import { laneStride } from '../../workflows/lanes.ts';
import { type BurstFigures, known, type LaneFigures, unknown } from './figures.ts';
import { laneResultOf } from './silent-lanes.ts';

/** What the launches of each lane say together. Pure. `results` are in the order of their launches. */
export function lanesOf(
  opened: OpenedScope | undefined,
  results: readonly LaunchResult[],
): BurstFigures['lanes'] {
  if (opened === undefined) return unknown('nobody tells how many lanes there should be');
  const words = results.flatMap((result) => laneResultOf(result) ?? []);
  const figures: LaneFigures[] = [];
  for (let lane = 0; lane < opened.plan.lanes; lane += 1) {
    const place = results.filter(({ launch_key }) => {
      const parts = splitLaunchKey(launch_key);
      return parts?.state === 'Lane' && Math.floor(parts.number / laneStride) === lane;
    });
    const word = laneResultOf(place.at(-1));
    if (word === undefined || word.lane !== lane) return unknown(`lane ${lane} has left no result`);
    figures.push(together(words.filter((one) => one.lane === lane)));
  }
  return known(figures);
}

/**
 * A lane that resumed is another producer, under a newer epoch: that one has the last word about how far the lane
 * came. What an earlier one never heard of is answered only up to there, and its stall stays one.
 */
function together(words: readonly LaneResult[]): LaneFigures {
  const last = words.reduce((one, other) => (BigInt(other.epoch) >= BigInt(one.epoch) ? other : one));
  const unanswered = words.filter((word) => word !== last && word.resumed_at + word.sent > last.frontier);
  return {
    ...last,
    unresolved: [last, ...unanswered].reduce((sum, { unresolved }) => sum + unresolved, 0),
    longest_stall_ms: Math.max(...words.map(({ longest_stall_ms }) => longest_stall_ms)),
  };
}
