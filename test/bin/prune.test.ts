import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { planPrune } from '../../lib/gates/closure/plan-prune.ts';
import { surveyFolder } from '../../lib/operator/run-use.ts';
import { pruneRuns } from '../../lib/operator/runs-root.ts';
import { instantSchema } from '../../lib/vocabulary/instant.ts';
import { ageFolder } from '../support/age-folder.ts';

const program = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));
const hour = 3_600_000;
let root: string;
let outside: string;
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'home-'));
  root = await mkdtemp(join(tmpdir(), 'runs-root-'));
  outside = await mkdtemp(join(tmpdir(), 'outside-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(outside, { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
});

async function run(id: string): Promise<void> {
  await mkdir(join(root, id, 'data'), { recursive: true });
  await writeFile(join(root, id, 'data', 'rows'), 'x'.repeat(1_000));
  await ageFolder(join(root, id), hour);
}

async function fraudctl(...parameters: string[]) {
  const child = spawn(process.execPath, [program, ...parameters, '--runs-root', root], {
    env: { ...process.env, NO_COLOR: '1', FRAUD_PLATFORM_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await ended, stdout, stderr };
}

// As it was done on 2026-02-21.
const kept = [
  '7b08449ccffc44beaa99e64bf0201efc',
  'ac363a2f127d43d1a6e7e2308c988e5e',
  'ce57da0ead0d4404a5725ca3f4b6e3be',
  '7f20e9d97dad4ff5ac639bbc41749fb0',
  'acd599a344e146a99f72a541834af1e0',
];
const superseded = [
  '3e96a67813dc4357aca9872b176f6779',
  '864e907d739842f28211a84b254b6358',
  'ec50f40c0bb14aaabd830307aeb9b2b9',
  'aa26e278545f44aabc55cccad34ce48c',
  'bd79bd48fbc049808874042eeb0aaca6',
  'fc78bd20c54f47e981a3312106559571',
];
const keep = kept.flatMap((id) => ['--keep', id]);

test('the keep set of the seed: a dry run first, then what it said, recorded', async () => {
  for (const id of [...kept, ...superseded]) await run(id);
  const dry = await fraudctl('runs', 'prune', ...keep);
  assert.equal(dry.exitCode, 0, dry.stderr);
  assert.match(dry.stdout, /dry run: 6 runs.*nothing was removed/);
  assert.deepEqual((await readdir(root)).sort(), [...kept, ...superseded].sort());
  const done = await fraudctl('--json', 'runs', 'prune', ...keep, '--yes');
  assert.equal(done.exitCode, 0, done.stderr);
  assert.deepEqual((await readdir(root)).sort(), [...kept, 'prune-records'].sort());
  const { record } = JSON.parse(done.stdout);
  const written = JSON.parse(await readFile(record, 'utf8'));
  assert.deepEqual(
    written.remove.map(({ name }: { name: string }) => name),
    [...superseded].sort(),
  );
  assert.equal(written.keep.length, 5);
  assert.deepEqual(written.failed, []);
});

test('a kept id that is not there costs no run', async () => {
  for (const id of superseded) await run(id);
  const typo = await fraudctl('runs', 'prune', '--keep', `${superseded[0]}0`, '--yes');
  assert.equal(typo.exitCode, 64);
  assert.match(typo.stderr, /KEPT_RUN_UNKNOWN/);
  assert.equal((await readdir(root)).length, superseded.length);
});

test('what a baseline is stays, unless it is forced; what somebody works in stays always', async () => {
  const [authority = '', busy = ''] = [kept[0], superseded[0]];
  await run(authority);
  await run(busy);
  await mkdir(join(root, busy, 'tmp', 'S4.1234'), { recursive: true });
  const plain = await fraudctl('runs', 'prune');
  assert.match(plain.stdout, new RegExp(`keep +${authority} +0\\.0 MiB +baseline seed-popt0`));
  assert.match(plain.stdout, new RegExp(`keep +${busy} +0\\.0 MiB +somebody works in it`));
  const forced = await fraudctl('runs', 'prune', '--force-referenced', '--yes');
  assert.equal(forced.exitCode, 0, forced.stderr);
  assert.deepEqual((await readdir(root)).sort(), [busy, 'prune-records'].sort());
  const listed = await fraudctl('runs', 'list');
  assert.match(listed.stdout, new RegExp(`${busy} +0\\.0 MiB +empty +in use +-`));
});

test('a run stays between two of its states, when nothing lies in its scratch', async () => {
  const [between = '', staged = '', old = ''] = superseded;
  for (const id of [between, staged, old]) await run(id);
  // The report of a state that has just ended; the files of a candidate are links to old ones in new folders.
  await mkdir(join(root, between, 'tmp'));
  await mkdir(join(root, between, 'reports/layer2/5A/state=S3'), { recursive: true });
  await writeFile(join(root, between, 'reports/layer2/5A/state=S3', 'run_report.json'), '{}');
  await ageFolder(join(root, between), hour);
  await writeFile(join(root, between, 'reports/layer2/5A/state=S3', 'run_report.json'), '{"again":1}');
  await mkdir(join(root, staged, 'data', 'layer2'));
  await ageFolder(join(root, staged, 'data', 'layer2'), hour);
  const why = 'somebody works in it: written to less than 15 minutes ago';
  const dry = await fraudctl('runs', 'prune');
  for (const id of [between, staged]) assert.match(dry.stdout, new RegExp(`keep +${id} .*${why}`));
  const done = await fraudctl('--json', 'runs', 'prune', '--yes');
  assert.equal(done.exitCode, 0, done.stderr);
  assert.deepEqual((await readdir(root)).sort(), [between, staged, 'prune-records'].sort());
  const listed = await fraudctl('runs', 'list');
  assert.match(listed.stdout, new RegExp(`${between} .* in use +-`));
});

test('a run that an execution names stays until that has ended, however long nothing is written', async () => {
  const [told = '', made = '', stranger = ''] = superseded;
  for (const id of [told, made, stranger]) await run(id);
  const execution = 'segment-5a_20260221T032420Z';
  const objects = join(home, 'evidence/evidence/local/run_control', execution);
  await mkdir(join(objects, 'launches/Prepare/0'), { recursive: true });
  await writeFile(
    join(objects, 'intent.json'),
    JSON.stringify({ inline: JSON.stringify({ segment_run_id: told }) }),
  );
  const result = { output: { run_folder: join(root, made) } };
  await writeFile(join(objects, 'launches/Prepare/0/result.json'), JSON.stringify(result));
  await mkdir(join(home, 'journal'));
  const journal = join(home, 'journal', `${execution}.jsonl`);
  const started = { name: execution, arn: 'a', workflow: 'w', stateMachineArn: 's', input: '', startedAt: 1 };
  await writeFile(journal, `${JSON.stringify({ kind: 'started', ...started })}\n`);
  const during = await fraudctl('runs', 'prune', '--yes');
  assert.equal(during.exitCode, 0, during.stderr);
  assert.match(
    during.stdout,
    new RegExp(`keep +${told} .*somebody works in it: named by ${execution}, not ended`),
  );
  assert.deepEqual((await readdir(root)).sort(), [made, told, 'prune-records'].sort());
  await appendFile(journal, `${JSON.stringify({ kind: 'ended', status: 'SUCCEEDED', stoppedAt: 2 })}\n`);
  assert.equal((await fraudctl('runs', 'prune', '--yes')).exitCode, 0);
  assert.deepEqual(await readdir(root), ['prune-records']);
});

test('a run is looked at again before it goes: who has begun to work in it meanwhile keeps it', async () => {
  const [begun = '', other = ''] = superseded;
  for (const id of [begun, other]) await run(id);
  const plan = { remove: [begun, other].map((name) => ({ name, bytes: 1 })), keep: [] };
  const at = instantSchema.parse('2026-02-21T03:24:20.000Z');
  const { record } = await pruneRuns(root, plan, at, async (name) => (name === begun ? 'begun' : null));
  assert.deepEqual(record.failed, [{ name: begun, why: 'somebody works in it: begun' }]);
  assert.deepEqual((await readdir(root)).sort(), [begun, 'prune-records'].sort());
});

test('what vanishes while a folder is looked through has no size', async () => {
  const folder = join(root, 'folder');
  await mkdir(join(folder, 'tmp', 'S4.1'), { recursive: true });
  for (const name of ['rows', 'tmp/part', 'tmp/S4.1/part'])
    await writeFile(join(folder, name), 'x'.repeat(10));
  const gone = (name: string) =>
    surveyFolder(folder, async (path: string) => {
      const early = path.endsWith(name) && !name.endsWith('part');
      const found = early ? await lstat(path) : undefined;
      if (path.endsWith(name)) await rm(path, { recursive: true, force: true });
      return found ?? (await lstat(path));
    });
  assert.equal((await gone('S4.1/part')).bytes, 20);
  assert.equal((await gone('tmp/S4.1')).bytes, 20, 'listed, and gone before its entries are');
  assert.equal((await gone('tmp')).bytes, 10);
  assert.equal((await gone('folder')).bytes, 0);
});

test('a run that a recorded closure names stays, as baseline, candidate or witness, also by a record that is broken', async () => {
  const [candidate = '', witness = '', stranger = ''] = superseded;
  for (const id of [candidate, witness, stranger]) await run(id);
  const records = join(home, 'evidence/evidence/local/phases/POPT.5/closures/segment-5a-s4');
  await mkdir(records, { recursive: true });
  const score = { candidate, score: { witnesses: [witness] } };
  await writeFile(join(records, `20260221T032420000Z-${candidate}.json`), JSON.stringify(score));
  await writeFile(join(records, '20260221T032421000Z-x.json'), `{"torn": "${witness}`);
  const listed = await fraudctl('runs', 'list');
  assert.match(listed.stdout, new RegExp(`${candidate} .*closure of POPT\\.5`));
  const done = await fraudctl('runs', 'prune', '--yes');
  assert.equal(done.exitCode, 0, done.stderr);
  assert.match(done.stdout, /removed 1 run, 0\.0 MiB/);
  assert.deepEqual((await readdir(root)).sort(), [candidate, witness, 'prune-records'].sort());
});

test('the list says how far each run came', async () => {
  const [passed = '', failed = '', begun = '', nothing = ''] = superseded;
  for (const id of [passed, failed, begun, nothing]) await run(id);
  const layer = (id: string) => join(root, id, 'data/layer2/5A');
  await mkdir(join(layer(passed), 'validation', 'manifest_fingerprint=a'), { recursive: true });
  await writeFile(join(layer(passed), 'validation', 'manifest_fingerprint=a', '_passed.flag'), '{}');
  await mkdir(join(layer(failed), 'validation_failed', 'manifest_fingerprint=a'), { recursive: true });
  for (const state of ['S0', 'S1', 'S3'])
    await mkdir(join(root, begun, 'reports/layer2/5A', `state=${state}`), { recursive: true });
  const listed = await fraudctl('runs', 'list');
  for (const [id, status] of [
    [passed, 'PASS'],
    [failed, 'FAIL'],
    [begun, 'to S3'],
    [nothing, 'empty'],
  ] as const) {
    assert.match(listed.stdout, new RegExp(`${id} +0\\.0 MiB +${status} `));
  }
});

test('a link is not followed and not removed, nor is anything that is no run', async () => {
  const [linked = '', real = ''] = superseded;
  await writeFile(join(outside, 'precious'), 'x');
  await symlink(outside, join(root, linked));
  await run(real);
  await symlink(outside, join(root, real, 'data', 'link'));
  await ageFolder(join(root, real), hour);
  await mkdir(join(root, 'worlds'));
  const done = await fraudctl('runs', 'prune', '--yes');
  assert.equal(done.exitCode, 0, done.stderr);
  assert.deepEqual((await readdir(root)).sort(), [linked, 'prune-records', 'worlds'].sort());
  assert.deepEqual(await readdir(outside), ['precious']);
});

test('a pruning that was killed leaves no half run: the next one removes what had left its name', async () => {
  const [gone = '', other = ''] = superseded;
  await mkdir(join(root, `.pruned-${gone}`, 'data'), { recursive: true });
  await run(other);
  const at = instantSchema.parse('2026-02-21T03:24:20.000Z');
  const unused = async () => null;
  await pruneRuns(root, { remove: [{ name: other, bytes: 1 }], keep: [] }, at, unused);
  assert.deepEqual(await readdir(root), ['prune-records']);
  // Two prunings of one millisecond: the second refuses to overwrite the record of the first.
  await assert.rejects(pruneRuns(root, { remove: [], keep: [] }, at, unused), /EEXIST/);
});

test('a runs root that is not there is refused', async () => {
  await rm(root, { recursive: true });
  const missing = await fraudctl('runs', 'prune');
  assert.equal(missing.exitCode, 64);
  assert.match(missing.stderr, /RUNS_ROOT_UNREADABLE/);
});

test('a plan never names what it must not', () => {
  const found = [
    {
      name: 'a'.repeat(32),
      kind: 'folder' as const,
      bytes: 1,
      status: 'PASS',
      inUse: null,
      referencedBy: [],
    },
    { name: 'b'.repeat(32), kind: 'other' as const, bytes: 1, status: null, inUse: null, referencedBy: [] },
    {
      name: 'C'.repeat(32),
      kind: 'folder' as const,
      bytes: 1,
      status: 'PASS',
      inUse: null,
      referencedBy: [],
    },
  ];
  const plan = planPrune(found, [], true);
  assert.ok('remove' in plan);
  assert.deepEqual(
    plan.remove.map(({ name }) => name),
    ['a'.repeat(32)],
  );
});
