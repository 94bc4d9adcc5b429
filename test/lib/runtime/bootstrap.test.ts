import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withConnection } from '../../../lib/database/connect.ts';
import { parseDsn } from '../../../lib/database/dsn.ts';
import { openStore } from '../../../lib/evidence/stores/open-store.ts';
import { makeServerCertificate } from '../../../lib/local-cloud/postgres/certificates.ts';
import { bootstrap } from '../../../lib/runtime/bootstrap.ts';
import { runService } from '../../../lib/runtime/run-service.ts';
import { findContract, taskContracts } from '../../../lib/task-contracts/catalogue.ts';
import type { TaskContract } from '../../../lib/task-contracts/define-task.ts';
import { gateContract } from '../../../lib/task-contracts/gate.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import type { Failure } from '../../../lib/vocabulary/failure.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { launchVariablesOf } from '../../support/launch-environment.ts';
import { createTestEnvironment, type TestEnvironment } from '../../support/local-environment.ts';
import { sampleBurst } from '../../support/sample-burst.ts';

let environment: TestEnvironment;
const baselines = new Map<string, Record<string, string>>();

before(async () => {
  environment = await createTestEnvironment();
  const up = await environment.fraudctl('local', 'up');
  assert.equal(up.exitCode, 0, up.stderr);
  for (const contract of taskContracts) {
    const parameters = sampleParameters[contract.name] ?? {};
    const launch = { parameters, number: 0, scratch: environment.home };
    baselines.set(contract.name, await launchVariablesOf(environment, contract, launch));
  }
});
after(() => environment.close());

/** Parameters with which a contract is content; those that need none are not listed. */
const sampleParameters: Readonly<Record<string, JsonObject>> = {
  burst: sampleBurst,
  query: { query: 'schema_status', query_sha256: '0'.repeat(64) },
  report: { about: 'segment', run_folder: '/nowhere/run' },
  segment: { runs_root: '/nowhere/runs', world: '/nowhere/world' },
};

type Outcome = { readonly refusals: readonly Failure[]; readonly key: string };

/** Boots a contract with some variables changed, under a launch key of its own. */
/** Of each launch: the baselines are as old as this file, on a busy machine more than a minute. */
const soon = () => new Date(Date.now() + 60_000).toISOString();

async function boot(contract: TaskContract, change: Record<string, string | undefined>): Promise<Outcome> {
  const number = randomInt(1, 1_000_000);
  const launchKey = `matrix_20260221T020923Z/Run/${number}`;
  const variables = { ...baselines.get(contract.name), DEADLINE: soon(), LAUNCH_KEY: launchKey, ...change };
  const outcome = await bootstrap(
    contract,
    { environment: variables, now: () => Date.now() },
    AbortSignal.timeout(30_000),
  );
  const key = `evidence/local/run_control/matrix_20260221T020923Z/launches/Run/${number}/started.json`;
  return { refusals: outcome.kind === 'refused' ? outcome.refusals : [], key };
}

async function expectRefusal(
  contract: TaskContract,
  change: Record<string, string | undefined>,
  code: RegExp,
  where: string,
) {
  const { refusals, key } = await boot(contract, change);
  const codes = refusals.map((refusal) => `${refusal.code} ${refusal.where}`);
  assert.ok(
    refusals.some((refusal) => code.test(refusal.code)),
    `expected ${code}, got ${codes.join(', ') || 'a start'}`,
  );
  assert.ok(
    refusals.every(({ exit }) => exit === 'refused'),
    'every refusal is exit 78',
  );
  assert.ok(
    refusals.every(({ remedy }) => remedy.length > 10),
    'every refusal says what to do',
  );
  if (where !== '')
    assert.ok(
      refusals.some((refusal) => refusal.where === where),
      `nobody names ${where}: ${codes.join(', ')}`,
    );
  assert.equal(await environment.evidence.get(key), undefined, 'a refused start leaves no trace');
  const text = JSON.stringify(refusals);
  for (const secret of Object.keys(contract.secrets)) {
    const value = change[secret];
    if (value !== undefined && value.length > 8)
      assert.ok(!text.includes(value), `the refusal repeats ${secret}`);
  }
}

const placeholders = [
  'REPLACE_ME_DSN',
  'CHANGEME',
  '<your secret>',
  'https://example.com',
  'TODO',
  '{{SECRET}}',
];
const launchIdentity = ['EXECUTION_ID', 'LAUNCH_KEY', 'LAUNCHED_FOR', 'RUN_ID', 'DEADLINE'];
const malformedIdentity: Readonly<Record<string, string>> = {
  EXECUTION_ID: 'M10',
  LAUNCH_KEY: 'm10/Run',
  RUN_ID: 'platform_today',
  DEADLINE: 'tomorrow',
  LAUNCHED_FOR: 'prod',
};

