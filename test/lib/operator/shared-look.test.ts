import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { launchPrefix } from '../../../config/names.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { connectCloud } from '../../../lib/operator/cloud-clients.ts';
import { followExecution } from '../../../lib/operator/follow-execution.ts';
import { awsPace, type Pace } from '../../../lib/operator/pace.ts';
import { executionIdAt, laneSchema, launchKeyOf } from '../../../lib/vocabulary/identifiers.ts';
import {
  fakeExecutionArn,
  fakeTaskArn,
  startFakeExecutions,
  submitted,
} from '../../fakes/fake-executions.ts';
import { awsError } from '../../support/fake-aws.ts';

/** A second of AWS takes so much less here. */
const compression = 25;
const pace: Pace = {
  ...awsPace,
  looksPerSecond: awsPace.looksPerSecond * compression,
  logPagesPerSecond: awsPace.logPagesPerSecond * compression,
  poll: {
    shortest: awsPace.poll.shortest / compression,
    longest: awsPace.poll.longest / compression,
  },
  ownLook: awsPace.ownLook / compression,
};
const followers = 500;

test('500 followers of one process make fewer than 10 calls a second between them, and see every end', async () => {
  const fake = await startFakeExecutions();
  const folder = await mkdtemp(join(tmpdir(), 'followers-'));
  const clients = connectCloud({
    region: 'eu-west-2',
    loopback: { endpoint: fake.aws.url, accessKey: 'key' },
    pace,
  });
  const environment = {
    name: 'local',
    account: '000000000000',
    region: 'eu-west-2',
    clients,
    evidence: createFolderStore(join(folder, 'evidence')),
    mirror: createFolderStore(join(folder, 'mirror')),
  };
  /** When each call that looks was made, in seconds of AWS. */
  const looks: number[] = [];
  fake.interrupt = ({ operation }) => {
    if (operation.includes('GetLogEvents')) return awsError('ResourceNotFoundException');
    looks.push((performance.now() / 1_000) * compression);
    return undefined;
  };
  try {
    const lane = laneSchema.parse('many');
    const following = Array.from({ length: followers }, async (_, number) => {
      const name = executionIdAt(lane, Date.parse('2026-02-21T02:09:23Z') + number * 1_000);
      const execution = fake.add(name);
      const task = fakeTaskArn(`task${number}`);
      execution.events.push(submitted(`${name}/Run/0`, task));
      execution.tasks.set(task, 'RUNNING');
      // Told beforehand: how long a follower reads on after the end is not the question here.
      await environment.evidence.putIfAbsent(
        `${launchPrefix('local', launchKeyOf(name, 'Run', 0))}task-record.json`,
        canonicalBytes({}),
      );
      // One after the other, over a minute of AWS.
      const ends = delay(((60 * number) / followers / compression) * 1_000).then(() => {
        execution.events.push({ type: 'ExecutionSucceeded' });
        execution.running = false;
        execution.tasks.set(task, 'STOPPED');
      });
      const kinds: string[] = [];
      const signal = new AbortController().signal;
      for await (const { kind } of followExecution(
        environment,
        fakeExecutionArn(name),
        'probe',
        Date.now,
        signal,
      )) {
        kinds.push(kind);
      }
      await ends;
      return kinds;
    });
    for (const kinds of await Promise.all(following)) {
      assert.deepEqual(kinds, ['launched', 'execution-ended']);
    }
  } finally {
    clients.close();
    await fake.close();
    await rm(folder, { recursive: true, force: true });
  }
  const [first = 0] = looks;
  const last = looks.at(-1) ?? 0;
  assert.ok(looks.length / (last - first) < 10, `${looks.length} looks in ${last - first} s`);
  // In no half minute more than three hundred: the rate holds all the time, not on average.
  for (const [index, at] of looks.entries()) {
    const within = looks.slice(index).findIndex((later) => later - at > 30);
    assert.ok((within === -1 ? looks.length - index : within) <= 300);
  }
  // Each follower reads its history when it begins and when it ends; the rest is shared.
  assert.ok(looks.length < 4 * followers, `${looks.length} looks`);
});
