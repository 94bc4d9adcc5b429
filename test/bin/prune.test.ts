import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { planPrune } from '../../lib/gates/closure/plan-prune.ts';
import { pruneRuns } from '../../lib/operator/runs-root.ts';
import { instantSchema } from '../../lib/vocabulary/instant.ts';

const program = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));
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
  await pruneRuns(root, { remove: [{ name: other, bytes: 1 }], keep: [] }, at);
  assert.deepEqual(await readdir(root), ['prune-records']);
  // Two prunings of one millisecond: the second refuses to overwrite the record of the first.
  await assert.rejects(pruneRuns(root, { remove: [], keep: [] }, at), /EEXIST/);
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
      leased: false,
      referencedBy: [],
    },
    { name: 'b'.repeat(32), kind: 'other' as const, bytes: 1, status: null, leased: false, referencedBy: [] },
    {
      name: 'C'.repeat(32),
      kind: 'folder' as const,
      bytes: 1,
      status: 'PASS',
      leased: false,
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
