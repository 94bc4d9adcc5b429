import { type LaneResult, laneResultSchema } from '../../burst/lane-result.ts';
import type { TaskRecord } from '../../recorder/task-record.ts';
import type { LaunchResult } from '../../runtime/result.ts';
import { exitCodes } from '../../vocabulary/exit-codes.ts';
import { compareLaunchKeys, splitLaunchKey } from '../../vocabulary/identifiers.ts';

export const isLane = ({ launch_key }: { readonly launch_key: string }) =>
  splitLaunchKey(launch_key)?.state === 'Lane';

/** What a launch of a lane says that it did; `undefined` where it does not. Pure. */
export function laneResultOf(result: LaunchResult | undefined): LaneResult | undefined {
  return result !== undefined && isLane(result) ? laneResultSchema.safeParse(result.output).data : undefined;
}

/**
 * Keys of launches of lanes, of those that are known, that may have sent something and have not said what. A lane
 * that was killed is launched again and goes on from its checkpoint: its admissions are counted, and nobody can
 * tell when they began. Pure.
 *
 * A launch has sent nothing when it never started, was refused (78), or wrote down that it ended with 75 and did
 * nothing before. A 75 without a result is also that of a lane whose result could not be written.
 */
export function silentLanes(
  launchKeys: Iterable<string>,
  records: readonly TaskRecord[],
  results: readonly LaunchResult[],
): readonly string[] {
  const mayHaveSent = (launchKey: string) => {
    const result = results.find(({ launch_key }) => launch_key === launchKey);
    if (laneResultOf(result) !== undefined) return false;
    const record = records.find(({ launch_key }) => launch_key === launchKey);
    if (record === undefined) return true;
    if (record.started_at === null || record.exit_code === exitCodes.refused) return false;
    return record.exit_code !== exitCodes.transient || result?.output !== null;
  };
  return [...new Set(launchKeys)]
    .filter((launch_key) => isLane({ launch_key }) && mayHaveSent(launch_key))
    .sort(compareLaunchKeys);
}