for (const contract of taskContracts) {
  const { name } = contract;

  test(`${name}: with everything it needs, it starts and records that it did`, async () => {
    const { refusals, key } = await boot(contract, {});
    assert.deepEqual(refusals, []);
    assert.ok(await environment.evidence.get(key));
  });

  for (const variable of [...launchIdentity, 'ENVIRONMENT', 'IMAGE_DIGEST']) {
    test(`${name} × ${variable} × {missing, blank}`, async () => {
      for (const value of [undefined, '', '   ']) {
        await expectRefusal(contract, { [variable]: value }, /^LAUNCH_IDENTITY_MISSING$/, variable);
      }
    });
  }
  for (const [variable, value] of Object.entries(malformedIdentity)) {
    test(`${name} × ${variable} × malformed`, () =>
      expectRefusal(contract, { [variable]: value }, /^LAUNCH_IDENTITY_(MALFORMED|FOREIGN)$/, variable));
  }
  test(`${name} × launch key × of another execution`, () =>
    expectRefusal(
      contract,
      { LAUNCH_KEY: 'other_20260221T020923Z/Run/0' },
      /^LAUNCH_IDENTITY_FOREIGN$/,
      'LAUNCH_KEY',
    ));
  test(`${name} × deadline × passed`, () =>
    expectRefusal(contract, { DEADLINE: '2026-01-01T00:00:00.000Z' }, /^DEADLINE_PASSED$/, 'DEADLINE'));
  test(`${name} × deadline × beyond the maximum`, () => {
    const beyond = new Date(Date.now() + contract.deadline.maximum + 60_000).toISOString();
    return expectRefusal(contract, { DEADLINE: beyond }, /^DEADLINE_BEYOND_MAXIMUM$/, 'DEADLINE');
  });

  test(`${name} × parameters × {missing, not JSON, not canonical, unknown, pointer to nothing, altered}`, async () => {
    const digest = 'a'.repeat(64);
    await expectRefusal(contract, { PARAMETERS: '' }, /^PARAMETERS_MISSING$/, 'PARAMETERS');
    await expectRefusal(contract, { PARAMETERS: '{' }, /^PARAMETERS_MALFORMED$/, 'PARAMETERS');
    await expectRefusal(contract, { PARAMETERS: '{ }' }, /^PARAMETERS_MALFORMED$/, 'PARAMETERS');
    await expectRefusal(contract, { PARAMETERS: '{"no_such_parameter":1}' }, /^PARAMETERS_MALFORMED$/, '');
    const pointer = { PARAMETERS: '', PARAMETERS_KEY: 'evidence/absent.json', PARAMETERS_SHA256: digest };
    await expectRefusal(contract, pointer, /^PARAMETERS_MISSING$/, 'evidence/absent.json');
    const key = `evidence/altered-${name}.json`;
    await environment.evidence.putIfAbsent(key, new TextEncoder().encode('{}'));
    await expectRefusal(contract, { ...pointer, PARAMETERS_KEY: key }, /^PARAMETERS_ALTERED$/, key);
  });

  test(`${name} × evidence store × {missing, blank, malformed, unreachable}`, async () => {
    const file = join(environment.home, `file-${name}`);
    await writeFile(file, '');
    await expectRefusal(
      contract,
      { EVIDENCE_STORE: undefined },
      /^EVIDENCE_STORE_MISSING$/,
      'EVIDENCE_STORE',
    );
    await expectRefusal(contract, { EVIDENCE_STORE: ' ' }, /^EVIDENCE_STORE_MISSING$/, 'EVIDENCE_STORE');
    await expectRefusal(
      contract,
      { EVIDENCE_STORE: 'evidence' },
      /^EVIDENCE_STORE_MALFORMED$/,
      'EVIDENCE_STORE',
    );
    await expectRefusal(
      contract,
      { EVIDENCE_STORE: 'ftp://host/evidence' },
      /^EVIDENCE_STORE_MALFORMED$/,
      'EVIDENCE_STORE',
    );
    await expectRefusal(
      contract,
      { EVIDENCE_STORE: `file://${file}/below` },
      /^EVIDENCE_STORE_(UNAVAILABLE|NOT_PERMITTED)$/,
      '',
    );
  });

  test(`${name} × scratch × {missing, not there}`, async () => {
    await expectRefusal(contract, { TMPDIR: undefined }, /^SCRATCH_NOT_WRITABLE$/, 'TMPDIR');
    await expectRefusal(
      contract,
      { TMPDIR: join(environment.home, 'nowhere') },
      /^SCRATCH_NOT_WRITABLE$/,
      'TMPDIR',
    );
  });

  for (const setting of Object.keys(contract.settings)) {
    test(`${name} × ${setting} × {missing, blank, placeholder}`, async () => {
      await expectRefusal(contract, { [setting]: undefined }, /^SETTING_MISSING$/, setting);
      await expectRefusal(contract, { [setting]: '  ' }, /^SETTING_BLANK$/, setting);
      for (const text of placeholders)
        await expectRefusal(contract, { [setting]: text }, /^SETTING_PLACEHOLDER$/, setting);
    });
    if (contract.settings[setting]?.kind !== 'service-url') continue;
    test(`${name} × ${setting} × a URL that is none`, async () => {
      const wrong = [
        'gate',
        '/v1',
        'http://',
        'ftp://gate.internal',
        'http://gate.elsewhere:8080',
        'https://user:word@gate',
        'https://gate/v1/events',
        'https://gate?x=1',
      ];
      for (const text of wrong)
        await expectRefusal(contract, { [setting]: text }, /^SETTING_MALFORMED$/, setting);
    });
  }

  for (const [secret, requirement] of Object.entries(contract.secrets)) {
    test(`${name} × ${secret} × {missing, blank, placeholder}`, async () => {
      await expectRefusal(contract, { [secret]: undefined }, /^SECRET_MISSING$/, secret);
      await expectRefusal(contract, { [secret]: ' ' }, /^SECRET_BLANK$/, secret);
      for (const text of placeholders)
        await expectRefusal(contract, { [secret]: text }, /^SECRET_PLACEHOLDER$/, secret);
    });
    if (requirement.kind === 'api-key') {
      test(`${name} × ${secret} × malformed`, async () => {
        await expectRefusal(contract, { [secret]: 'short' }, /^SECRET_MALFORMED$/, secret);
        await expectRefusal(
          contract,
          { [secret]: `${'k'.repeat(40)} with spaces` },
          /^SECRET_MALFORMED$/,
          secret,
        );
      });
      continue;
    }
    test(`${name} × ${secret} × malformed`, async () => {
      const wrong = [
        'not a dsn',
        'mysql://user:word-of-pass@host:5432/db?sslmode=verify-full',
        'postgresql://host:5432/db?sslmode=verify-full',
        'postgresql://user@host:5432/db?sslmode=verify-full',
        'postgresql://user:word-of-pass@host:5432/?sslmode=verify-full',
        'postgresql://user:word-of-pass@host:5432/db',
        'postgresql://user:word-of-pass@host:5432/db?sslmode=require',
        'postgresql://user:word-of-pass@host:5432/db?sslmode=no-verify',
        'postgresql://user:word-of-pass@host:5432/db?sslmode=verify-full&sslrootcert=/x',
        'postgresql://user:word-of-pass@host:99999/db?sslmode=verify-full',
      ];
      for (const text of wrong)
        await expectRefusal(contract, { [secret]: text }, /^DSN_(MALFORMED|NOT_VERIFIED_TLS)$/, secret);
    });
  }

  if (contract.database === undefined) continue;
  const { secret, schema } = contract.database;
  const dsn = (change: (url: URL) => void) => {
    const url = new URL(baselines.get(name)?.[secret] ?? '');
    change(url);
    return { [secret]: url.href };
  };
  test(`${name} × database × {unreachable, wrong password, no such database, other role}`, async () => {
    const unreachable = dsn((url) => {
      url.port = '1';
    });
    await expectRefusal(contract, unreachable, /^DATABASE_UNREACHABLE$/, '');
    const wrongPassword = dsn((url) => {
      url.password = 'wrong-word-of-pass';
    });
    await expectRefusal(contract, wrongPassword, /^DATABASE_AUTHENTICATION$/, '');
    const noDatabase = dsn((url) => {
      url.pathname = '/nowhere';
    });
    await expectRefusal(contract, noDatabase, /^DATABASE_MISSING$/, '');
    const other =
      name === 'migrate' ? baselines.get('probe')?.DATABASE_DSN : baselines.get('migrate')?.MASTER_DSN;
    await expectRefusal(contract, { [secret]: other }, /^DATABASE_WRONG_ROLE$/, '');
  });

  test(`${name} × database × a role that bypasses every grant`, async () => {
    const password = await superuserPassword();
    const superuser = dsn((url) => {
      url.username = 'fraud_bootstrap';
      url.password = password;
    });
    await expectRefusal(contract, superuser, /^DATABASE_SUPERUSER$/, '');
  });

  test(`${name} × database authorities × {missing, not there, of somebody else}`, async () => {
    await expectRefusal(
      contract,
      { DATABASE_CA_FILE: undefined },
      /^DATABASE_AUTHORITIES_UNREADABLE$/,
      'DATABASE_CA_FILE',
    );
    await expectRefusal(
      contract,
      { DATABASE_CA_FILE: '/nowhere.pem' },
      /^DATABASE_AUTHORITIES_UNREADABLE$/,
      'DATABASE_CA_FILE',
    );
    const foreign = join(environment.home, `foreign-${name}.pem`);
    await writeFile(foreign, (await makeServerCertificate(Date.now())).authority);
    await expectRefusal(contract, { DATABASE_CA_FILE: foreign }, /^DATABASE_TLS$/, '');
  });

  if (schema === 'any') continue;
  test(`${name} × schema × {older, newer, none}`, async () => {
    await asMaster('update platform.schema_migrations set version = version + 1000');
    try {
      await expectRefusal(contract, {}, /^SCHEMA_NEWER$/, '');
    } finally {
      await asMaster('update platform.schema_migrations set version = version - 1000');
    }
    await asMaster('create table platform.kept as select * from platform.schema_migrations');
    try {
      await asMaster(
        'delete from platform.schema_migrations where version = (select max(version) from platform.kept)',
      );
      await expectRefusal(contract, {}, /^SCHEMA_OLDER$/, '');
      await asMaster('delete from platform.schema_migrations');
      await expectRefusal(contract, {}, /^SCHEMA_MISSING$/, '');
    } finally {
      await asMaster(
        `insert into platform.schema_migrations select * from platform.kept on conflict do nothing;
         drop table platform.kept`,
      );
    }
  });
}

