import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { digestOfFile, readReceiptFile } from '../../../lib/segment-5a/frame/receipt-store.ts';
import { smallWorld } from '../../lib/segment-5a/make-world.ts';
import { type Ground, onGround, runStates } from './run-states.ts';

const script = fileURLToPath(new URL('run-one-state.ts', import.meta.url));

async function killedAfter(millis: number, ground: Ground, state: string): Promise<void> {
  const child = spawn(process.execPath, [script, ground.world, ground.runsRoot, state], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  await Promise.race([delay(millis), exited]);
  child.kill('SIGKILL');
  await exited;
}

test('S3 killed at any moment has published nothing or the whole, and the next run ends with the same', () =>
  onGround(smallWorld(200), {}, async (ground) => {
    const { runFolder } = await runStates(ground, ['S0', 'S1', 'S2']);
    for (const millis of [350, 500, 650, 800, 950]) {
      await killedAfter(millis, ground, 'S3');
      const left = await readdir(runFolder, { recursive: true });
      const receipt = left.find((path) => /receipts\/state=S3\/.*receipt\.json$/.test(path));
      if (receipt === undefined) continue;
      const { files } = await readReceiptFile(join(runFolder, receipt), 'S3');
      for (const { path, sha256 } of files) assert.equal(await digestOfFile(join(runFolder, path)), sha256);
    }
    const after = await runStates(ground, ['S3']);
    await onGround(smallWorld(200), {}, async (elsewhere) => {
      const undisturbed = await runStates(elsewhere, ['S0', 'S1', 'S2', 'S3']);
      assert.deepEqual(
        after.states[0]?.outcome.publications[0]?.receipt,
        undisturbed.states[3]?.outcome.publications[0]?.receipt,
      );
    });
  }));
