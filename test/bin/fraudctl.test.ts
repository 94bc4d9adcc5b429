import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { auditEvidence, launchKeysOf } from '../support/crash/audit-evidence.ts';
import { runToDeath } from '../support/crash/crash-sweep.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

let environment: TestEnvironment;
before(async () => {
  environment = await createTestEnvironment();
  const up = await environment.fraudctl('local', 'up');
  assert.equal(up.exitCode, 0, up.stderr);
});
after(() => environment.close());

test('a probe passes, its bundle verifies, and three copies agree', async () => {
  const run = await environment.fraudctl('--json', 'task', 'run', 'probe', '--params', '{"note":"hello"}');
  assert.equal(run.exitCode, 0, run.stderr);
  const verdict = JSON.parse(run.stdout);
  assert.equal(verdict.verdict, 'PASS');
  assert.equal(verdict.schema, 'fraudctl/verdict/v1');
  const verified = await environment.fraudctl('--json', 'evidence', 'verify', verdict.bundle);
  assert.equal(verified.exitCode, 0, verified.stdout);
  const report = JSON.parse(verified.stdout);
  assert.equal(report.verdict, 'whole-pass');
  assert.equal(report.bundle_digest_sha256, verdict.bundle_digest_sha256);
  const again = await environment.fraudctl('--json', 'attach', verdict.execution_id);
  assert.equal(JSON.parse(again.stdout).bundle_digest_sha256, verdict.bundle_digest_sha256);
});

test('progress shows states, launches and log lines; the marker stays between programs', async () => {
  const run = await environment.fraudctl('task', 'run', 'probe');
  assert.match(run.stderr, /state {3}Run/);
  assert.match(run.stderr, /launch {2}probe_\d{8}T\d{6}Z\/Run\/0 {2}task [a-f0-9]{32}/);
  assert.match(run.stderr, /log {5}heartbeat-written/);
  assert.doesNotMatch(run.stderr, /@result/);
  assert.match(run.stdout, /^PASS {2}probe {2}done/);
});

test('parameters too large for a launch travel by pointer and digest', async () => {
  const note = 'n'.repeat(100_000);
  const file = join(environment.home, 'parameters.json');
  await writeFile(file, JSON.stringify({ note }));
  const run = await environment.fraudctl('--json', 'task', 'run', 'probe', '--params', `@${file}`);
  assert.equal(run.exitCode, 0, run.stderr);
  const { execution_id: id } = JSON.parse(run.stdout);
  const stored = await environment.evidence.get(`evidence/local/run_control/${id}/parameters.json`);
  assert.equal(JSON.parse(new TextDecoder().decode(stored)).note, note);
});

// Every await of every command is in test/chaos/crash-at-every-await.
for (const [minute, at] of ['link evidence#2', 'send StartExecution#1', 'link evidence#20'].entries()) {
  test(`killed after ${at} and run again, a launch is the same launch, and its verdict the same`, async () => {
    const id = `again_20260221T000${minute}00Z`;
    const command = [
      '--json',
      'task',
      'run',
      'probe',
      '--execution',
      id,
      '--run',
      'platform_20260221T020923Z',
    ];
    const dead = await runToDeath({ home: environment.home }, command, { at, moment: 'after' });
    assert.equal(dead.exitCode, null, dead.stderr);
    const again = await environment.fraudctl(...command);
    assert.equal(JSON.parse(again.stdout).verdict, 'PASS', again.stderr);
    const launches = (await launchKeysOf(environment.home)).filter((key) => key.startsWith(`${id}/`));
    assert.deepEqual(launches, [`${id}/Run/0`]);
    assert.deepEqual(await auditEvidence(environment.home), { broken: [], unfinished: [] });
  });
}

