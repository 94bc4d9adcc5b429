import assert from 'node:assert/strict';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { launchPrefix, writeProbeKey } from '../../../../config/names.ts';
import { expectedSchemaVersion } from '../../../../lib/database/migrations.ts';
import { canonicalBytes } from '../../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import type { EvidenceStore } from '../../../../lib/evidence/stores/evidence-store.ts';
import { createFolderStore } from '../../../../lib/evidence/stores/folder-store.ts';
import { type AccountClients, connectAccount } from '../../../../lib/operator/doctor/account-clients.ts';
import {
  type Examination,
  examineEnvironment,
  examineForDeploy,
  examineForTeardown,
} from '../../../../lib/operator/doctor/examine-account.ts';
import { exitOfFindings, type Finding, type FindingState } from '../../../../lib/operator/doctor/finding.ts';
import { neededQuotas } from '../../../../lib/operator/doctor/needed-quotas.ts';
import type { EnvironmentSettings } from '../../../../lib/stacks/environment/environment-settings.ts';
import { launchKeySchema } from '../../../../lib/vocabulary/identifiers.ts';
import { environmentNamed } from '../../../support/environments.ts';
import { type FakeAws, startFakeAws } from '../../../support/fake-aws.ts';
import {
  environmentOperations,
  type FakeEnvironment,
  type FakeParameter,
  fakeAccount,
  fakeDigest,
  familyOf,
  soundEnvironment,
} from '../../../support/fake-environment.ts';
import { askedActions } from '../../../support/granted-actions.ts';
import { launchResult } from '../../../support/launch-documents.ts';

const settings = {
  ...environmentNamed('dev-min'),
  account: fakeAccount,
  image: { digest: fakeDigest },
};
const environment: FakeEnvironment = soundEnvironment(settings);
let fake: FakeAws;
let clients: AccountClients;
let store: EvidenceStore;

before(async () => {
  fake = await startFakeAws(environmentOperations(settings, environment));
  clients = connectAccount({ region: settings.region, loopback: { endpoint: fake.url, accessKey: 'fake' } });
});
beforeEach(async () => {
  Object.assign(environment, soundEnvironment(settings));
  fake.faults.length = 0;
  store = createFolderStore(await mkdtemp(join(tmpdir(), 'doctor-')));
  await migrated('migrate_20260221T000000Z', 'done', expectedSchemaVersion);
});
after(async () => {
  clients.close();
  await fake.close();
});

async function migrated(executionId: string, outcome: string, schemaNow: number): Promise<void> {
  const launchKey = launchKeySchema.parse(`${executionId}/Run/0`);
  const result = launchResult(launchKey, {
    task: 'migrate',
    environment: settings.name,
    outcome,
    exit_code: outcome === 'done' ? 0 : 75,
    output: { schema_now: schemaNow },
    started_at: '2026-02-21T00:00:01.000Z',
    ended_at: '2026-02-21T00:00:05.000Z',
  });
  await store.putIfAbsent(`${launchPrefix(settings.name, launchKey)}result.json`, canonicalBytes(result));
}

const examination = async (changes: Partial<Examination> = {}): Promise<Examination> => ({
  settings,
  clients,
  openEvidence: async () => store,
  needed: await neededQuotas(),
  signal: new AbortController().signal,
  progress: () => undefined,
  ...changes,
});
const examine = async (changes: Partial<Examination> = {}) => examineEnvironment(await examination(changes));
const notOk = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state !== 'ok').map(({ check, state }) => `${check} ${state}`);

test('a sound environment: thirteen looks, all ok, none with a remedy, exit 0; twice is the same', async () => {
  const findings = await examine();
  assert.deepEqual(notOk(findings), []);
  assert.deepEqual(
    findings.map(({ check }) => check),
    [
      'identity',
      'region',
      'quotas',
      'image',
      'task definitions',
      'roles',
      'secrets',
      'log groups',
      'state machines',
      'database',
      'schema',
      'evidence',
      'budget',
    ],
  );
  assert.ok(findings.every(({ remedy }) => remedy === null));
  assert.equal(exitOfFindings(findings), 0);
  assert.deepEqual(await examine(), findings);
  assert.match(findings[6]?.found ?? '', /closed to you/);
});

