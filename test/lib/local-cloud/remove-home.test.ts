import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { homeAt, prepareHome } from '../../../lib/local-cloud/home.ts';
import { partName, removeState, stateOfHome } from '../../../lib/local-cloud/remove-home.ts';
import { bytesBelow } from '../../../lib/local-cloud/state-on-disk.ts';
import { refusedWith } from '../../support/refused-with.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remove-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a home goes with all that belongs to it, and what else is in its folder stays', async () => {
  const home = homeAt(join(folder, 'home'));
  await prepareHome(home);
  await mkdir(join(home.runs, 'worlds'), { recursive: true });
  await writeFile(join(home.evidence, 'bundle'), 'x'.repeat(10_000));
  await writeFile(join(home.root, 'letter.txt'), 'mine');
  // A link out of the home is removed, never followed.
  await mkdir(join(folder, 'elsewhere'));
  await writeFile(join(folder, 'elsewhere', 'kept'), 'kept');
  await symlink(join(folder, 'elsewhere'), join(home.logs, 'link'));

  const parts = await stateOfHome(home.root);
  assert.equal(parts.at(-1)?.path, home.layout, 'what says that it is a home goes last');
  const evidence = parts.find((part) => partName(home.root, part) === 'evidence');
  assert.ok((evidence?.bytes ?? 0) >= 10_000);
  await removeState(home.root, parts);
  assert.deepEqual(await readdir(home.root), ['letter.txt']);
  assert.deepEqual(await readdir(join(folder, 'elsewhere')), ['kept']);
});

test('a home with nothing else in it is gone as a folder', async () => {
  const home = homeAt(join(folder, 'home'));
  await prepareHome(home);
  await removeState(home.root, await stateOfHome(home.root));
  await assert.rejects(stat(home.root), { code: 'ENOENT' });
});

test('a folder that is no home is refused, also when it looks like one', async () => {
  await mkdir(join(folder, 'evidence'));
  await assert.rejects(stateOfHome(folder), refusedWith('HOME_UNKNOWN'));
  await assert.rejects(stateOfHome(join(folder, 'nothing')), refusedWith('HOME_UNKNOWN'));
});

test('a part that cannot be removed is named', async () => {
  const home = homeAt(join(folder, 'home'));
  await prepareHome(home);
  const below = join(home.layout, 'below-a-file');
  await assert.rejects(removeState(home.root, [{ path: below, bytes: 0 }]), refusedWith('HOME_NOT_REMOVED'));
});

test('bytes are counted as they lie on the disk; what is not there counts nothing', async () => {
  await writeFile(join(folder, 'file'), 'x'.repeat(100_000));
  assert.ok((await bytesBelow([folder])) >= 100_000);
  assert.equal(await bytesBelow([join(folder, 'nothing')]), 0);
});
