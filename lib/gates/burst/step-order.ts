import type { TaskRecord } from '../../recorder/task-record.ts';
import { splitLaunchKey } from '../../vocabulary/identifiers.ts';
import { millisOf } from '../../vocabulary/instant.ts';

/** One platform tells all these times; what its clocks are apart is less than this. */
const toleranceMillis = 1_000;

/**
 * Records of lanes that cannot be: the machine starts lanes when the scope is open, and closes it when the last of
 * them has stopped. A lane that is said to have begun before or to have ended after that would make the burst
 * longer than it was, so its record is not believed. Pure; where a step has no record, nothing is held against it.
 */
export function misplacedLanes(records: readonly TaskRecord[]): readonly TaskRecord[] {
  const of = (state: string) =>
    records.filter(({ launch_key }) => splitLaunchKey(launch_key)?.state === state);
  const times = (values: readonly TaskRecord['started_at'][]) =>
    values.flatMap((value) => (value === null ? [] : [millisOf(value)]));
  const opened = Math.max(...times(of('Open').map(({ stopped_at }) => stopped_at))) - toleranceMillis;
  const closing =
    Math.min(...times(of('Close').map(({ created_at, started_at }) => created_at ?? started_at))) +
    toleranceMillis;
  return of('Lane').filter(
    ({ started_at, stopped_at }) =>
      (started_at !== null && millisOf(started_at) < opened) ||
      (stopped_at !== null && millisOf(stopped_at) > closing),
  );
}
