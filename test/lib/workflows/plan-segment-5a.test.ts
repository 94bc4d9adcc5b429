import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentContract } from '../../../lib/task-contracts/segment.ts';
import { runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { instantSchema } from '../../../lib/vocabulary/instant.ts';
import { maximumLanes } from '../../../lib/workflows/lanes.ts';
import { segment5aInput, segmentParameters } from '../../../lib/workflows/plan-segment-5a.ts';

const plan = {
  runsRoot: '/lake/runs',
  world: '/lake/world',
  scenarioIds: ['baseline_v1', 'stress_v1'],
  partitions: 4,
};
const frame = {
  environment: 'local',
  run_id: runIdSchema.parse('platform_20260221T060431Z'),
  task_definition: 'arn:aws:ecs:eu-west-2:000000000000:task-definition/fraud-platform-local-segment:1',
  deadline: instantSchema.parse('2026-02-21T06:30:00.000Z'),
  timeout_seconds: 60,
  relaunch_wait_seconds: 5,
};
const inline = (value: object) => ({ inline: JSON.stringify(value), key: '', sha256: '' }) as const;

test('every launch gets parameters that its contract takes; lanes are scenario times partition', () => {
  const { prepare, lanes, validate } = segmentParameters(plan);
  const parsed = [prepare, ...lanes, validate].map((parameters) =>
    segmentContract.parameters.parse(parameters),
  );
  assert.equal(lanes.length, 8);
  const work = parsed
    .slice(1, -1)
    .map(({ scenario_ids: ids, partition }) => `${ids.join()}/${partition.index}`);
  assert.equal(new Set(work).size, 8);
  assert.deepEqual(parsed.at(-1)?.states, ['S5']);
});

test('the input is lawful, and more lanes than a Map may have are refused', () => {
  const { prepare, lanes, validate } = segmentParameters(plan);
  const passed = { prepare: inline(prepare), lanes: lanes.map(inline), validate: inline(validate) };
  const input = segment5aInput(frame, 'segment_20260221T060431Z', passed);
  assert.deepEqual(
    input.lanes.map(({ launch }) => launch.number),
    [0, 3, 6, 9, 12, 15, 18, 21],
  );
  const many = { ...passed, lanes: Array.from({ length: maximumLanes + 1 }, () => inline(prepare)) };
  assert.throws(() => segment5aInput(frame, 'segment_20260221T060431Z', many));
});
