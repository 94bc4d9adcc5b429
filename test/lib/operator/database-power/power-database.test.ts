import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type PowerPlan, planStart, planStop } from '../../../../lib/operator/database-power/plan-power.ts';
import { carryOutPower } from '../../../../lib/operator/database-power/power-database.ts';
import { rdsSwitch } from '../../../../lib/operator/database-power/rds-switch.ts';
import { type AccountClients, connectAccount } from '../../../../lib/operator/doctor/account-clients.ts';
import type { LiveWork } from '../../../../lib/operator/doctor/facts.ts';
import { readLiveWork } from '../../../../lib/operator/live-work.ts';
import { environmentNamed } from '../../../support/environments.ts';
import { type FakeAws, startFakeAws } from '../../../support/fake-aws.ts';
import {
  environmentOperations,
  type FakeEnvironment,
  fakeAccount,
  soundEnvironment,
} from '../../../support/fake-environment.ts';

const settings = environmentNamed('dev-min');
const tag = 'fraud-platform:stopped-on-purpose';
const idle: LiveWork = { executions: [], tasks: [], services: [{ name: 'gate', desiredCount: 0 }] };
const instance = (status: string, stoppedOnPurpose = false) => ({
  status,
  engineVersion: '17.9',
  stoppedOnPurpose,
});
const stepsOf = (plan: PowerPlan) => (plan.kind === 'do' ? plan.steps.join(' ') : plan.failure.code);

test('what is done about each state, and what is refused', () => {
  const cases: readonly (readonly [status: string, tagged: boolean, stop: string, start: string])[] = [
    ['available', false, 'tag stop wait', ''],
    ['available', true, 'tag stop wait', 'untag'],
    ['stopping', false, 'tag wait', 'DATABASE_BUSY'],
    ['stopping', true, 'wait', 'DATABASE_BUSY'],
    ['stopped', false, 'tag', 'start wait'],
    ['stopped', true, '', 'untag start wait'],
    ['starting', true, 'DATABASE_BUSY', 'untag wait'],
    ['backing-up', false, 'DATABASE_BUSY', 'wait'],
    ['failed', false, 'DATABASE_BUSY', 'DATABASE_BUSY'],
  ];
  for (const [status, tagged, stop, start] of cases) {
    assert.equal(stepsOf(planStop('dev-min', instance(status, tagged), idle)), stop, `stop ${status}`);
    assert.equal(stepsOf(planStart('dev-min', instance(status, tagged))), start, `start ${status}`);
  }
  assert.equal(stepsOf(planStop('dev-min', undefined, idle)), 'DATABASE_NOT_DEPLOYED');
  assert.equal(stepsOf(planStart('dev-min', undefined)), 'DATABASE_NOT_DEPLOYED');
});