type Refusal = readonly [what: string, parameters: string[], exitCode: number, code: string];
const refusals: readonly Refusal[] = [
  ['an unknown task', ['task', 'run', 'nothing'], 64, 'TASK_UNKNOWN'],
  ['an unknown environment', ['--env', 'nowhere', 'task', 'run', 'probe'], 64, 'ENVIRONMENT_UNKNOWN'],
  [
    'parameters that are no JSON',
    ['task', 'run', 'probe', '--params', '{note:1}'],
    64,
    'PARAMETERS_NOT_JSON',
  ],
  ['an unknown parameter', ['task', 'run', 'probe', '--params', '{"nope":1}'], 64, 'PARAMETERS_MALFORMED'],
  [
    'a parameter of another type',
    ['task', 'run', 'probe', '--params', '{"linger_ms":"1"}'],
    64,
    'PARAMETERS_MALFORMED',
  ],
  [
    'a parameters file that is not there',
    ['task', 'run', 'probe', '--params', '@/nowhere.json'],
    64,
    'PARAMETERS_UNREADABLE',
  ],
  [
    'a deadline in the past',
    ['task', 'run', 'probe', '--deadline', '2020-01-01T00:00:00.000Z'],
    64,
    'DEADLINE_PASSED',
  ],
  ['a deadline of no time', ['task', 'run', 'probe', '--deadline', '0s'], 64, 'DEADLINE_PASSED'],
  [
    'a deadline above the maximum',
    ['task', 'run', 'probe', '--deadline', '61m'],
    64,
    'DEADLINE_BEYOND_MAXIMUM',
  ],
  [
    'a deadline that is no duration',
    ['task', 'run', 'probe', '--deadline', 'soon'],
    64,
    'DURATION_MALFORMED',
  ],
  ['a malformed run id', ['task', 'run', 'probe', '--run', 'platform_1'], 64, 'IDENTIFIER_MALFORMED'],
  ['a malformed lane', ['task', 'run', 'probe', '--lane', 'A B'], 64, 'IDENTIFIER_MALFORMED'],
  ['an unknown execution', ['attach', 'probe_20200101T000000Z'], 64, 'EXECUTION_UNKNOWN'],
  ['an execution id that escapes', ['attach', '../../etc'], 64, 'IDENTIFIER_MALFORMED'],
  ['a limit that is no number', ['runs', 'list', '--limit', 'many'], 64, 'LIMIT_MALFORMED'],
  ['completion for a shell of another kind', ['completion', 'tcsh'], 64, 'SHELL_UNKNOWN'],
  ['a bundle that is not there', ['evidence', 'verify', '/nowhere'], 64, 'BUNDLE_NOT_FOUND'],
];

for (const [what, parameters, exitCode, code] of refusals) {
  test(`refuses ${what} with ${code}, and leaves nothing behind`, async () => {
    const folder = join(environment.home, 'evidence', 'evidence', 'local', 'run_control');
    const earlier = await readdir(folder).catch(() => []);
    const run = await environment.fraudctl('--json', ...parameters);
    const failure = JSON.parse(run.stdout);
    assert.deepEqual([run.exitCode, failure.code], [exitCode, code]);
    assert.ok(failure.message.length > 0 && failure.remedy.length > 0);
    assert.deepEqual(await readdir(folder).catch(() => []), earlier);
  });
}

test('an error names what, where, which value and what next, without a stack trace', async () => {
  const run = await environment.fraudctl('task', 'run', 'probe', '--deadline', 'soon');
  assert.equal(
    run.stderr,
    [
      'error DURATION_MALFORMED: --deadline is not a duration',
      '  where  --deadline',
      '  value  soon',
      '  next   Write a whole number and a unit: 250ms, 90s, 15m or 1h.',
      '',
    ].join('\n'),
  );
});

test('an unknown command is a usage error', async () => {
  const run = await environment.fraudctl('nonsense');
  assert.equal(run.exitCode, 64);
  assert.match(run.stderr, /unknown command 'nonsense'/);
});