type Fault = readonly [
  what: string,
  spoil: () => void | Promise<void>,
  check: string,
  state: FindingState,
  found: RegExp,
];
const parameter = (path: string) => {
  const found = environment.parameters.get(`/fraud-platform/${settings.name}/${path}`);
  assert.ok(found, path);
  return found;
};
const set = (changes: Partial<FakeEnvironment>) => {
  Object.assign(environment, changes);
};
const write = (path: string, changes: Partial<FakeParameter>) => {
  Object.assign(parameter(path), changes);
};
const spend = (changes: Partial<NonNullable<FakeEnvironment['budget']>>) => {
  Object.assign(environment.budget ?? assert.fail(), changes);
};
const probeFamily = familyOf(settings, 'probe');
const faults: readonly Fault[] = [
  [
    'other credentials',
    () => set({ account: '999988887777' }),
    'identity',
    'failed',
    /999988887777.*dev-min is in 111122223333/,
  ],
  [
    'a region without the environment',
    () => set({ clusterStatus: undefined }),
    'region',
    'failed',
    /not deployed in eu-west-2/,
  ],
  [
    'a cluster that is being removed',
    () => set({ clusterStatus: 'DEPROVISIONING' }),
    'region',
    'failed',
    /DEPROVISIONING/,
  ],
  [
    'a small quota',
    () => set({ fargateVcpus: 4 }),
    'quotas',
    'failed',
    /vCPUs 4, and the largest burst needs 5\.\d+/,
  ],
  [
    'no repository',
    () => {
      environment.registry = undefined;
    },
    'image',
    'failed',
    /no image repository/,
  ],
  [
    'an image that was removed',
    () => environment.registry?.clear(),
    'image',
    'failed',
    /not in the registry/,
  ],
  [
    'another image deployed',
    () => {
      for (const family of environment.images.keys())
        environment.images.set(family, `sha256:${'ab'.repeat(32)}`);
    },
    'image',
    'failed',
    /the file says sha256:0123/,
  ],
  [
    'two images deployed',
    () => void environment.images.set(probeFamily, `sha256:${'ab'.repeat(32)}`),
    'image',
    'failed',
    /name 2 images/,
  ],
  [
    'an image by tag',
    () => void environment.images.set(probeFamily, 'fraud-platform:latest'),
    'image',
    'failed',
    /not named by digest: .*probe/,
  ],
  [
    'a contract without a definition',
    () => void environment.images.delete(probeFamily),
    'task definitions',
    'failed',
    /probe is missing/,
  ],
  [
    'a role that was deleted',
    () => void environment.roles.delete(`${probeFamily}-task`),
    'roles',
    'failed',
    /missing: .*probe-task/,
  ],
  [
    'a missing secret',
    () => void environment.parameters.delete('/fraud-platform/dev-min/gate/api-key'),
    'secrets',
    'failed',
    /gate\/api-key is missing/,
  ],
  [
    'a plain parameter',
    () => write('gate/api-key', { Type: 'String' }),
    'secrets',
    'failed',
    /is a plain String/,
  ],
  [
    'a value that somebody typed in',
    () => write('gate/api-key', { LastModifiedUser: 'arn:aws:iam::111122223333:user/me' }),
    'secrets',
    'failed',
    /written by .*user\/me, not by the writer/,
  ],
  [
    'a rotation that was not drawn',
    () => write('gate/api-key', { Description: 'rotation 0' }),
    'secrets',
    'failed',
    /is of rotation 0, and the file says 1/,
  ],
  [
    'a missing log group',
    () => void environment.logGroups.delete('/fraud-platform/dev-min/tasks'),
    'log groups',
    'failed',
    /tasks is missing/,
  ],
  [
    'a log that never ends',
    () => void environment.logGroups.set('/fraud-platform/dev-min/tasks', undefined),
    'log groups',
    'failed',
    /everything for ever/,
  ],
  [
    'a missing state machine',
    () => void environment.machines.delete('fraud-platform-dev-min-one-shot'),
    'state machines',
    'failed',
    /one-shot is missing/,
  ],
  [
    'a state machine with a role of somebody else',
    () => void environment.machines.set('fraud-platform-dev-min-one-shot', 'admin'),
    'state machines',
    'failed',
    /runs as admin/,
  ],
  [
    'a stopped database',
    () => set({ database: { status: 'stopped', tags: new Set() } }),
    'database',
    'failed',
    /^stopped/,
  ],
  [
    'a starting database',
    () => set({ database: { status: 'starting', tags: new Set() } }),
    'database',
    'busy',
    /^starting/,
  ],
  [
    'a database that the reaper will stop',
    () => environment.database?.tags.add('fraud-platform:stopped-on-purpose'),
    'database',
    'failed',
    /the reaper stops it/,
  ],
  [
    'no database',
    () => {
      environment.database = undefined;
    },
    'database',
    'failed',
    /no database/,
  ],
  [
    'a secret drawn after the last migrate',
    () => write('database/probe/dsn', { LastModifiedDate: Date.parse('2026-02-21T00:00:06Z') / 1_000 }),
    'schema',
    'failed',
    /written after migrate_20260221T000000Z: .*probe\/dsn/,
  ],
  [
    'an older schema, by the newest migrate that was done',
    async () => {
      await migrated('migrate_20260222T000000Z', 'done', expectedSchemaVersion - 1);
      await migrated('migrate_20260223T000000Z', 'failed', 0);
    },
    'schema',
    'failed',
    /by migrate_20260222T000000Z, expected/,
  ],
  [
    'a newer schema',
    () => migrated('migrate_20260222T000000Z', 'done', expectedSchemaVersion + 1),
    'schema',
    'failed',
    /this version of fraudctl expects/,
  ],
  [
    'a probe that somebody replaced',
    async () => void (await store.putIfAbsent(writeProbeKey(settings.name), canonicalBytes({ a: 1 }))),
    'evidence',
    'failed',
    /holds another probe/,
  ],
  [
    'no budget',
    () => {
      environment.budget = undefined;
    },
    'budget',
    'failed',
    /no budget/,
  ],
  ['a month that is spent', () => spend({ actual: '30.01' }), 'budget', 'failed', /30\.01 USD of 30\.00 USD/],
  ['a month that will be', () => spend({ forecast: '31' }), 'budget', 'failed', /forecast 31\.00 USD/],
  [
    'another limit than the file’s',
    () => spend({ limit: '3000' }),
    'budget',
    'failed',
    /the file says 30\.00 USD/,
  ],
  ['a budget of another currency', () => spend({ unit: 'GBP' }), 'budget', 'unknown', /ANSWER_INCOMPLETE/],
];
/** One fault of each check at a time: they do not see each other, and an examination costs its time. */
const rounds = [...Map.groupBy(faults, ([, , check]) => check).values()];
for (let round = 0; round < Math.max(...rounds.map((of) => of.length)); round += 1) {
  const some = rounds.flatMap((of) => of.slice(round, round + 1));
  test(`found, with a remedy: ${some.map(([what]) => what).join(', ')}`, async () => {
    for (const [, spoil] of some) await spoil();
    const findings = await examine();
    for (const [what, , check, state, found] of some) {
      const finding = findings.find((one) => one.check === check);
      assert.equal(finding?.state, state, what);
      assert.match(finding?.found ?? '', found);
      assert.notEqual(finding?.remedy ?? '', '');
    }
    assert.notEqual(exitOfFindings(findings), 0);
  });
}

