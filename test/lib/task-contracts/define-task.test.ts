import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { settingValues } from '../../../config/names.ts';
import { serviceContracts, taskContracts } from '../../../lib/task-contracts/catalogue.ts';
import {
  defineService,
  defineTask,
  type ServiceContract,
  type TaskContract,
} from '../../../lib/task-contracts/define-task.ts';
import { renderTaskDefinition, stopTimeoutSeconds } from '../../../lib/task-contracts/task-definition.ts';

const lawful: TaskContract = {
  name: 'sample-task',
  purpose: 'A contract for tests.',
  parameters: z.strictObject({}),
  settings: {},
  secrets: { KEY: { kind: 'api-key', purpose: 'A key.', path: 'sample/key', minimumLength: 8 } },
  evidence: { reads: [], writes: [] },
  lake: { reads: ['lake/world/'], writes: [] },
  actions: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 21 },
  deadline: { default: 1_000, maximum: 2_000 },
  stopGrace: 1_000,
};

const unlawful: readonly [string, Partial<TaskContract>, RegExp][] = [
  ['a name with capitals', { name: 'Sample' }, /lower-case words/],
  [
    'a default deadline above the maximum',
    { deadline: { default: 3_000, maximum: 2_000 } },
    /above the maximum/,
  ],
  ['a deadline above six hours', { deadline: { default: 1, maximum: 21_600_001 } }, /above 6 h/],
  ['no grace', { stopGrace: 0 }, /stopGrace/],
  ['a grace that Fargate would cut', { stopGrace: 111_000 }, /stopGrace/],
  ['too little disk', { size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 20 } }, /ephemeral disk/],
  ['too much disk', { size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 201 } }, /ephemeral disk/],
  [
    'a variable in lower case',
    { settings: { url: { kind: 'text', purpose: '', schema: z.string() } } },
    /not an environment variable/,
  ],
  [
    'a secret path with a leading slash',
    { secrets: { KEY: { kind: 'api-key', purpose: '', path: '/key', minimumLength: 8 } } },
    /path of KEY/,
  ],
  ['a database without its secret', { database: { secret: 'DSN', schema: 'current' } }, /not a database-dsn/],
  ['a database on an api key', { database: { secret: 'KEY', schema: 'current' } }, /not a database-dsn/],
  ['a task that may not write its result', { actions: ['s3:GetObject'] }, /without s3:PutObject/],
  ['a prefix without its slash', { lake: { reads: ['lake'], writes: [] } }, /not a prefix/],
];

for (const [what, change, message] of unlawful) {
  test(`defineTask refuses ${what}`, () => {
    assert.throws(() => defineTask({ ...lawful, ...change }), message);
  });
}

test('defineTask accepts a lawful contract and returns it unchanged', () => {
  assert.equal(defineTask(lawful), lawful);
});

const facts = {
  environment: 'local',
  account: '000000000000',
  region: 'eu-west-2',
  image: 'image@sha256:0',
  imageDigest: 'sha256:0',
  evidenceStore: 'file:///evidence',
  databaseAuthorities: '/authorities.pem',
  scratch: '/scratch',
  settings: settingValues('local', { adHocQueries: true }),
};

for (const contract of taskContracts) {
  test(`the task definition of ${contract.name} gives what its contract asks for, and nothing else`, () => {
    const definition = renderTaskDefinition(contract, facts);
    const [container] = definition.containerDefinitions;
    assert.deepEqual(container.secrets.map(({ name }) => name).sort(), Object.keys(contract.secrets).sort());
    const platform = ['ENVIRONMENT', 'EVIDENCE_STORE', 'IMAGE_DIGEST', 'TMPDIR'];
    const database = contract.database === undefined ? [] : ['DATABASE_CA_FILE'];
    assert.deepEqual(
      container.environment.map(({ name }) => name).sort(),
      [...platform, ...database, ...Object.keys(contract.settings)].sort(),
    );
    assert.ok(container.stopTimeout <= 120);
    assert.ok(container.stopTimeout * 1_000 > contract.stopGrace, 'SIGKILL never comes inside the grace');
    assert.equal(container.stopTimeout, stopTimeoutSeconds(contract));
    assert.equal(container.readonlyRootFilesystem, true);
    assert.deepEqual(container.command, [contract.name]);
  });
}

const service: ServiceContract = {
  name: 'sample-service',
  purpose: 'A service for tests.',
  settings: {},
  secrets: {},
  size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 21 },
  stopGrace: 1_000,
  port: 8_080,
};

for (const port of [0, 80, 1_023, 65_536, 8_080.5]) {
  test(`defineService refuses port ${port}`, () => {
    assert.throws(() => defineService({ ...service, port }), /the port is outside/);
  });
}

for (const contract of serviceContracts) {
  test(`the task definition of the service ${contract.name} has a port, and no evidence store`, () => {
    const [container] = renderTaskDefinition(contract, facts).containerDefinitions;
    assert.deepEqual(container.portMappings, [{ containerPort: contract.port, protocol: 'tcp' }]);
    assert.deepEqual(container.secrets.map(({ name }) => name).sort(), Object.keys(contract.secrets).sort());
    const database = contract.database === undefined ? [] : ['DATABASE_CA_FILE'];
    assert.deepEqual(
      container.environment.map(({ name }) => name).sort(),
      [
        'ENVIRONMENT',
        'IMAGE_DIGEST',
        'PORT',
        'TMPDIR',
        ...database,
        ...Object.keys(contract.settings),
      ].sort(),
    );
    assert.equal(container.logConfiguration.options.mode, 'non-blocking');
  });
}
