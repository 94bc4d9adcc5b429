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

/** Kibibytes of one file that each state may write here before the disk is full. */
const cases = [
  {
    state: 'S3',
    before: ['S0', 'S1', 'S2'],
    kibibytes: 2,
    output: '_baseline_local',
    code: 'S3_IO_WRITE_FAILED',
  },
  {
    state: 'S4',
    before: ['S0', 'S1', 'S2', 'S3'],
    kibibytes: 8,
    output: '_scenario_utc',
    code: 'S4_IO_WRITE_FAILED',
  },
] as const;

for (const { state, before, kibibytes, output, code } of cases) {
  test(`a disk that is full in the middle of ${state} leaves nothing published, and the next run works`, () =>
    onGround(smallWorld(60), {}, async (ground) => {
      const { runFolder } = await runStates(ground, before);
      const ended = await underFileLimit(kibibytes, ground.world, ground.runsRoot, state);
      assert.equal(ended.failure?.code, code, JSON.stringify(ended));
      assert.equal(ended.failure.exit, 'transient');
      const left = await readdir(runFolder, { recursive: true });
      assert.ok(!left.some((path) => path.includes(`receipts/state=${state}/`) && path.endsWith('.json')));
      assert.ok(!left.some((path) => path.includes(output)), left.join('\n'));
      assert.ok(!left.some((path) => path.startsWith('tmp/S')));
      const again = await runStates(ground, [state]);
      assert.equal(again.states[0]?.publication, 'published');
    }));
}
