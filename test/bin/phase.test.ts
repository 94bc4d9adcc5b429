import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { executionIdAt, laneSchema } from '../../lib/vocabulary/identifiers.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

let environment: TestEnvironment;
let file: string;
before(async () => {
  environment = await createTestEnvironment();
  file = join(environment.home, 'phases.yaml');
  await writeFile(
    file,
    `version: v1
phases:
  - { id: T.1, title: alive, depends_on: [], closed_by: { task: probe } }
  - { id: T.2, title: migrated, depends_on: [T.1], closed_by: { task: migrate } }
`,
  );
});
after(() => environment.close());

const states = async () => {
  const { stdout, stderr, exitCode } = await environment.fraudctl(
    '--json',
    'phase',
    'status',
    '--phases',
    file,
  );
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout).phases.map(({ state }: { state: string }) => state);
};
const launch = (task: string, phase: string, ...more: string[]) =>
  environment.fraudctl('task', 'run', task, '--phase', phase, '--phases', file, ...more);

test('phases close in their order, each by a sealed verdict, and open again with an altered one', async () => {
  assert.deepEqual(await states(), ['OPEN', 'BLOCKED']);
  const early = await launch('migrate', 'T.2');
  assert.equal(early.exitCode, 78);
  assert.match(early.stderr, /PHASE_NOT_ADMITTED: T\.2 depends on T\.1, not closed/);
  assert.deepEqual(await states(), ['OPEN', 'BLOCKED'], 'a refused launch leaves nothing');

  const probe = await launch('probe', 'T.1');
  assert.equal(probe.exitCode, 0, probe.stderr);
  assert.match(probe.stderr, /an attempt at T\.1: alive/);
  assert.deepEqual(await states(), ['CLOSED', 'OPEN']);
  assert.equal((await environment.fraudctl('phase', 'show', 'T.2', '--phases', file)).exitCode, 65);
  assert.equal((await launch('migrate', 'T.2')).exitCode, 0);
  const shown = await environment.fraudctl('phase', 'show', 'T.2', '--phases', file);
  assert.equal(shown.exitCode, 0);
  assert.match(shown.stdout, /CLOSED {2}T\.2[\s\S]+evidence +migrate_\d+T\d+Z: PASS [0-9a-f]{64}/);

  // The sealed verdict of the probe, turned by hand: what stands on it opens.
  const id = /execution (probe_\d+T\d+Z)/.exec(probe.stdout)?.[1];
  const prefix = `evidence/local/run_control/${id}/`;
  for await (const { key } of environment.evidence.list(prefix)) {
    if (!key.endsWith('/data/verdict.json')) continue;
    const path = join(environment.home, 'evidence', key);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"PASS"', '"FAIL"'));
  }
  const broken = await environment.fraudctl('phase', 'show', 'T.1', '--phases', file);
  assert.equal(broken.exitCode, 65);
  assert.match(broken.stdout, /BLOCKED {2}T\.1[\s\S]+verdict\.json of probe_\w+ is not what was sealed/);
  assert.deepEqual(await states(), ['BLOCKED', 'BLOCKED']);
});

test('a sealed PASS of another execution closes no phase', async () => {
  const other = join(environment.home, 'other.yaml');
  await writeFile(
    other,
    'version: v1\nphases: [{ id: T.3, title: alive, depends_on: [], closed_by: { task: probe } }]\n',
  );
  const show = () => environment.fraudctl('phase', 'show', 'T.3', '--phases', other);
  const runs = [['--phase', 'T.3', '--phases', other], []] as const;
  const sealed: string[] = [];
  for (const more of runs) {
    const { stdout } = await environment.fraudctl('--json', 'task', 'run', 'probe', ...more);
    const { execution_id } = JSON.parse(stdout);
    sealed.push(join(environment.home, 'evidence/evidence/local/run_control', execution_id));
  }
  assert.equal((await show()).exitCode, 0);
  const [attempt = '', stranger = ''] = sealed;
  await rm(join(attempt, 'bundles'), { recursive: true });
  for (const name of ['bundles', 'bundle.commit.json'])
    await cp(join(stranger, name), join(attempt, name), { recursive: true });
  const foreign = await show();
  assert.equal(foreign.exitCode, 65, foreign.stdout);
  assert.match(
    foreign.stdout,
    /BLOCKED {2}T\.3[\s\S]+what is sealed for probe_\w+ is about probe_\w+ of the run/,
  );
});

/** An execution id whose stamp is so many seconds from now. */
const namedAt = (lane: string, secondsFromNow = 0) =>
  executionIdAt(laneSchema.parse(lane), Date.now() + secondsFromNow * 1_000);

async function ownPhase(id: string): Promise<readonly string[]> {
  const own = join(environment.home, `${id}.yaml`);
  const phase = `{ id: ${id}, title: alive, depends_on: [], closed_by: { task: probe } }`;
  await writeFile(own, `version: v1\nphases: [${phase}]\n`);
  return ['--phases', own];
}

test('what was launched for no phase never becomes an attempt at one', async () => {
  const phases = await ownPhase('T.5');
  const probe = ['task', 'run', 'probe', '--execution', namedAt('chosen')];
  assert.equal((await environment.fraudctl(...probe)).exitCode, 0);
  const late = await environment.fraudctl(...probe, '--phase', 'T.5', ...phases);
  assert.equal(late.exitCode, 73, late.stdout);
  assert.match(late.stderr, /EXECUTION_EXISTS: this execution was launched before, and not as this attempt/);
  const shown = await environment.fraudctl('phase', 'show', 'T.5', ...phases);
  assert.match(shown.stdout, /OPEN {2}T\.5[\s\S]+attempts +0/);

  const attempt = ['task', 'run', 'probe', '--execution', namedAt('attempt'), '--phase', 'T.5', ...phases];
  assert.equal((await environment.fraudctl(...attempt)).exitCode, 0);
  const again = await environment.fraudctl(...attempt);
  assert.equal(again.exitCode, 0, again.stderr);
  assert.match(again.stderr, /attached attempt_/);
  const closed = await environment.fraudctl('phase', 'show', 'T.5', ...phases);
  assert.match(closed.stdout, /CLOSED {2}T\.5[\s\S]+attempts +1/);
});

