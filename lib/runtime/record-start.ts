import { randomUUID } from 'node:crypto';
import { launchPrefix } from '../../config/names.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { publishObject } from '../evidence/publish-object.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { type Failure, failureOf } from '../vocabulary/failure.ts';
import { instantFromMillis } from '../vocabulary/instant.ts';
import type { ReadyLaunch } from './bootstrap.ts';

/**
 * Puts this launch's `started.json`, which proves that evidence can be written and that nobody else
 * started under the same launch key. Returns the refusal, if any.
 *
 * The `instance` makes every attempt's content its own, so a second process with the same key meets a
 * conflict, while a put whose answer was lost still reads as ours.
 */
export async function recordStart(
  contract: TaskContract,
  ready: ReadyLaunch,
  now: number,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const key = `${launchPrefix(ready.launch.environment, ready.launch.launchKey)}started.json`;
  const content = canonicalBytes({
    schema: 'fraud-platform/launch-started/v1',
    task: contract.name,
    environment: ready.launch.environment,
    execution_id: ready.launch.executionId,
    run_id: ready.launch.runId,
    launch_key: ready.launch.launchKey,
    deadline: ready.launch.deadline,
    started_at: instantFromMillis(now),
    instance: randomUUID(),
    image_digest: ready.launch.imageDigest,
    node: process.version,
    parameters_sha256: ready.parametersDigest,
    configuration_sha256: ready.configurationDigest,
  });
  try {
    const outcome = await publishObject(ready.evidence, key, content, signal);
    if (outcome.kind !== 'conflict') return undefined;
  } catch (error) {
    return { ...failureOf(error), exit: 'refused' };
  }
  return {
    exit: 'refused',
    code: 'LAUNCH_ALREADY_STARTED',
    message: 'another process already started under this launch key',
    where: key,
    value: ready.launch.launchKey,
    remedy: 'Follow the running launch with fraudctl attach, or launch anew: a launch key is used once.',
  };
}