test('an owner’s password that RDS has drawn since, and a key of the gate, ask for no migrate', async () => {
  for (const path of ['database/master/dsn', 'gate/api-key'])
    write(path, { LastModifiedDate: Date.parse('2026-02-28T00:00:06Z') / 1_000 });
  assert.deepEqual(notOk(await examine()), []);
});

test('no migrate ever: the schema is not ok', async () => {
  const empty = createFolderStore(await mkdtemp(join(tmpdir(), 'doctor-')));
  assert.deepEqual(notOk(await examine({ openEvidence: async () => empty })), ['schema failed']);
});

test('a store that lets itself be overwritten is found', async () => {
  const forgetful: EvidenceStore = {
    ...store,
    url: 's3://forgetful/',
    putIfAbsent: async (_key, content) => ({ kind: 'stored', sha256: sha256Of(content) }),
    get: (key) => store.get(key),
    list: (prefix) => store.list(prefix),
  };
  const findings = await examine({ openEvidence: async () => forgetful });
  assert.deepEqual(notOk(findings), ['evidence failed']);
});

test('where an operator may read values, they are judged, and never shown', async () => {
  environment.decrypts = true;
  assert.match((await examine())[6]?.found ?? '', /8 of them open to you/);
  parameter('gate/api-key').Value = 'REPLACE_ME_IG_API_KEY_0123456789';
  parameter('gate/api-key-next').Value = ' ';
  parameter('database/probe/dsn').Value = parameter('database/gate/dsn').Value;
  const findings = await examine();
  const text = JSON.stringify(findings);
  assert.match(
    text,
    /api-key is a placeholder.*api-key-next is blank|probe\/dsn is not what its contracts ask for/,
  );
  for (const { Value } of environment.parameters.values())
    if (Value.trim() !== '') assert.ok(!text.includes(Value));
  assert.ok(!text.includes('Zq8Xw3Nk5'));
});

