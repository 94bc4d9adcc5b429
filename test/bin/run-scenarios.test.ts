import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { type ScenarioWish, scenariosOfRun } from '../../bin/commands/run-scenarios.ts';
import type { RunReceipt } from '../../lib/segment-5a/frame/run-folder.ts';
import {
  manifestFingerprintSchema,
  parameterHashSchema,
  scenarioIdSchema,
} from '../../lib/segment-5a/identity.ts';
import { openWorld, type World } from '../../lib/segment-5a/s0/open-world.ts';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { instantSchema } from '../../lib/vocabulary/instant.ts';
import { sealWorld, smallWorld } from '../lib/segment-5a/make-world.ts';
import { refusedWith } from '../support/refused-with.ts';

let folder: string;
let world: World;
before(async () => {
  folder = await sealWorld(smallWorld(1));
  world = await openWorld(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

const runId = segmentRunIdSchema.parse('a'.repeat(32));
const all = ['baseline_v1', 'stress_v1'];

/** What is worked on when a run lies there, of these scenarios or of all of its world. */
function chosen(
  wish: Partial<ScenarioWish>,
  there?: { readonly scenarioIds: readonly string[] | undefined },
): Promise<object> {
  const receipt = (scenarioIds: readonly string[] | undefined): RunReceipt => ({
    schema: 'fraud-platform/segment-run/v1',
    run_id: runId,
    seed: '1',
    parameter_hash: parameterHashSchema.parse('1'.repeat(64)),
    manifest_fingerprint: manifestFingerprintSchema.parse('2'.repeat(64)),
    created_utc: instantSchema.parse('2026-02-21T06:30:00.000Z'),
    ...(scenarioIds === undefined
      ? {}
      : { scenario_ids: scenarioIds.map((id) => scenarioIdSchema.parse(id)) }),
  });
  const place = { runReceipt: async () => there && receipt(there.scenarioIds) };
  return scenariosOfRun(place, { world, ...wish });
}

test('scenarios that are named begin a run of their own; all of them, or none, are the run of the world', async () => {
  assert.deepEqual(await chosen({}), { scenarioIds: all });
  assert.deepEqual(await chosen({ wanted: ['stress_v1', 'baseline_v1', 'stress_v1'] }), { scenarioIds: all });
  const one = { scenarioIds: ['stress_v1'], runScenarioIds: ['stress_v1'] };
  for (const states of [undefined, ['S4'], ['S5']] as const) {
    assert.deepEqual(await chosen({ wanted: ['stress_v1', 'stress_v1'], states }), one);
  }
  assert.deepEqual(
    await chosen({ wanted: ['stress_v1'], segmentRunId: runId }),
    one,
    'nothing has begun yet',
  );
});

test('a run that is named keeps its scenarios, and S4 can be done of some of them', async () => {
  const ofWorld = { scenarioIds: undefined };
  const own = { segmentRunId: runId };
  assert.deepEqual(await chosen(own, ofWorld), { scenarioIds: all });
  const part = { ...own, wanted: ['stress_v1'], states: ['S4'] } as const;
  assert.deepEqual(await chosen(part, ofWorld), { scenarioIds: ['stress_v1'] });
  const one = { scenarioIds: ['stress_v1'], runScenarioIds: ['stress_v1'] };
  assert.deepEqual(await chosen(own, { scenarioIds: ['stress_v1'] }), one);
  assert.deepEqual(await chosen(part, { scenarioIds: ['stress_v1'] }), one);
});

test('a run is not given other scenarios, and S5 is not asked to judge a part', async () => {
  const own = { segmentRunId: runId, wanted: ['stress_v1'] };
  const refused = refusedWith('SCENARIOS_NOT_OF_RUN');
  await assert.rejects(chosen({ ...own, states: ['S4'] }, { scenarioIds: ['baseline_v1'] }), refused);
  for (const states of [undefined, ['S4', 'S5']] as const) {
    await assert.rejects(chosen({ ...own, states }, { scenarioIds: undefined }), refused);
  }
  await assert.rejects(chosen({ wanted: ['nobody_v1'] }), refusedWith('SCENARIO_UNKNOWN'));
});