test('a service without its place is refused like a task: nothing runs, exit 78', async () => {
  const launch = { parameters: {}, number: 0, scratch: environment.home };
  const whole = { ...(await launchVariablesOf(environment, gateContract, launch)), PORT: '18080' };
  for (const [variable, value] of [
    ['PORT', ''],
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['ENVIRONMENT', ' '],
    ['IMAGE_DIGEST', ''],
  ] as const) {
    const lines: string[] = [];
    const exitCode = await runService(gateContract, async () => assert.fail('it must not run'), {
      environment: { ...whole, [variable]: value },
      now: () => Date.now(),
      writeLine: (line) => void lines.push(line),
      onTerminate: () => undefined,
    });
    assert.equal(exitCode, exitCodes.refused);
    const { refusals } = JSON.parse(lines[0] ?? '{}');
    assert.deepEqual(
      refusals.map(({ code, where }: Failure) => [code, where]),
      [['SERVICE_ENVIRONMENT_MALFORMED', variable]],
    );
  }
});

test('all refusals are reported together', async () => {
  const probe = findContract('probe');
  assert.ok(probe);
  const { refusals } = await boot(probe, {
    GATE_URL: '',
    GATE_API_KEY: undefined,
    RUN_ID: 'x',
    PARAMETERS: '',
    TMPDIR: '',
    DATABASE_DSN: 'x',
  });
  const codes = new Set(refusals.map(({ code }) => code));
  for (const code of [
    'SETTING_BLANK',
    'SECRET_MISSING',
    'LAUNCH_IDENTITY_MALFORMED',
    'PARAMETERS_MISSING',
    'SCRATCH_NOT_WRITABLE',
    'DSN_MALFORMED',
  ]) {
    assert.ok(codes.has(code), `${code} is missing from ${[...codes].join(', ')}`);
  }
});

