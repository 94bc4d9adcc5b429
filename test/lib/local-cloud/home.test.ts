import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Home, homeAt, prepareHome } from '../../../lib/local-cloud/home.ts';

let folder: string;
let home: Home;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'home-'));
  home = homeAt(join(folder, 'home'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

/** Every folder of a home that others may enter or list. */
async function openFolders(): Promise<readonly string[]> {
  const entries = await readdir(home.root, { withFileTypes: true });
  const modes = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => `${name} ${await modeOf(join(home.root, name))}`),
  );
  return modes.filter((mode) => !mode.endsWith(' 700'));
}

test('a home leaves others a way to PostgreSQL, and nothing else, whoever writes first', async () => {
  await prepareHome(home);
  assert.equal(await modeOf(home.root), '711');
  for (const part of [home.mirror, home.services, home.runs, home.reports])
    await mkdir(part, { recursive: true });
  assert.deepEqual(await openFolders(), []);
});

test('a home that an earlier version left open is closed, but for PostgreSQL', async () => {
  await prepareHome(home);
  await rm(home.reports, { recursive: true });
  for (const part of [home.evidence, home.runs, home.logs]) await chmod(part, 0o755);
  await mkdir(home.postgres);
  await chmod(home.postgres, 0o755);
  await prepareHome(home);
  assert.deepEqual(await openFolders(), ['postgres 755']);
});