test('under a live run, a live task or a wanted gate nothing is ever stopped or tagged', () => {
  const names = fc.array(fc.string({ minLength: 1 }), { maxLength: 3 });
  const work = fc.record({
    executions: names,
    tasks: names,
    services: fc.array(fc.record({ name: fc.string(), desiredCount: fc.nat(3) }), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(work, fc.constantFrom('available', 'stopping', 'stopped', 'starting'), (live, status) => {
      const busy =
        live.executions.length + live.tasks.length > 0 ||
        live.services.some(({ desiredCount }) => desiredCount > 0);
      const plan = planStop('dev-min', instance(status), live);
      assert.equal(plan.kind === 'refuse' && plan.failure.code === 'DATABASE_IN_USE', busy);
    }),
  );
});

const environment: FakeEnvironment = soundEnvironment(settings);
let fake: FakeAws;
let clients: AccountClients;
const signal = new AbortController().signal;
const place = { environment: settings.name, account: fakeAccount, region: settings.region };
before(async () => {
  fake = await startFakeAws(environmentOperations(settings, environment));
  clients = connectAccount({ region: settings.region, loopback: { endpoint: fake.url, accessKey: 'fake' } });
});
beforeEach(() => {
  Object.assign(environment, soundEnvironment(settings));
  fake.calls.length = 0;
  fake.faults.length = 0;
});
after(async () => {
  clients.close();
  await fake.close();
});

const database = () => rdsSwitch(clients.rds, place, () => Date.parse('2026-02-21T00:00:00Z'), signal);
const progress: string[] = [];
let clock = 0;
const carryOut = async (plan: PowerPlan, patienceMillis = 1_000) => {
  assert.ok(plan.kind === 'do');
  progress.length = 0;
  clock = 0;
  return await carryOutPower(plan, database(), {
    pollMillis: 1,
    patienceMillis,
    now: () => (clock += 100),
    progress: (line) => progress.push(line),
    signal,
  });
};
const stop = async () =>
  planStop(settings.name, await database().read(), await readLiveWork(clients, place, signal));

test('stop: tagged first, with the time, then stopped and waited for, with progress', async () => {
  const fact = await carryOut(await stop());
  assert.deepEqual(environment.done, ['AddTagsToResource', 'StopDBInstance']);
  assert.deepEqual(fact, instance('stopped', true));
  assert.match(progress.join(), /stopping, for/);
  const asked = fake.calls.find(({ operation }) => operation === 'AddTagsToResource')?.body;
  assert.deepEqual(
    [Reflect.get(Object(asked), 'ResourceName'), Reflect.get(Object(asked), 'Tags.Tag.1.Value')],
    ['arn:aws:rds:eu-west-2:111122223333:db:fraud-platform-dev-min', '2026-02-21T00:00:00.000Z'],
  );
});

test('start: the tag is gone before the instance is available, or the reaper would stop it', async () => {
  environment.database = { status: 'stopped', tags: new Set([tag]) };
  const fact = await carryOut(planStart(settings.name, await database().read()));
  assert.deepEqual(environment.done, ['RemoveTagsFromResource', 'StartDBInstance']);
  assert.deepEqual(fact, instance('available'));
});

test('a stop that RDS refuses takes its tag back', async () => {
  fake.faults.push({ operation: 'StopDBInstance', kind: 'denied' });
  await assert.rejects(async () => carryOut(await stop()), /AccessDenied/);
  assert.deepEqual(environment.done, ['AddTagsToResource', 'RemoveTagsFromResource']);
  assert.equal(environment.database?.tags.size, 0);
});

test('a stop whose answer is lost was done: its tag stays, and it is waited for', async () => {
  fake.faults.push({ operation: 'StopDBInstance', kind: 'lost' });
  assert.deepEqual(await carryOut(await stop()), instance('stopped', true));
  assert.deepEqual(environment.done, ['AddTagsToResource', 'StopDBInstance']);
});

test('a start whose answer is lost was done, and is waited for', async () => {
  environment.database = { status: 'stopped', tags: new Set() };
  fake.faults.push({ operation: 'StartDBInstance', kind: 'lost' });
  const fact = await carryOut(planStart(settings.name, await database().read()));
  assert.deepEqual(fact, instance('available'));
  assert.deepEqual(environment.done, ['StartDBInstance']);
});

test('a wait ends: when its patience does, and at once when it can come to nothing', async () => {
  const waiting = { kind: 'do', steps: ['wait'], target: 'stopped' } as const;
  environment.database = { status: 'stopping', tags: new Set() };
  await assert.rejects(() => carryOut(waiting), { name: 'DATABASE_WAIT_OVER', exitCode: 75 });
  assert.ok(progress.length >= 5 && progress.length <= 12);
  environment.database = { status: 'inaccessible-encryption-credentials', tags: new Set() };
  await assert.rejects(() => carryOut(waiting), { name: 'DATABASE_WAIT_OVER' });
  assert.equal(progress.length, 0);
});

test('what runs is seen: executions, one-shot tasks but not those of a service, a wanted gate', async () => {
  environment.executions = ['burst_20260221T020923Z'];
  environment.tasks = [
    { arn: 'a', group: 'family:x' },
    { arn: 'b', group: 'service:gate' },
  ];
  environment.gateCount = 2;
  assert.deepEqual(await readLiveWork(clients, place, signal), {
    executions: ['burst_20260221T020923Z'],
    tasks: ['a'],
    services: [{ name: 'fraud-platform-dev-min-gate', desiredCount: 2 }],
  });
  assert.equal(stepsOf(await stop()), 'DATABASE_IN_USE');
  fake.faults.push({ operation: 'AmazonEC2ContainerServiceV20141113.ListTasks', kind: 'denied' });
  await assert.rejects(stop, /AccessDenied/);
});
