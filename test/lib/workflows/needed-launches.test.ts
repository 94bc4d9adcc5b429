import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workflows } from '../../../lib/workflows/catalogue.ts';
import { neededLaunches, statesNotLaunched } from '../../../lib/workflows/needed-launches.ts';

const placement = {
  clusterArn: 'cluster',
  subnets: [],
  securityGroups: [],
  assignPublicIp: 'DISABLED',
} as const;

test('what an execution needs are the states of whose names its definition makes launch keys', () => {
  for (const [workflow, definition] of Object.entries(workflows)) {
    const keys = JSON.stringify(definition(placement)).matchAll(/'\{\}\/(\w+)\/\{\}'/g);
    assert.deepEqual(
      [...new Set(Array.from(keys, ([, state]) => state))],
      neededLaunches[workflow],
      workflow,
    );
  }
});

test('what has yet to be launched, in order; nothing of a machine that nobody knows', () => {
  const after = (...states: string[]) => statesNotLaunched(new Set(states));
  assert.deepEqual(after('Run'), []);
  assert.deepEqual(after('Open'), ['Lane', 'Close']);
  assert.deepEqual(after('Open', 'Close'), ['Lane']);
  assert.deepEqual(after('Prepare', 'Lane'), ['Validate']);
  assert.deepEqual(after('Prepare', 'Lane', 'Validate'), []);
  assert.equal(after('Open', 'Validate'), undefined);
});
