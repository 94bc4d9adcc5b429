import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';

const executionIn = (launchKey: string) => launchKey.split('/', 1)[0] ?? '';

/** `intent.json` of a probe, but for what is changed. */
export const probeIntent = (executionId: string, change: JsonObject = {}): JsonObject => ({
  schema: 'fraud-platform/one-shot-input/v1',
  environment: 'local',
  execution_id: executionId,
  run_id: 'platform_20260221T020923Z',
  task: 'probe',
  task_definition: 'arn:aws:ecs:eu-west-2:000000000000:task-definition/probe:1',
  deadline: '2026-02-21T02:24:23.000Z',
  timeout_seconds: 900,
  relaunch_wait_seconds: 1,
  launch: { number: 0 },
  parameters: { inline: '{}', key: '', sha256: '' },
  ...change,
});

/** `execution-record.json` of a local execution that failed after a minute, but for what is changed. */
export const executionRecord = (executionId: string, change: JsonObject = {}) =>
  canonicalBytes({
    schema: 'fraud-platform/execution-record/v1',
    environment: 'local',
    execution_id: executionId,
    execution_arn: 'arn:execution',
    state_machine_arn: 'arn:machine',
    status: 'FAILED',
    error: 'TaskFailed',
    cause: null,
    started_at: '2026-02-21T02:09:23.000Z',
    stopped_at: '2026-02-21T02:10:23.000Z',
    ...change,
  });

/** `task-record.json` of a task that ended by itself, without a fault, but for what is changed. */
export const taskRecord = (launchKey: string, change: JsonObject = {}): JsonObject => ({
  schema: 'fraud-platform/task-record/v1',
  environment: 'local',
  execution_id: executionIn(launchKey),
  launch_key: launchKey,
  task_arn: `arn:aws:ecs:eu-west-2:000000000000:task/cluster/${launchKey.split('/').slice(1).join('')}`,
  task_definition: 'arn:aws:ecs:eu-west-2:000000000000:task-definition/probe:1',
  image_digest: null,
  created_at: '2026-02-21T02:09:23.000Z',
  started_at: '2026-02-21T02:09:40.000Z',
  stopped_at: '2026-02-21T02:10:00.000Z',
  stop_code: 'EssentialContainerExited',
  stopped_reason: 'Essential container in task exited',
  exit_code: 0,
  ...change,
});

/** `result.json` of a launch that did what it was asked for, but for what is changed. */
export const launchResult = (launchKey: string, change: JsonObject = {}): JsonObject => ({
  schema: 'fraud-platform/launch-result/v1',
  task: 'probe',
  environment: 'local',
  run_id: 'platform_20260221T020923Z',
  launch_key: launchKey,
  outcome: 'done',
  exit_code: 0,
  output: {},
  failure: null,
  started_at: '2026-02-21T02:09:41.000Z',
  ended_at: '2026-02-21T02:09:59.000Z',
  image_digest: 'local',
  parameters_sha256: '1'.repeat(64),
  configuration_sha256: '2'.repeat(64),
  ...change,
});
