import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { scenarioManifest } from '../../../lib/segment-5a/datasets.ts';
import { findRunReceipt } from '../../../lib/segment-5a/frame/run-folder.ts';
import { stageRun } from '../../../lib/segment-5a/frame/stage-run.ts';
import { stateNames } from '../../../lib/segment-5a/frame/states.ts';
import { strings } from '../../../lib/segment-5a/frame/table-access.ts';
import { readTable } from '../../../lib/tables/read-table.ts';
import { smallWorld } from '../../lib/segment-5a/make-world.ts';
import { refusedWith } from '../../support/refused-with.ts';
import { type Ground, onGround, runStates } from './run-states.ts';

const onOwnGround = (use: (ground: Ground) => Promise<void>) => onGround(smallWorld(6), {}, use);
const only = { runScenarioIds: ['baseline_v1'] };

/** The scenarios that S0 says a run has. */
async function manifestOf(runFolder: string): Promise<readonly string[]> {
  const below = join(runFolder, 'data');
  const [file = ''] = (await readdir(below, { recursive: true })).filter(
    (path) => path.includes('scenario_manifest') && path.endsWith('.parquet'),
  );
  return strings(await readTable(join(below, file), scenarioManifest.table), 'scenario_id').dictionary;
}

test('a run of one scenario is a run of its own, beside the run of the world and in either order', () =>
  onOwnGround(async (ground) => {
    const part = await runStates(ground, stateNames, only);
    const whole = await runStates(ground, stateNames);
    assert.notEqual(part.runId, whole.runId);
    assert.equal(part.manifestFingerprint, whole.manifestFingerprint);
    for (const { states } of [part, whole]) {
      assert.ok(states.every(({ publication }) => publication === 'published'));
    }
    assert.deepEqual(await manifestOf(part.runFolder), ['baseline_v1']);
    assert.deepEqual(await manifestOf(whole.runFolder), ['baseline_v1', 'stress_v1']);
    const again = await runStates(ground, stateNames, only);
    assert.equal(again.runId, part.runId);
    assert.ok(again.states.every(({ publication }) => publication === 'identical'));
    assert.deepEqual((await findRunReceipt(part.runFolder))?.scenario_ids, ['baseline_v1']);
    assert.equal((await findRunReceipt(whole.runFolder))?.scenario_ids, undefined);
  }));

test('order and repetition make no other run, and to name all scenarios is to name none', () =>
  onOwnGround(async (ground) => {
    const idOf = async (runScenarioIds: readonly string[]) =>
      (await runStates(ground, ['S0'], { runScenarioIds })).runId;
    const all = await idOf([]);
    assert.equal(await idOf(['stress_v1', 'baseline_v1', 'stress_v1']), all);
    const one = await idOf(['stress_v1']);
    assert.equal(await idOf(['stress_v1', 'stress_v1']), one);
    assert.equal(new Set([all, one, await idOf(['baseline_v1'])]).size, 3);
  }));

test('S5 judges all scenarios of its run: a part of them is refused before any state runs', () =>
  onOwnGround(async (ground) => {
    for (const request of [
      { scenarioIds: ['baseline_v1'] },
      { ...only, scenarioIds: ['stress_v1'] },
      { runScenarioIds: ['nobody_v1'] },
    ]) {
      await assert.rejects(
        runStates(ground, ['S4', 'S5'], request),
        refusedWith('SEGMENT_REQUEST_INVALID'),
        JSON.stringify(request),
      );
    }
    assert.deepEqual(await readdir(ground.runsRoot), []);
    await runStates(ground, ['S0', 'S1', 'S2', 'S3']);
    for (const id of ['stress_v1', 'baseline_v1']) await runStates(ground, ['S4'], { scenarioIds: [id] });
    const { states } = await runStates(ground, ['S5'], { scenarioIds: ['stress_v1', 'baseline_v1'] });
    assert.equal(states[0]?.publication, 'published');
  }));

test('a candidate has the scenarios of the run that it was staged from, and no others', () =>
  onOwnGround(async (ground) => {
    const { runId } = await runStates(ground, stateNames, only);
    const staged = await stageRun(ground.runsRoot, runId, 'S4', 1n);
    for (const runScenarioIds of [[], ['stress_v1']]) {
      await assert.rejects(
        runStates(ground, ['S4', 'S5'], { runId: staged.runId, runScenarioIds }),
        refusedWith('S0_RUN_CONTEXT_INVALID'),
      );
    }
    const { states } = await runStates(ground, ['S4', 'S5'], { runId: staged.runId, ...only });
    assert.ok(states.every(({ publication }) => publication === 'published'));
  }));