test('the same execution again attaches; with another input it is refused and nothing changes', async () => {
  const id = 'twice_20260221T020923Z';
  const [one, other] = await Promise.all([
    environment.fraudctl(
      '--json',
      'task',
      'run',
      'probe',
      '--execution',
      id,
      '--run',
      'platform_20260221T020923Z',
    ),
    environment.fraudctl(
      '--json',
      'task',
      'run',
      'probe',
      '--execution',
      id,
      '--run',
      'platform_20260221T020923Z',
    ),
  ]);
  const verdicts = [one, other].map(({ stdout }) => JSON.parse(stdout));
  const passed = verdicts.filter(({ verdict }) => verdict === 'PASS');
  // Started in the same moment, the second may meet the first one's intent a moment too late, and says so.
  assert.ok(passed.length >= 1, one.stderr + other.stderr);
  for (const verdict of verdicts)
    assert.ok(verdict.verdict === 'PASS' || verdict.code === 'EXECUTION_EXISTS');
  const third = await environment.fraudctl('--json', 'task', 'run', 'probe', '--execution', id);
  assert.equal(JSON.parse(third.stdout).bundle_digest_sha256, passed[0].bundle_digest_sha256);
  const different = await environment.fraudctl(
    '--json',
    'task',
    'run',
    'probe',
    '--execution',
    id,
    '--params',
    '{"note":"other"}',
  );
  assert.deepEqual([different.exitCode, JSON.parse(different.stdout).code], [73, 'EXECUTION_EXISTS']);
  const tasks = await readdir(join(environment.home, 'tasks'));
  const launched = await Promise.all(
    tasks.map((task) => readFile(join(environment.home, 'tasks', task, 'task.json'), 'utf8')),
  );
  assert.equal(launched.filter((text) => text.includes(`${id}/Run/0`)).length, 1);
});

test('a run scope is minted once, recorded, and can be served', async () => {
  const minted = await environment.fraudctl('--json', 'run', 'new');
  const { run_id: runId } = JSON.parse(minted.stdout);
  assert.ok(await environment.evidence.get(`evidence/runs/${runId}/run.json`));
  const run = await environment.fraudctl('--json', 'task', 'run', 'probe', '--run', runId);
  assert.equal(JSON.parse(run.stdout).run_id, runId);
});

test('stop ends a running task with its grace, and the story says so', async () => {
  const started = await environment.fraudctl(
    '--json',
    'task',
    'run',
    'probe',
    '--detach',
    '--params',
    '{"linger_ms":60000}',
  );
  const { execution_id: id } = JSON.parse(started.stdout);
  await untilStarted(id);
  const status = JSON.parse((await environment.fraudctl('--json', 'status', id)).stdout);
  assert.deepEqual([status.status, status.verdict], ['RUNNING', 'INDETERMINATE']);
  const refusedDown = await environment.fraudctl('--json', 'local', 'down');
  assert.deepEqual([refusedDown.exitCode, JSON.parse(refusedDown.stdout).code], [75, 'EXECUTIONS_RUNNING']);
  const following = environment.fraudctl('logs', id, '--follow');
  const stopped = await environment.fraudctl('--json', 'stop', id);
  assert.equal(stopped.exitCode, 0, stopped.stderr);
  const verdict = JSON.parse(stopped.stdout);
  assert.deepEqual([verdict.verdict, verdict.cause, verdict.exit_code], ['FAIL', 'stopped', 143]);
  const logs = await environment.fraudctl('logs', id);
  assert.match(logs.stdout, /"outcome":"stopped".*"code":"STOPPED_ON_REQUEST"/);
  // What the task wrote while it was stopped came to who was following, after the execution had ended.
  const followed = await following;
  assert.deepEqual([followed.stdout, followed.stderr], [logs.stdout, '']);
  assert.match(followed.stdout, /\n@result .*\n$/);
});

test('a deadline ends a task from within, exit 124', async () => {
  const run = await environment.fraudctl(
    '--json',
    'task',
    'run',
    'probe',
    '--deadline',
    '2s',
    '--params',
    '{"linger_ms":60000}',
  );
  const verdict = JSON.parse(run.stdout);
  assert.deepEqual([run.exitCode, verdict.verdict, verdict.cause], [124, 'FAIL', 'deadline']);
});

