import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { tellExecution } from '../../../lib/operator/execution-history.ts';

const launchKey = 'm10_20260221T020923Z/Run/0';
const overrides = { ContainerOverrides: [{ Environment: [{ Name: 'LAUNCH_KEY', Value: launchKey }] }] };
const history = (cause: string): readonly HistoryEvent[] => [
  {
    id: 1,
    timestamp: new Date(0),
    type: 'TaskScheduled',
    taskScheduledEventDetails: {
      resourceType: 'ecs',
      resource: 'runTask.sync',
      region: 'eu-west-2',
      parameters: JSON.stringify({ Overrides: overrides }),
    },
  },
  {
    id: 2,
    previousEventId: 1,
    timestamp: new Date(0),
    type: 'TaskSubmitFailed',
    taskSubmitFailedEventDetails: {
      resourceType: 'ecs',
      resource: 'runTask.sync',
      error: 'ECS.AccessDeniedException',
      cause,
    },
  },
  {
    id: 3,
    previousEventId: 2,
    timestamp: new Date(0),
    type: 'ExecutionFailed',
    executionFailedEventDetails: { error: cause, cause },
  },
];

test('what a history says can be sealed: cut inside a pair, or ill-formed from the start', () => {
  for (const cause of [`${'c'.repeat(499)}\u{1f4a5}`, 'half \ud83d', '\udca5 half']) {
    const { error, refused } = tellExecution(history(cause));
    const told = [error ?? assert.fail(), ...refused.values()];
    assert.equal(told.length, 2);
    assert.doesNotThrow(() => canonicalBytes(told));
  }
});
