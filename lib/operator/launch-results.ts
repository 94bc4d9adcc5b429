import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { type LaunchResult, launchResultSchema } from '../runtime/result.ts';
import { compareLaunchKeys } from '../vocabulary/identifiers.ts';
import type { GatheredExecution } from './gather-evidence.ts';

/**
 * The results of an execution's launches in the order of their keys, also of those that ended badly. Read
 * from the very bytes that the verdict was computed from; what is no result is left out, as the verdict
 * says it.
 */
export function launchResults(gathered: GatheredExecution): readonly LaunchResult[] {
  return gathered.launches
    .flatMap(({ objects }) =>
      objects.flatMap(({ name, content }) =>
        name === 'result.json' ? (parseEvidence(content, launchResultSchema) ?? []) : [],
      ),
    )
    .sort((one, other) => compareLaunchKeys(one.launch_key, other.launch_key));
}
