import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTestEnvironment, finished, type TestEnvironment } from '../support/local-environment.ts';

const follower = fileURLToPath(new URL('../support/launch-killed-at-call.ts', import.meta.url));

let environment: TestEnvironment;
before(async () => {
  environment = await createTestEnvironment();
  assert.equal((await environment.fraudctl('local', 'up')).exitCode, 0);
});
after(() => environment.close());

const follow = (executionId: string, call: number, moment: 'before' | 'after') =>
  finished(
    spawn(process.execPath, [follower, environment.home, executionId, String(call), moment], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

async function tasksOf(executionId: string): Promise<string[]> {
  const folder = join(environment.home, 'tasks');
  const texts = await Promise.all(
    (await readdir(folder)).map((id) => readFile(join(folder, id, 'task.json'), 'utf8')),
  );
  return texts.filter((text) => text.includes(`"${executionId}"`));
}

/** Calls at which to die: every one until the execution is started, then some of those that only look. */
function fatalCalls(callsToStart: number, calls: number): number[] {
  const looking = Array.from(
    { length: 6 },
    (_, index) => callsToStart + 1 + Math.floor((index * (calls - callsToStart)) / 6),
  );
  return [...Array.from({ length: callsToStart }, (_, index) => index + 1), ...looking];
}

test('a follower killed at any await leaves at most one task, and the story can be taken up', async () => {
  const whole = await follow('follower_20260221T000000Z', 0, 'before');
  assert.equal(whole.exitCode, 0, whole.stderr);
  const { calls, callsToStart } = JSON.parse(whole.stdout);
  assert.ok(callsToStart >= 5, 'a launch is several calls');
  let minute = 0;
  let diedLooking = 0;
  for (const call of fatalCalls(callsToStart, calls)) {
    for (const moment of ['before', 'after'] as const) {
      minute += 1;
      const id = `follower_20260221T${String(Math.floor(minute / 60)).padStart(2, '0')}${String(minute % 60).padStart(2, '0')}01Z`;
      const killed = await follow(id, call, moment);
      // How often it looks depends on the day: one that needed fewer calls lives.
      const mayLive = call > callsToStart && killed.exitCode === 0;
      if (!mayLive) assert.equal(killed.exitCode, null, `call ${call} ${moment}: the follower is dead`);
      if (call > callsToStart && !mayLive) diedLooking += 1;
      // The same wish again: attaches to whatever exists, starts what does not.
      const again = await environment.fraudctl(
        '--json',
        'task',
        'run',
        'probe',
        '--execution',
        id,
        '--run',
        'platform_20260221T020923Z',
        '--params',
        '{"note":"follower"}',
        '--relaunch-wait',
        '1s',
      );
      assert.equal(again.exitCode, 0, `call ${call} ${moment}: ${again.stdout}${again.stderr}`);
      assert.equal(JSON.parse(again.stdout).verdict, 'PASS');
      assert.equal((await tasksOf(id)).length, 1, `call ${call} ${moment}: one task`);
      const verified = await environment.fraudctl('evidence', 'verify', JSON.parse(again.stdout).bundle);
      assert.equal(verified.exitCode, 0);
    }
  }
  assert.ok(diedLooking >= 6, `of twelve that were to die while they looked, ${diedLooking} did`);
});
