import type { z } from 'zod';
import type { LaunchResult } from '../../runtime/result.ts';
import { splitLaunchKey } from '../../vocabulary/identifiers.ts';

/**
 * What the last launch of a state says that it did, of results in the order of their launches. One that was tried
 * again may have left a result that says nothing: the one before it counts then, and `undefined` where none does. Pure.
 */
export function outputOfState<Schema extends z.ZodType>(
  results: readonly LaunchResult[],
  state: string,
  schema: Schema,
): z.infer<Schema> | undefined {
  return results
    .filter(({ launch_key }) => splitLaunchKey(launch_key)?.state === state)
    .map(({ output }) => schema.safeParse(output).data)
    .findLast((output) => output !== undefined);
}
