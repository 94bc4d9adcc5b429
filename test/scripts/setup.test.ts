import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { completeLock, missingOptionalPackages, parseLock } from '../../scripts/lock/complete-lock.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

test('package.json, the lock file and setup name the same Node', () => {
  const manifest = z
    .object({ devDependencies: z.record(z.string(), z.string()) })
    .parse(read('package.json'));
  const source = readFileSync(join(root, 'scripts', 'setup', 'npm.mjs'), 'utf8');
  assert.equal(/pinnedNode = '([^']+)'/.exec(source)?.[1], manifest.devDependencies.node);
});

test('the lock file names the optional packages of every platform, and no registry', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  assert.deepEqual(missingOptionalPackages(parseLock(text)), [], 'run: node scripts/complete-lock.ts');
  assert.doesNotMatch(text, /"resolved"/);
});

test('a completed lock has an entry per missing platform and keeps those npm wrote', () => {
  const written = { version: '1.0.0', integrity: 'sha512-x', os: ['linux'], cpu: ['x64'], optional: true };
  const before = parseLock(
    JSON.stringify({
      lockfileVersion: 3,
      packages: {
        'node_modules/a': {
          optionalDependencies: { 'a-linux-x64': '1.0.0', '@a/win32-arm64-musl': '1.0.0' },
        },
        'node_modules/a-linux-x64': written,
      },
    }),
  );
  const { lock, added } = completeLock(before);
  assert.deepEqual(added, ['@a/win32-arm64-musl']);
  assert.deepEqual(lock.packages['node_modules/a-linux-x64'], written);
  assert.deepEqual(lock.packages['node_modules/@a/win32-arm64-musl'], {
    version: '1.0.0',
    os: ['win32'],
    cpu: ['arm64'],
    libc: ['musl'],
    optional: true,
  });
  assert.deepEqual(completeLock(lock), { lock, added: [] });
});

const contender = `
const { acquireLock } = await import(process.argv[1]);
const { appendFileSync } = await import('node:fs');
const release = await acquireLock(process.argv[2]);
appendFileSync(process.argv[3], 'in ' + process.pid + '\\n');
await new Promise((resolve) => setTimeout(resolve, 60));
appendFileSync(process.argv[3], 'out ' + process.pid + '\\n');
release();
`;

/** Runs setups that only take the lock, hold it and give it back; their diary, line by line. */
async function contend(folder: string, count: number): Promise<readonly string[]> {
  const diary = join(folder, 'diary');
  const lock = join(folder, 'lock');
  const args = ['--input-type=module', '-e', contender, join(root, 'scripts/setup/lock.mjs'), lock, diary];
  const exits = Array.from(
    { length: count },
    () =>
      new Promise<number | null>((resolve) => {
        spawn(process.execPath, args, { stdio: 'ignore' }).on('close', resolve);
      }),
  );
  assert.deepEqual(new Set(await Promise.all(exits)), new Set([0]));
  return readFileSync(diary, 'utf8').trim().split('\n');
}

test('setups take turns, also when they find the lock of a dead one, and leave nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'setup-'));
  try {
    for (const withDeadOwner of [false, true]) {
      if (withDeadOwner) {
        const dead = spawn(process.execPath, ['-e', '']);
        await new Promise((resolve) => dead.on('close', resolve));
        writeFileSync(join(folder, 'lock', 'setup.lock'), String(dead.pid));
      }
      rmSync(join(folder, 'diary'), { force: true });
      const lines = await contend(folder, 4);
      assert.equal(lines.length, 8);
      for (let turn = 0; turn < lines.length; turn += 2) {
        assert.equal(lines[turn]?.replace('in', 'out'), lines[turn + 1]);
      }
      assert.deepEqual(readdirSync(join(folder, 'lock')), []);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.equal(existsSync(folder), false);
});

test('an installation that was cut short is known by the next one, and only until one has ended well', async () => {
  const { beginInstallation, endInstallation, wasCutShort } = await import(
    join(root, 'scripts/setup/stamp.mjs')
  );
  const { removePackages } = await import(join(root, 'scripts/setup/npm.mjs'));
  const folder = mkdtempSync(join(tmpdir(), 'setup-'));
  try {
    mkdirSync(join(folder, '.toolchain'));
    assert.equal(wasCutShort(folder), false);
    beginInstallation(folder);
    mkdirSync(join(folder, 'node_modules', 'half'), { recursive: true });
    assert.equal(wasCutShort(folder), true);
    await removePackages(folder);
    assert.deepEqual(readdirSync(folder), ['.toolchain'], 'nothing half is built upon');
    assert.equal(wasCutShort(folder), true, 'until the packages were started once');
    endInstallation(folder);
    assert.equal(wasCutShort(folder), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a process is ended with everything that it started, and nothing else is', async () => {
  const { endTree } = await import(join(root, 'scripts/setup/process-tree.mjs'));
  const sleeper = "require('node:child_process').spawn('sleep', ['60'])";
  const program = `const child = ${sleeper}; console.log(child.pid); setInterval(() => {}, 1000);`;
  const [mine, other] = [0, 1].map(() =>
    spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const grandchildren = await Promise.all(
    [mine, other].map(
      (child) => new Promise<number>((resolve) => child?.stdout?.once('data', (pid) => resolve(Number(pid)))),
    ),
  );
  // A killed process whose parent has not looked yet is still listed, as a zombie.
  const runs = (pid: number) =>
    existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  endTree(mine?.pid);
  for (let attempt = 0; runs(grandchildren[0] ?? 0) && attempt < 200; attempt += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(grandchildren.map(runs), [false, true]);
  endTree(other?.pid);
});