test('runs are listed with their verdicts, and shown with what they left', async () => {
  const list = JSON.parse((await environment.fraudctl('--json', 'runs', 'list')).stdout);
  const passed = list.executions.find((execution: { verdict: string }) => execution.verdict === 'PASS');
  assert.ok(passed);
  const shown = JSON.parse(
    (await environment.fraudctl('--json', 'runs', 'show', passed.execution_id)).stdout,
  );
  assert.ok(shown.objects.some(({ key }: { key: string }) => key.endsWith('/task-record.json')));
});

test('no secret stands in any log, record, journal or artefact of this environment', async () => {
  const secrets: string[] = [];
  for await (const file of filesBelow(join(environment.home, 'secrets'))) {
    assert.equal((await stat(file)).mode & 0o077, 0, `${file} is for its owner alone`);
    const secret = await readFile(file, 'utf8');
    if (secret.length >= 16) secrets.push(secret);
  }
  assert.ok(secrets.length >= 4, 'the environment has secrets to look for');
  let searched = 0;
  for (const part of [
    'evidence',
    'mirror',
    'journal',
    'tasks',
    'logs',
    'local-cloud.log',
    'postgres/postgres.log',
  ]) {
    for await (const file of filesBelow(join(environment.home, part))) {
      const text = await readFile(file, 'latin1');
      searched += 1;
      for (const secret of secrets) assert.ok(!text.includes(secret), `a secret in ${file}`);
    }
  }
  assert.ok(searched > 20, 'there was something to search');
});

test('a home of a newer version, or one that cannot be read, is refused and left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'newer-'));
  try {
    for (const [layout, code] of [
      ['{"layout":2}\n', 'STATE_NEWER'],
      ['{"layout":', 'STATE_UNREADABLE'],
    ] as const) {
      await writeFile(join(folder, 'layout.json'), layout);
      const run = await environmentWithHome(folder, '--json', 'local', 'up');
      assert.deepEqual([run.exitCode, JSON.parse(run.stdout).code], [65, code]);
    }
    assert.deepEqual(await readdir(folder), ['layout.json']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a home that is a file is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'file-'));
  try {
    await writeFile(join(folder, 'home'), '');
    const run = await environmentWithHome(join(folder, 'home'), '--json', 'local', 'up');
    assert.deepEqual([run.exitCode, JSON.parse(run.stdout).code], [77, 'HOME_NOT_WRITABLE']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function environmentWithHome(home: string, ...parameters: string[]) {
  const { finished } = await import('../support/local-environment.ts');
  const { spawn } = await import('node:child_process');
  const program = new URL('../../bin/fraudctl.mjs', import.meta.url).pathname;
  const env = { ...process.env, FRAUD_PLATFORM_HOME: home, NO_COLOR: '1' };
  return await finished(spawn(process.execPath, [program, ...parameters], { env }));
}

async function untilStarted(executionId: string): Promise<void> {
  const file = join(
    environment.home,
    'evidence',
    'evidence',
    'local',
    'run_control',
    executionId,
    'launches',
    'Run',
    '0',
    'started.json',
  );
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function* filesBelow(path: string): AsyncGenerator<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) yield path;
  if (found?.isDirectory() !== true) return;
  for (const name of await readdir(path)) yield* filesBelow(join(path, name));
}

test('an older Node gets a sentence, not a stack trace', () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
  const program = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));
  const run = spawnSync(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(older)}`,
    program,
    '--version',
  ]);
  assert.equal(run.status, 78);
  assert.match(run.stderr.toString(), /^fraudctl needs Node\.js 24, this is \S+\. Run npm run setup once/);
});

test('what starts a program imports no name that an older Node lacks', async () => {
  const text = await readFile(new URL('../../bin/fraudctl.mjs', import.meta.url), 'utf8');
  const named = [...text.matchAll(/^import \{([^}]*)\} from/gm)].map(([, names]) => names?.trim());
  assert.deepEqual(named, ['fileURLToPath']);
});