test('an attempt is named by its time, and who died before the intent goes on under the same name', async () => {
  const phases = await ownPhase('T.6');
  const attempt = (id: string) =>
    environment.fraudctl('task', 'run', 'probe', '--execution', id, '--phase', 'T.6', ...phases);
  for (const far of [namedAt('far', 3_600), namedAt('far', -3_600), 'far_20990101T000000Z']) {
    const refused = await attempt(far);
    assert.equal(refused.exitCode, 64, refused.stdout);
    assert.match(refused.stderr, /EXECUTION_NAME_FAR/);
  }
  assert.equal((await environment.fraudctl('runs', 'show', 'far_20990101T000000Z')).exitCode, 64);

  // What an operator leaves who dies between the two puts: the record, of an intent that is nowhere.
  const id = namedAt('begun', -3_600);
  const intent_sha256 = sha256Of(new TextEncoder().encode('an intent'));
  const record = {
    schema: 'fraud-platform/phase-attempt/v1',
    phase_id: 'T.6',
    execution_id: id,
    run_id: 'platform_20260221T060431Z',
    task: 'probe',
    intent_sha256,
    scope: null,
  };
  const key = `evidence/local/phases/T.6/attempts/${id}/${intent_sha256}.json`;
  await environment.evidence.putIfAbsent(key, canonicalBytes(record));
  const on = await attempt(id);
  assert.equal(on.exitCode, 0, on.stderr);
  const shown = await environment.fraudctl('phase', 'show', 'T.6', ...phases);
  assert.match(shown.stdout, /CLOSED {2}T\.6[\s\S]+attempts +1/);
});

test('a certifying burst is refused before anything exists while its phase waits', async () => {
  const burst = await environment.fraudctl(
    'burst',
    'run',
    'm10f-burst',
    '--events',
    '/nowhere.ndjson',
    '--phase',
    'M10.F',
  );
  assert.equal(burst.exitCode, 78, burst.stderr);
  assert.match(burst.stderr, /M10\.F depends on M10\.A, M10\.E, not closed/);
});

test('a gate of another phase closes nothing', async () => {
  const foreign = join(environment.home, 'foreign.yaml');
  await writeFile(
    foreign,
    'version: v1\nphases: [{ id: T.1, title: burst, depends_on: [], closed_by: { burst: m10f-burst } }]\n',
  );
  const refused = await environment.fraudctl('phase', 'status', '--phases', foreign);
  assert.equal(refused.exitCode, 65);
  assert.match(refused.stderr, /PHASE_GATE_FOREIGN: the gate m10f-burst is of M10\.F/);
});

test('bad input of phases is refused by name', async () => {
  for (const [parameters, code] of [
    [['phase', 'show', 'M99.Z'], 'PHASE_UNKNOWN'],
    [['task', 'run', 'probe', '--phase', 'M99.Z'], 'PHASE_UNKNOWN'],
    [['burst', 'run', 'rehearsal', '--blockers', 'M10F-B1'], 'PHASE_MISSING'],
    [['phase', 'status', '--phases', '/nowhere.yaml'], 'CONFIGURATION_MISSING'],
  ] as const) {
    const refused = await environment.fraudctl(...parameters);
    assert.equal(refused.exitCode, 64, refused.stderr);
    assert.match(refused.stderr, new RegExp(code));
  }
});

test('an attempt whose record cannot be read blocks its phase, and what is launched for another goes on', async () => {
  const plan = join(environment.home, 'unread.yaml');
  await writeFile(
    plan,
    `version: v1
phases:
  - { id: T.8, title: alive, depends_on: [], closed_by: { task: probe } }
  - { id: T.9, title: alive too, depends_on: [], closed_by: { task: probe } }
`,
  );
  const attempts = 'evidence/local/phases/T.8/attempts/';
  const put = (name: string, content: string) =>
    environment.evidence.putIfAbsent(`${attempts}${name}.json`, new TextEncoder().encode(content));
  await put('probe_20260221T020923Z', '{"schema":"fraud-platform/phase-attempt/v2"}');
  await put('probe_20260221T020924Z', '{"schema":"fraud-pla');
  const shown = await environment.fraudctl('--json', 'phase', 'show', 'T.8', '--phases', plan);
  assert.equal(shown.exitCode, 65, shown.stderr);
  assert.match(shown.stdout, /"BLOCKED"/);
  for (const name of ['probe_20260221T020923Z', 'probe_20260221T020924Z']) {
    assert.match(shown.stdout, new RegExp(`the record ${attempts}${name}\\.json cannot be read`));
  }
  const other = await environment.fraudctl('task', 'run', 'probe', '--phase', 'T.9', '--phases', plan);
  assert.equal(other.exitCode, 0, other.stderr);
  const status = await environment.fraudctl('--json', 'phase', 'status', '--phases', plan);
  assert.equal(status.exitCode, 0, status.stderr);
  const found = JSON.parse(status.stdout).phases.map(({ state }: { state: string }) => state);
  assert.deepEqual(found, ['BLOCKED', 'CLOSED']);
});
