import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { localCloudStatus, stopLocalCloud } from '../../lib/local-cloud/control.ts';
import { outcomeSchema, startFirstRun } from '../support/first-run.ts';
import { createTestEnvironment, finished, type TestEnvironment } from '../support/local-environment.ts';

/** Another seed, other moments; these are the same on every run. */
const seed = 20_260_221;
const moments = drawMoments(10);

let environment: TestEnvironment;
/** How long the chain takes here, from an environment that is down. */
let whole: number;
before(async () => {
  environment = await createTestEnvironment();
  await stopLocalCloud(environment.home, true);
  const begun = performance.now();
  await runToItsEnd();
  whole = performance.now() - begun;
});
after(() => environment.close());

type Moment = {
  /** Share of the chain after which it comes. */
  readonly share: number;
  /** Ctrl-C goes to the whole process group, as a terminal sends it; so does a kill. */
  readonly signal: 'SIGINT' | 'SIGKILL';
  /** Whether the local environment has to be started as well. */
  readonly cold: boolean;
};

/** xorshift32: a few numbers that are the same everywhere. */
function drawMoments(count: number): readonly Moment[] {
  let state = seed;
  const draw = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return Array.from({ length: count }, (_, index) => ({
    share: draw(),
    signal: index % 2 === 0 ? 'SIGINT' : 'SIGKILL',
    cold: index % 5 < 2,
  }));
}

const start = () => startFirstRun(environment.home, '--scale', '12', '--json');

async function runToItsEnd() {
  const { exitCode, stdout, stderr } = await finished(start());
  assert.equal(exitCode, 0, stderr);
  return outcomeSchema.parse(JSON.parse(stdout));
}

async function whenIdle(): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const status = await localCloudStatus(environment.home);
    if (status === undefined || (status.running_executions === 0 && status.running_tasks === 0)) return;
    await delay(100);
  }
  const { stdout } = await environment.fraudctl('runs', 'list', '--limit', '6');
  const status = await localCloudStatus(environment.home);
  assert.fail(`something runs without end: ${JSON.stringify(status)}\n${stdout}`);
}

for (const [index, { share, signal, cold }] of moments.entries()) {
  test(`interrupted at ${(share * 100).toFixed(0)} % by ${signal}${cold ? ', environment down' : ''}, started again: ends well`, async () => {
    if (cold) {
      await whenIdle();
      await stopLocalCloud(environment.home, false);
    }
    const child = start();
    const end = finished(child);
    await delay(share * whole);
    const ended = child.exitCode !== null;
    if (!ended) process.kill(-(child.pid ?? 0), signal);
    const { exitCode, stdout, stderr } = await end;
    // It may have been through already, or on its last lines: then it ends as if nothing had come.
    if (signal === 'SIGINT' && exitCode !== 0) {
      assert.equal(exitCode, 143, stderr);
      const failure = JSON.parse(stdout);
      assert.equal(failure.code, 'START_INTERRUPTED');
      assert.match(failure.remedy, /npm start goes on/);
      const status = await localCloudStatus(environment.home);
      assert.equal(status?.running_executions ?? 0, 0, `${failure.message}: nothing runs on after Ctrl-C`);
    } else if (!ended) assert.equal(exitCode, signal === 'SIGKILL' ? null : 0, stderr);

    const outcome = await runToItsEnd();
    assert.equal(outcome.world.publication, 'identical', `moment ${index}`);
    assert.equal(outcome.segment.publication, 'identical');
    assert.equal(outcome.burst.admitted, outcome.burst.sent);
    await whenIdle();
    assert.deepEqual(
      (await readdir(join(environment.home, 'runs'))).sort(),
      [outcome.segment.segment_run_id, 'worlds'].sort(),
    );
    assert.deepEqual(await readdir(join(environment.home, 'runs', 'worlds')), ['12-42']);
  });
}