test('what may not be asked is denied, what does not answer is unknown; every other look is still taken', async () => {
  fake.faults.push({ operation: 'GetRole', kind: 'denied' });
  const findings = await examine();
  assert.deepEqual(notOk(findings), ['roles denied']);
  assert.equal(exitOfFindings(findings), 77);
  for (let attempt = 0; attempt < 4; attempt += 1) {
    fake.faults.push({ operation: 'Logs_20140328', kind: 'throttled' });
  }
  const throttled = await examine();
  // One group gives up; nobody knows then how many there are.
  assert.ok(notOk(throttled).every((line) => line === 'log groups unknown'));
  environment.clusterStatus = undefined;
  fake.faults.push({ operation: 'GetRole', kind: 'denied' });
  assert.equal(exitOfFindings(await examine()), 78);
});

test('an identity that nobody can tell leaves unread what needs it', async () => {
  fake.faults.push({ operation: 'GetCallerIdentity', kind: 'denied' });
  assert.deepEqual(notOk(await examine()), ['identity denied', 'state machines denied', 'budget denied']);
});

test('an evidence store that cannot be opened is told with its own failure', async () => {
  const findings = await examine({
    openEvidence: async () => {
      throw new Error('no route');
    },
  });
  assert.deepEqual(notOk(findings), ['schema unknown', 'evidence unknown']);
  assert.equal(exitOfFindings(findings), 75);
});

test('production without an account in its file is not ok', async () => {
  const findings = await examine({ settings: { ...settings, account: null, stage: 'production' } });
  assert.deepEqual(notOk(findings), ['identity failed']);
});

test('no line at all is unknown, not ok', () => assert.equal(exitOfFindings([]), 75));

const beforeDeploy = async () => examineForDeploy(await examination());
test('before a deploy: nothing runs, the image is there, exit 0; a first deploy finds nothing, and may', async () => {
  assert.deepEqual(notOk(await beforeDeploy()), []);
  environment.registry = undefined;
  environment.machines.clear();
  environment.clusterStatus = undefined;
  assert.deepEqual(notOk(await beforeDeploy()), []);
});

test('before a deploy: what runs is named, and is busy, not broken', async () => {
  environment.executions = ['probe_20260221T020923Z'];
  environment.tasks = [
    { arn: 'arn:aws:ecs:eu-west-2:111122223333:task/c/abc', group: 'family:x' },
    { arn: 'arn:aws:ecs:eu-west-2:111122223333:task/c/def', group: 'service:gate' },
  ];
  environment.gateCount = 1;
  const findings = await beforeDeploy();
  const running = findings.find(({ check }) => check === 'running');
  assert.equal(running?.state, 'busy');
  assert.equal(
    running?.found,
    'running executions: probe_20260221T020923Z; running tasks: abc; wanted of fraud-platform-dev-min-gate: 1',
  );
  assert.equal(exitOfFindings(findings), 75);
});

test('before a deploy: executions that cannot be listed are not none', async () => {
  fake.faults.push({ operation: 'AWSStepFunctions.ListExecutions', kind: 'denied' });
  assert.deepEqual(notOk(await beforeDeploy()), ['running denied']);
});

test('before a deploy: no digest, or one that was never pushed', async () => {
  const undecided = { ...settings, image: { digest: null } };
  assert.deepEqual(notOk(await examineForDeploy(await examination({ settings: undecided }))), [
    'image failed',
  ]);
  environment.registry?.clear();
  assert.deepEqual(notOk(await beforeDeploy()), ['image failed']);
});

test('before a teardown, and a foundation: only whose account it is, and what runs', async () => {
  environment.registry = undefined;
  environment.database = undefined;
  const looked = async (changes: Partial<EnvironmentSettings> = {}) =>
    notOk(await examineForTeardown(await examination({ settings: { ...settings, ...changes } })));
  assert.deepEqual(await looked(), []);
  environment.executions = ['probe_20260221T020923Z'];
  assert.deepEqual(await looked(), ['running busy']);
  environment.machines.clear();
  environment.clusterStatus = undefined;
  assert.deepEqual(await looked(), []);
  assert.deepEqual(await looked({ account: null, stage: 'production' }), ['identity failed']);
});

test('the page of operations lists what the doctor asked above', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const [, listed = ''] = /<!-- doctor-actions -->\n```\n([\s\S]*?)```/.exec(page) ?? [];
  assert.deepEqual(listed.trim().split('\n'), askedActions(fake));
});
