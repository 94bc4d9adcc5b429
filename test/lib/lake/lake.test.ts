import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import type { EvidenceStore } from '../../../lib/evidence/stores/evidence-store.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { nearFile, nearFolder } from '../../../lib/lake/bring-near.ts';
import { fetchFiles, listSets, readSet } from '../../../lib/lake/fetch-files.ts';
import { fileSetSchema } from '../../../lib/lake/file-set.ts';
import { fetchFolder, keepFolder } from '../../../lib/lake/folders.ts';
import { inParallel } from '../../../lib/lake/in-parallel.ts';
import { filesBelow, keepFiles } from '../../../lib/lake/keep-files.ts';
import { startFakeS3 } from '../../fakes/s3/fake-s3.ts';
import { refusedWith } from '../../support/refused-with.ts';
import { s3Variables } from '../../support/s3-environment.ts';

const never = new AbortController().signal;
let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lake-'));
});
after(() => rm(root, { recursive: true }));

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(root, 'folder-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

type Kept = { readonly store: EvidenceStore; readonly storeFolder: string };
async function emptyLake(): Promise<Kept> {
  const storeFolder = await mkdtemp(join(root, 'store-'));
  return { store: createFolderStore(storeFolder), storeFolder };
}

test('a folder comes back as it was kept, and keeping it again changes nothing', async () => {
  const { store } = await emptyLake();
  const folder = await folderOf({
    'data/a=1/x.parquet': 'x',
    'data/a=2/x.parquet': 'x',
    'statement.json': '1',
  });
  assert.equal(await keepFolder(store, 'worlds/one/', folder, never), 'kept');
  assert.equal(await keepFolder(store, 'worlds/one/', folder, never), 'identical');
  await writeFile(join(folder, 'statement.json'), 'another clock');
  assert.equal(await keepFolder(store, 'worlds/one/', folder, never), 'identical');
  const copy = join(root, 'copy');
  await fetchFolder(store, 'worlds/one/', copy, never);
  assert.deepEqual(await filesBelow(copy), ['data/a=1/x.parquet', 'data/a=2/x.parquet', 'statement.json']);
  assert.equal(await readFile(join(copy, 'statement.json'), 'utf8'), '1');
});

test('another folder under the same name is a conflict and changes nothing', async () => {
  const { store } = await emptyLake();
  await keepFolder(store, 'one/', await folderOf({ a: '1' }), never);
  const set = await readSet(store, 'one/', 'folder', never);
  for (const other of [{ a: '2' }, { a: '1', b: '1' }, { b: '1' }]) {
    await assert.rejects(
      keepFolder(store, 'one/', await folderOf(other), never),
      refusedWith('LAKE_FOLDER_CONFLICT'),
    );
  }
  assert.deepEqual(await readSet(store, 'one/', 'folder', never), set);
});

test('what was not committed does not exist, and a file that nobody committed is in nobody’s way', async () => {
  const { store } = await emptyLake();
  const folder = await folderOf({ a: '1', b: '2' });
  const failing: EvidenceStore = {
    ...store,
    putIfAbsent: async () => {
      throw new Error('the lake is gone');
    },
  };
  await assert.rejects(keepFiles(failing, 'x/', 'set', folder, ['a', 'b'], never), /gone/);
  assert.deepEqual(await listSets(store, 'x/', '', never), []);
  await assert.rejects(readSet(store, 'x/', 'set', never), refusedWith('LAKE_SET_MISSING'));
  assert.equal((await keepFiles(store, 'x/', 'set', folder, ['a'], never)).kind, 'kept');
  assert.deepEqual(await listSets(store, 'x/', '', never), ['set']);
});

test('a file that is gone, altered or under a foreign digest is found out', async () => {
  const { store, storeFolder } = await emptyLake();
  const folder = await folderOf({ a: '1' });
  const { set } = await keepFiles(store, 'x/', 'set', folder, ['a'], never);
  const kept = join(storeFolder, `x/files/${sha256Of('1')}`);
  const target = () => mkdtemp(join(root, 'target-'));
  await writeFile(kept, '2');
  await assert.rejects(fetchFiles(store, 'x/', set, await target(), never), refusedWith('LAKE_FILE_CORRUPT'));
  await assert.rejects(
    keepFiles(store, 'x/', 'other', folder, ['a'], never),
    refusedWith('LAKE_FILE_ALTERED'),
  );
  await rm(kept);
  await assert.rejects(fetchFiles(store, 'x/', set, await target(), never), refusedWith('LAKE_FILE_MISSING'));
  await store.putIfAbsent('x/sets/bad.json', canonicalBytes({ schema: 'another' }));
  await assert.rejects(readSet(store, 'x/', 'bad', never), refusedWith('LAKE_SET_MALFORMED'));
});

for (const path of ['../outside', '/etc/passwd', 'a/../../b', 'a//b', '', 'a/./b', 'a\0b']) {
  test(`a set that names ${JSON.stringify(path)} is no set: nothing is written outside a folder`, () => {
    const set = { schema: 'fraud-platform/file-set/v1', files: [{ path, sha256: sha256Of(''), size: 0 }] };
    assert.equal(fileSetSchema.safeParse(set).success, false);
  });
}

test('many at a time: every result in its place, and the first failure is told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer(), { maxLength: 40 }), async (items) => {
      assert.deepEqual(
        await inParallel(items, async (item) => item * 2),
        items.map((item) => item * 2),
      );
    }),
    { numRuns: 30 },
  );
  await assert.rejects(
    inParallel([1, 2, 3], async (item) => {
      if (item === 2) throw new Error('two');
    }),
    /two/,
  );
});

test('a failure is told when nobody works any more, and nothing is begun after it', async () => {
  const begun: number[] = [];
  let atWork = 0;
  const items = Array.from({ length: 40 }, (_, item) => item);
  await assert.rejects(
    inParallel(items, async (item) => {
      begun.push(item);
      if (item === 3) throw new Error('the first');
      atWork += 1;
      await delay(20);
      atWork -= 1;
      if (item === 5) throw new Error('a later one');
    }),
    /the first/,
  );
  assert.equal(atWork, 0);
  assert.deepEqual(begun, items.slice(0, 8));
});

test('a place on a disk is used as it is; one in the lake is brought near', async () => {
  const fake = await startFakeS3({ buckets: [{ name: 'lake-bucket' }] });
  Object.assign(process.env, s3Variables(fake));
  try {
    const scratch = await mkdtemp(join(root, 'near-'));
    assert.equal(await nearFolder('/some/folder', scratch, never), '/some/folder');
    assert.equal(await nearFile('/some/file.ndjson', scratch, never), '/some/file.ndjson');
    assert.deepEqual(await readdir(scratch), []);
    const place = 's3://lake-bucket/lake/events/one.ndjson';
    await assert.rejects(nearFile(place, scratch, never), refusedWith('LAKE_FILE_MISSING'));
    fake.bucket('lake-bucket').put('lake/events/one.ndjson', Buffer.from('line\n'));
    assert.equal(await readFile(await nearFile(place, scratch, never), 'utf8'), 'line\n');
  } finally {
    await fake.close();
  }
});
