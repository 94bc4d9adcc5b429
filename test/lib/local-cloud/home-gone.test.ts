import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CloudStatus,
  ensureLocalCloud,
  localCloudStatus,
  stopLocalCloud,
} from '../../../lib/local-cloud/control.ts';
import { isAlive, startTicksOf } from '../../../lib/local-cloud/process-identity.ts';

let home: string;
beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'home-gone-')), 'home');
  // Run as root, PostgreSQL is another user and must be able to pass through.
  await chmod(join(home, '..'), 0o711);
});
afterEach(async () => {
  await stopLocalCloud(home, true);
  await rm(join(home, '..'), { recursive: true, force: true });
});

type Known = { readonly pid: number; readonly startTicks: string };
const known = (pid: number): Known => ({ pid, startTicks: startTicksOf(pid) ?? '' });

/** A cloud with its PostgreSQL up: both processes. */
async function bothUp(): Promise<readonly Known[]> {
  await ensureLocalCloud(home, { fsync: false });
  let status: CloudStatus | undefined;
  do {
    await delay(20);
    status = await localCloudStatus(home);
  } while (status?.postgres == null);
  return [known(status.pid), known(status.postgres.pid)];
}

test('a home that was removed with its cloud running, and is wanted again, gets a cloud of its own', async () => {
  const [cloud, postgres] = await bothUp();
  assert.ok(cloud && postgres);
  await rm(home, { recursive: true });
  const told: string[] = [];
  const { status, accessKey } = await ensureLocalCloud(home, {
    fsync: false,
    progress: (line) => void told.push(line),
  });
  assert.notEqual(status.pid, cloud.pid);
  assert.equal(accessKey, await readFile(join(home, 'secrets', 'cloud-access-key'), 'utf8'));
  assert.match(told[0] ?? '', /ending the local cloud of a home that was removed/);
  assert.ok(!isAlive(cloud));
  while (isAlive(postgres)) await delay(20);
});

test('a cloud whose home was removed ends by itself, and its PostgreSQL with it', async () => {
  const processes = await bothUp();
  await rm(home, { recursive: true });
  while (processes.some(isAlive)) await delay(20);
  assert.equal(await localCloudStatus(home), undefined);
});
