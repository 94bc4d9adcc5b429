import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolderStore } from '../../../../lib/evidence/stores/folder-store.ts';
import { openStore } from '../../../../lib/evidence/stores/open-store.ts';
import { storeFailure } from '../../../../lib/evidence/stores/store-failures.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { finished } from '../../../support/local-environment.ts';
import { storeConformance } from './conformance.ts';

let root: string;
let made = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'store-'));
});
after(() => rm(root, { recursive: true }));

const freshFolder = () => {
  made += 1;
  return join(root, String(made));
};
const publisher = fileURLToPath(new URL('../../../support/publish-one.ts', import.meta.url));

storeConformance('folder store', async () => createFolderStore(freshFolder()));

for (const [what, contentOf, expected] of [
  ['the same content', () => 'same', 'identical'],
  ['contents of their own', (index: number) => `content ${index}`, 'conflict'],
] as const) {
  test(`twenty processes publish one key with ${what}: one published, the others ${expected}`, async () => {
    const folder = freshFolder();
    const at = String(Date.now() + 2_500);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        finished(
          spawn(process.execPath, [publisher, folder, 'contested/key', contentOf(index), at], {
            stdio: ['ignore', 'pipe', 'pipe'],
          }),
        ),
      ),
    );
    const kinds = outcomes.map(({ stdout }) => stdout);
    assert.equal(kinds.filter((kind) => kind === 'published').length, 1, kinds.join());
    assert.equal(kinds.filter((kind) => kind === expected).length, 19, kinds.join());
    const winner = contentOf(kinds.indexOf('published'));
    assert.equal(new TextDecoder().decode(await createFolderStore(folder).get('contested/key')), winner);
    assert.deepEqual(await readdir(join(folder, 'contested')), ['key'], 'nothing else is left');
  });
}

test('a symbolic link in the way is refused, not followed', async () => {
  const folder = freshFolder();
  const outside = freshFolder();
  await mkdir(outside, { recursive: true });
  await mkdir(folder, { recursive: true });
  await symlink(outside, join(folder, 'link'));
  const store = createFolderStore(folder);
  const refused = (error: unknown) => isPlatformError(error) && error.failure.code === 'EVIDENCE_SYMLINK';
  await assert.rejects(store.putIfAbsent('link/key', new Uint8Array()), refused);
  await assert.rejects(store.get('link/key'), refused);
  await assert.rejects(async () => {
    for await (const _ of store.list(''));
  }, refused);
  assert.deepEqual(await readdir(outside), []);
});

test('a store that cannot be written says so: 75 or 77, with where and a remedy', async () => {
  const file = freshFolder();
  await writeFile(file, '');
  for (const folder of [join(file, 'below'), '/dev/null']) {
    const store = createFolderStore(folder);
    await assert.rejects(store.putIfAbsent('key', new Uint8Array()), (error) => {
      assert.ok(isPlatformError(error));
      assert.match(error.failure.code, /^EVIDENCE_STORE_(UNAVAILABLE|NOT_PERMITTED)$/);
      assert.ok(error.failure.where?.includes(folder));
      return true;
    });
  }
});

const errors: readonly [string, string, number][] = [
  ['EACCES', 'EVIDENCE_STORE_NOT_PERMITTED', 77],
  ['EROFS', 'EVIDENCE_STORE_NOT_PERMITTED', 77],
  ['EPERM', 'EVIDENCE_STORE_NOT_PERMITTED', 77],
  ['ENOSPC', 'EVIDENCE_STORE_FULL', 75],
  ['EDQUOT', 'EVIDENCE_STORE_FULL', 75],
  ['EFBIG', 'EVIDENCE_STORE_FULL', 75],
  ['EIO', 'EVIDENCE_STORE_UNAVAILABLE', 75],
];
for (const [code, expected, exitCode] of errors) {
  test(`${code} is ${expected}`, () => {
    const failure = storeFailure(Object.assign(new Error('x'), { code }), 'file:///store/', 'key');
    assert.deepEqual([failure.failure.code, failure.exitCode], [expected, exitCode]);
  });
}

test('a disk that is full leaves nothing behind, and the next put works', async () => {
  const folder = freshFolder();
  const content = 'x'.repeat(64 * 1024);
  // A limit on the size of files is a disk of that size, for one process.
  const full = await finished(
    spawn(
      'prlimit',
      ['--fsize=4096', '--', process.execPath, '--disable-warning=all', publisher, folder, 'big', content],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ),
  );
  assert.equal(full.stdout, 'EVIDENCE_STORE_FULL', full.stderr);
  assert.deepEqual(await readdir(folder), ['~staging']);
  assert.deepEqual(await readdir(join(folder, '~staging')), []);
  const store = createFolderStore(folder);
  assert.equal((await store.putIfAbsent('big', new TextEncoder().encode(content))).kind, 'stored');
});

test('what a dead writer left is removed once it is old, and never listed', async () => {
  const folder = freshFolder();
  const store = createFolderStore(folder);
  await store.putIfAbsent('key', new Uint8Array());
  const staging = join(folder, '~staging');
  await writeFile(join(staging, 'stale'), '');
  await utimes(join(staging, 'stale'), 0, 0);
  await writeFile(join(staging, 'fresh'), '');
  await createFolderStore(folder).putIfAbsent('other', new Uint8Array());
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  assert.deepEqual(keys, ['key', 'other']);
  assert.deepEqual(await readdir(staging), ['fresh']);
});

for (const url of [
  '',
  'evidence',
  './evidence',
  'http://host/',
  'file://host/share',
  's3:',
  's3://',
  's3:///prefix',
  's3://Bucket/prefix',
  's3://bucket/a/../b',
  's3://bucket//a',
  's3://bucket/a?versionId=1',
  'file:///x?y=1',
]) {
  test(`${JSON.stringify(url)} is no store`, () => {
    assert.throws(
      () => openStore(url),
      (error) => isPlatformError(error) && error.failure.code === 'EVIDENCE_STORE_MALFORMED',
    );
  });
}
