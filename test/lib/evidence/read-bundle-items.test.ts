import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { itemsPath, layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { publishBundle } from '../../../lib/evidence/publish-bundle.ts';
import { readBundleItems } from '../../../lib/evidence/read-bundle-items.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { refusedWith } from '../../support/refused-with.ts';
import { sampleContent } from '../../support/sample-bundle.ts';

const root = await mkdtemp(join(tmpdir(), 'bundle-items-'));
after(() => rm(root, { recursive: true }));
const signal = new AbortController().signal;
const bundle = layOutBundle(sampleContent());

/** A published bundle in a store of its own, and where its list of items lies. */
async function published(name: string) {
  const store = createFolderStore(join(root, name));
  const outcome = await publishBundle(store, 'runs/', bundle);
  assert.ok(outcome.kind === 'published');
  return { store, list: join(root, name, 'runs', outcome.commit.location, itemsPath) };
}

test('the items of a committed bundle, by their path below data', async () => {
  const { store } = await published('whole');
  const { items, bundleDigest } = await readBundleItems(store, 'runs/', signal);
  assert.equal(bundleDigest, bundle.digest);
  assert.deepEqual(
    items.map(({ path, origin }) => [path, origin]),
    [
      ['launches/Run/0/result.json', 'native'],
      ['verdict.json', 'derived'],
    ],
  );
});

test('a bundle whose list of items is gone, or of other bytes, is unreadable', async () => {
  const gone = await published('gone');
  await rm(gone.list);
  await assert.rejects(() => readBundleItems(gone.store, 'runs/', signal), refusedWith('BUNDLE_UNREADABLE'));
  const altered = await published('altered');
  await writeFile(altered.list, '{"items":[]}');
  await assert.rejects(
    () => readBundleItems(altered.store, 'runs/', signal),
    refusedWith('BUNDLE_UNREADABLE'),
  );
});

test('a bundle whose list of items is of another version is unreadable, not a defect', async () => {
  const { store, list } = await published('newer');
  const folder = join(list, '..', '..');
  const newer = '{"items":[],"schema":"of a later day"}';
  await writeFile(list, newer);
  const manifest = join(folder, 'manifest-sha256.txt');
  const text = (await readFile(manifest, 'utf8')).replace(
    new RegExp(`[0-9a-f]{64}(?=  ${itemsPath}\n)`),
    sha256Of(newer),
  );
  await writeFile(manifest, text);
  const commit = join(root, 'newer', 'runs', 'bundle.commit.json');
  const vouched = (await readFile(commit, 'utf8')).replaceAll(bundle.digest, sha256Of(text));
  await writeFile(commit, vouched);
  const bundles = join(root, 'newer', 'runs', 'bundles');
  await rename(join(bundles, bundle.digest), join(bundles, sha256Of(text)));
  await assert.rejects(
    () => readBundleItems(store, 'runs/', signal),
    (error) => refusedWith('BUNDLE_UNREADABLE')(error) && /this version/.test(String(error)),
  );
});