test('a launch key is used once: a second start is refused', async () => {
  const probe = findContract('probe');
  assert.ok(probe);
  const change = { LAUNCH_KEY: 'matrix_20260221T020923Z/Run/0', DEADLINE: soon() };
  const variables = { ...baselines.get('probe'), ...change };
  const edge = { environment: variables, now: () => Date.now() };
  const both = await Promise.all([
    bootstrap(probe, edge, AbortSignal.timeout(30_000)),
    bootstrap(probe, edge, AbortSignal.timeout(30_000)),
  ]);
  assert.deepEqual(both.map(({ kind }) => kind).sort(), ['ready', 'refused']);
  const refused = both.find((outcome) => outcome.kind === 'refused');
  assert.equal(refused?.refusals[0]?.code, 'LAUNCH_ALREADY_STARTED');
});

async function asMaster(sql: string): Promise<void> {
  const dsn = parseDsn(baselines.get('migrate')?.MASTER_DSN ?? '', 'MASTER_DSN');
  const authorities = await authoritiesText();
  await withConnection({ dsn, authorities, applicationName: 'test' }, (client) => client.query(sql));
}

async function authoritiesText(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return await readFile(join(environment.home, 'postgres', 'authority.pem'), 'utf8');
}

async function superuserPassword(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return await readFile(join(environment.home, 'secrets', 'database', 'bootstrap', 'password'), 'utf8');
}

test('the store of the tests is the store of the product', () => {
  assert.equal(openStore(environment.evidence.url).url, environment.evidence.url);
});
