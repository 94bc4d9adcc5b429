import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { smallWorld } from '../../lib/segment-5a/make-world.ts';
import { onGround, runStates } from './run-states.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('run-one-state.ts', import.meta.url));

/** The kernel refuses every byte of a file beyond the limit, for any user, as a full disk would. */
async function underFileLimit(kibibytes: number, ...argv: readonly string[]) {
  const shell = `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$0" "$@"`;
  const { stdout } = await run('bash', ['-c', shell, process.execPath, script, ...argv]);
  return JSON.parse(stdout);
}

test('a disk that is full in the middle of S3 leaves nothing published, and the next run works', () =>
  onGround(smallWorld(60), {}, async (ground) => {
    const before = await runStates(ground, ['S0', 'S1', 'S2']);
    const ended = await underFileLimit(2, ground.world, ground.runsRoot, 'S3');
    assert.equal(ended.failure?.code, 'S3_IO_WRITE_FAILED', JSON.stringify(ended));
    assert.equal(ended.failure.exit, 'transient');
    const left = await readdir(before.runFolder, { recursive: true });
    assert.ok(!left.some((path) => /receipts\/state=S3\/.*json$/.test(path)));
    assert.ok(!left.some((path) => path.includes('_baseline_local')), left.join('\n'));
    assert.ok(!left.some((path) => path.startsWith('tmp/S')));
    const again = await runStates(ground, ['S3']);
    assert.equal(again.states[0]?.publication, 'published');
  }));
