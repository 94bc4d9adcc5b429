import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeWhole } from '../../../lib/files/write-whole.ts';
import { finished } from '../../support/local-environment.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whole-'));
  file = join(folder, 'score.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a file is written with its mode, and takes the place of another only when told to', async () => {
  await writeWhole(file, 'first', { replace: false, mode: 0o600 });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await assert.rejects(writeWhole(file, 'second', { replace: false }), { code: 'EEXIST' });
  assert.equal(await readFile(file, 'utf8'), 'first');
  await writeWhole(file, 'second', { replace: true });
  assert.equal(await readFile(file, 'utf8'), 'second');
  assert.deepEqual(await readdir(folder), ['score.json']);
});

const here = import.meta.dirname;
const preload = pathToFileURL(join(here, '..', '..', 'support', 'crash', 'die-at-await.ts')).href;
const subject = pathToFileURL(join(here, '..', '..', '..', 'lib', 'files', 'write-whole.ts')).href;

for (const [at, moment] of [
  ['writeFile folder#1', 'half'],
  ['writeFile folder#1', 'after'],
  ['rename folder#1', 'after'],
] as const) {
  test(`a writer killed ${moment} ${at} leaves the old content or the new, and nothing once it is old`, async () => {
    await writeFile(file, 'old');
    const program = `import { writeWhole } from ${JSON.stringify(subject)}; await writeWhole(${JSON.stringify(file)}, 'new and longer', { replace: true });`;
    const killed = await finished(
      spawn(process.execPath, ['--import', preload, '--input-type=module', '-e', program], {
        env: { ...process.env, CRASH_AT: at, CRASH_MOMENT: moment, CRASH_PLACES: `folder=${folder}` },
      }),
    );
    assert.equal(killed.exitCode, null);
    assert.equal(await readFile(file, 'utf8'), at.startsWith('rename') ? 'new and longer' : 'old');
    const parts = (await readdir(folder)).filter((name) => name !== 'score.json');
    // While it may be somebody's who still writes, it stays.
    await writeWhole(join(folder, 'other'), '', { replace: true });
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.partial')),
      parts,
    );
    const old = new Date(Date.now() - 7_200_000);
    for (const name of parts) await utimes(join(folder, name), old, old);
    await writeWhole(file, 'again', { replace: true });
    assert.deepEqual((await readdir(folder)).sort(), ['other', 'score.json']);
  });
}
