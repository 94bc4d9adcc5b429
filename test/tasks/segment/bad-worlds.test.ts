import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import { PlatformError } from '../../../lib/vocabulary/failure.ts';
import type { WorldOptions, WorldTables } from '../../lib/segment-5a/make-world.ts';
import { badBundles, badTables, goodWorld } from '../../support/bad-worlds.ts';
import { onGround, runStates } from './run-states.ts';

async function refuses(world: WorldTables, options: WorldOptions, code: string, says: RegExp): Promise<void> {
  await onGround(world, options, async (ground) => {
    const error = await runStates(ground, ['S0', 'S1']).then(
      () => assert.fail('the world was accepted'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof PlatformError, String(error));
    const { failure } = error;
    assert.equal(failure.code, code, failure.message);
    assert.ok([exitCodes.data, exitCodes.refused].some((exit) => exit === error.exitCode));
    assert.match(`${failure.where} ${failure.value ?? ''} ${failure.message}`, says);
    assert.ok(failure.where !== undefined && failure.remedy.length > 0);
    // Nothing of the refused state is committed, and no scratch folder is left.
    const left = await readdir(ground.runsRoot, { recursive: true });
    const state = code.startsWith('S1') ? 'S1' : 'S0';
    assert.ok(!left.some((path) => path.includes(`receipts/state=${state}`)), left.join('\n'));
    assert.ok(!left.some((path) => /tmp\/S\d/.test(path)));
  });
}

for (const [name, world, code, says] of badTables) {
  test(`${name}: ${code}`, () => refuses(world, {}, code, says));
}

for (const [name, options, code, says] of badBundles) {
  test(`${name}: ${code}`, () => refuses(goodWorld, options, code, says));
}
