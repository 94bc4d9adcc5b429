import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import { publishObject } from '../../../../lib/evidence/publish-object.ts';
import type { EvidenceStore } from '../../../../lib/evidence/stores/evidence-store.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** What every evidence store must do, whatever is behind it. `makeStore` gives an empty one. */
export function storeConformance(name: string, makeStore: () => Promise<EvidenceStore>): void {
  test(`${name}: what is put is read back, with its digest`, async () => {
    const store = await makeStore();
    const put = await store.putIfAbsent('a/b/c.json', bytes('{}'));
    assert.deepEqual(put, { kind: 'stored', sha256: sha256Of('{}') });
    assert.deepEqual(new Uint8Array((await store.get('a/b/c.json')) ?? []), bytes('{}'));
  });

  test(`${name}: a key is written once`, async () => {
    const store = await makeStore();
    await store.putIfAbsent('key', bytes('first'));
    assert.deepEqual(await store.putIfAbsent('key', bytes('second')), {
      kind: 'exists',
      sha256: sha256Of('first'),
    });
    assert.equal(new TextDecoder().decode(await store.get('key')), 'first');
  });

  test(`${name}: an absent key is undefined, not an error`, async () => {
    const store = await makeStore();
    assert.equal(await store.get('no/such/key'), undefined);
    assert.equal(await store.fetchTo('no/such/key', join(tmpdir(), 'never')), false);
  });

  test(`${name}: empty content is content`, async () => {
    const store = await makeStore();
    await store.putIfAbsent('empty', new Uint8Array());
    assert.equal((await store.get('empty'))?.byteLength, 0);
  });

  test(`${name}: files go in and come out byte for byte`, async () => {
    const store = await makeStore();
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    try {
      const content = Buffer.alloc(3_000_000, 'evidence');
      await writeFile(join(folder, 'in'), content);
      assert.equal((await store.putFileIfAbsent('large', join(folder, 'in'))).sha256, sha256Of(content));
      assert.equal(await store.fetchTo('large', join(folder, 'out')), true);
      assert.deepEqual(await readFile(join(folder, 'out')), content);
      await assert.rejects(
        store.fetchTo('large', join(folder, 'out')),
        'an existing file is not overwritten',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test(`${name}: keys are listed by prefix, in byte order, with sizes`, async () => {
    const store = await makeStore();
    for (const key of ['b/2', 'a/1', 'a/10', 'a/2/x', 'ab']) await store.putIfAbsent(key, bytes(key));
    const list = async (prefix: string) => {
      const found: string[] = [];
      for await (const { key, size } of store.list(prefix)) {
        assert.equal(size, key.length);
        found.push(key);
      }
      return found;
    };
    assert.deepEqual(await list('a/'), ['a/1', 'a/10', 'a/2/x']);
    assert.deepEqual(await list('a/1'), ['a/1', 'a/10']);
    assert.deepEqual(await list(''), ['a/1', 'a/10', 'a/2/x', 'ab', 'b/2']);
    assert.deepEqual(await list('nothing/'), []);
  });

  for (const key of [
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/../b',
    '.',
    'a/./b',
    'a b',
    'a\\b',
    'a\0b',
    '~a',
    'é',
    'x'.repeat(901),
  ]) {
    test(`${name}: the key ${JSON.stringify(key.slice(0, 12))} is refused`, async () => {
      const store = await makeStore();
      const refused = (error: unknown) =>
        isPlatformError(error) && error.failure.code === 'EVIDENCE_KEY_INVALID' && error.exitCode === 64;
      await assert.rejects(store.putIfAbsent(key, bytes('x')), refused);
      await assert.rejects(store.get(key), refused);
    });
  }

  test(`${name}: of many concurrent puts of one key exactly one is stored`, async () => {
    const store = await makeStore();
    const same = await Promise.all(
      Array.from({ length: 20 }, () => publishObject(store, 'same', bytes('same'))),
    );
    assert.deepEqual(
      same.map(({ kind }) => kind).sort(),
      ['identical', ...Array(18).fill('identical'), 'published'].sort(),
    );
    const different = await Promise.all(
      Array.from({ length: 20 }, (_, index) => publishObject(store, 'other', bytes(String(index)))),
    );
    const winner = different.findIndex(({ kind }) => kind === 'published');
    assert.equal(different.filter(({ kind }) => kind === 'conflict').length, 19);
    assert.equal(new TextDecoder().decode(await store.get('other')), String(winner));
  });

  test(`${name}: an aborted call does nothing`, async () => {
    const store = await makeStore();
    await assert.rejects(store.putIfAbsent('late', bytes('x'), AbortSignal.abort()));
    assert.equal(await store.get('late'), undefined);
  });
}
