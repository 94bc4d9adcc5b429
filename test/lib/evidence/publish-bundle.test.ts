import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import { findCredentials } from '../../../lib/evidence/format/credential-scan.ts';
import {
  fetchBundle,
  publishBundle,
  readBundleItem,
  readCommit,
} from '../../../lib/evidence/publish-bundle.ts';
import { refuseCredentials, refuseCredentialsInFile } from '../../../lib/evidence/refuse-credentials.ts';
import type { EvidenceStore } from '../../../lib/evidence/stores/evidence-store.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { verifyBundleFolder } from '../../../lib/evidence/verify-bundle.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { finished } from '../../support/local-environment.ts';
import { filesOf, sampleContent } from '../../support/sample-bundle.ts';

let root: string;
let made = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'publish-'));
});
after(() => rm(root, { recursive: true }));
const freshFolder = () => {
  made += 1;
  return join(root, String(made));
};
const killed = fileURLToPath(new URL('../../support/publish-bundle-killed.ts', import.meta.url));
const bundle = layOutBundle(sampleContent());
const other = layOutBundle(
  sampleContent({ verdict: { result: 'FAIL', reasons: [] }, items: sampleContent().items.slice(1) }),
);

async function expectWhole(store: EvidenceStore): Promise<void> {
  const folder = freshFolder();
  assert.equal((await fetchBundle(store, 'runs/', folder)).bundle_digest_sha256, bundle.digest);
  assert.equal((await verifyBundleFolder(folder)).verdict, 'whole-pass');
}

test('published once, then identical, also with other clocks; another bundle is a conflict and changes nothing', async () => {
  const store = createFolderStore(freshFolder());
  assert.equal((await publishBundle(store, 'runs/', bundle)).kind, 'published');
  assert.equal((await publishBundle(store, 'runs/', bundle)).kind, 'identical');
  const later = layOutBundle(sampleContent({ clocks: { at: 'later' } }));
  assert.equal((await publishBundle(store, 'runs/', later)).kind, 'identical');
  const conflict = await publishBundle(store, 'runs/', other);
  assert.equal(conflict.kind === 'conflict' && conflict.existing.bundle_digest_sha256, bundle.digest);
  await expectWhole(store);
});

test('twenty publishers of different bundles: one committed, whole', async () => {
  const store = createFolderStore(freshFolder());
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => publishBundle(store, 'runs/', index % 2 === 0 ? bundle : other)),
  );
  assert.equal(outcomes.filter(({ kind }) => kind === 'published').length, 1);
  const commit = await readCommit(store, 'runs/');
  const folder = freshFolder();
  await fetchBundle(store, 'runs/', folder);
  assert.equal((await verifyBundleFolder(folder)).bundleDigest, commit?.bundle_digest_sha256);
});

const puts = filesOf(bundle).size + 1;
for (let put = 1; put <= puts; put += 1) {
  test(`a publish that fails at put ${put} of ${puts} leaves nothing or the whole, and a retry resumes`, async () => {
    const inner = createFolderStore(freshFolder());
    let count = 0;
    const failing: EvidenceStore = {
      ...inner,
      putIfAbsent: async (...parameters) => {
        count += 1;
        if (count === put) throw new Error('the disk is gone');
        return await inner.putIfAbsent(...parameters);
      },
    };
    await assert.rejects(publishBundle(failing, 'runs/', bundle), /the disk is gone/);
    assert.equal(await readCommit(inner, 'runs/'), undefined);
    assert.equal((await publishBundle(inner, 'runs/', bundle)).kind, 'published');
    await expectWhole(inner);
  });
}

for (const [put, moment] of [
  [1, 'before'],
  [1, 'after'],
  [4, 'after'],
  [puts - 1, 'after'],
  [puts, 'before'],
  [puts, 'after'],
] as const) {
  test(`a publisher killed ${moment} put ${put}: nothing or the whole, and the next one finishes`, async () => {
    const folder = freshFolder();
    const dead = await finished(
      spawn(process.execPath, [killed, folder, String(put), moment], { stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    assert.equal(dead.exitCode, null);
    const store = createFolderStore(folder);
    const committed = put === puts && moment === 'after';
    assert.equal((await readCommit(store, 'runs/')) !== undefined, committed);
    assert.equal((await publishBundle(store, 'runs/', bundle)).kind, committed ? 'identical' : 'published');
    await expectWhole(store);
  });
}

test('somebody else below the digest of an unfinished publish is a conflict', async () => {
  const store = createFolderStore(freshFolder());
  const location = `runs/bundles/${bundle.digest}/${bundle.statementDigest.slice(0, 16)}/`;
  await store.putIfAbsent(`${location}data/verdict.json`, new TextEncoder().encode('other'));
  await assert.rejects(
    publishBundle(store, 'runs/', bundle),
    (error) => isPlatformError(error) && error.failure.code === 'STAGED_FILE_ALTERED',
  );
  assert.equal(await readCommit(store, 'runs/'), undefined);
});

test('a bundle whose files are gone is fetched as what is left of it, and is broken', async () => {
  const folder = freshFolder();
  const store = createFolderStore(folder);
  await publishBundle(store, 'runs/', bundle);
  await rm(join(folder, 'runs/bundles'), { recursive: true });
  const copy = freshFolder();
  assert.equal((await fetchBundle(store, 'runs/', copy)).bundle_digest_sha256, bundle.digest);
  const report = await verifyBundleFolder(copy);
  assert.equal(report.verdict, 'broken');
  assert.ok(report.items.some(({ path, state }) => path === 'manifest-sha256.txt' && state === 'missing'));
});

test('an item is read only when it is what the committed bundle says', async () => {
  const folder = freshFolder();
  const store = createFolderStore(folder);
  const outcome = await publishBundle(store, 'runs/', bundle);
  assert.ok(outcome.kind === 'published');
  const read = () => readBundleItem(store, 'runs/', outcome.commit, 'data/verdict.json');
  assert.ok(await read());
  await writeFile(join(folder, 'runs', outcome.commit.location, 'data/verdict.json'), 'altered');
  assert.equal(await read(), undefined);
});

test('a credential in any item refuses the publish before the first put', async () => {
  const store = createFolderStore(freshFolder());
  const content = new TextEncoder().encode('{"dsn":"postgresql://user:word-of-pass@host/db"}');
  const leaking = layOutBundle(sampleContent({ items: [{ path: 'leak.json', origin: 'native', content }] }));
  await assert.rejects(publishBundle(store, 'runs/', leaking), (error) => {
    assert.ok(isPlatformError(error));
    assert.deepEqual(
      [error.failure.code, error.exitCode, error.failure.where],
      ['CREDENTIAL_FOUND', 65, 'data/leak.json:1'],
    );
    assert.ok(!JSON.stringify(error.failure).includes('word-of-pass'));
    return true;
  });
  for await (const { key } of store.list('')) assert.fail(`${key} was put`);
});

const credentials: readonly [string, string][] = [
  ['an access key id', `id AKIA${'A'.repeat(16)}`],
  ['a temporary access key id', `"ASIA${'B2'.repeat(8)}"`],
  ['a secret access key', `aws_secret_access_key = ${'a/+1'.repeat(10)}`],
  ['a private key', '-----BEGIN EC PRIVATE KEY-----'],
  ['a DSN with a password', 'postgresql://user:word@host:5432/db'],
  ['a URL with a password', 'https://user:word@host/'],
  ['a token', `eyJ${'a'.repeat(12)}.eyJ${'b'.repeat(12)}.${'c'.repeat(12)}`],
  ['a bearer', `Authorization: Bearer ${'t'.repeat(20)}`],
  ['a password in JSON', '{"password":"correct-horse"}'],
  ['an API key', `api_key: 'k${'1'.repeat(12)}'`],
];
for (const [what, text] of credentials) {
  test(`finds ${what}, on its line`, () => {
    assert.deepEqual(
      findCredentials(`first\n${text}\nlast`).map(({ line }) => line),
      [2],
    );
  });
}

const harmless = [
  'a secret is not told',
  'keys begin with AKIA',
  '/fraud-platform/local/database/probe/dsn',
  'postgresql://user@host/db',
  'a'.repeat(64),
  'password: see the vault',
  '{"password":null}',
  'http://host:8080/path',
  'x'.repeat(200_000),
  'user:word@host',
];
for (const text of harmless) {
  test(`finds nothing in ${text.slice(0, 40)}`, () => assert.deepEqual(findCredentials(text), []));
}

const secret = 'S3cret+value/with=signs';
for (const [what, disguised] of [
  ['as it is', secret],
  ['percent-encoded', encodeURIComponent(secret)],
  ['in Base64', Buffer.from(secret).toString('base64')],
  ['in JSON', JSON.stringify(secret)],
] as const) {
  test(`finds a known secret ${what}`, () => {
    assert.equal(findCredentials(`text ${disguised} text`, [secret]).length, 1);
  });
}

test('finds the password of a known DSN alone, and never repeats it', () => {
  const dsn = `postgresql://user:${encodeURIComponent(secret)}@host/db?sslmode=verify-full`;
  assert.throws(
    () => refuseCredentials('log', new TextEncoder().encode(`pw ${secret}`), [dsn]),
    (error) => isPlatformError(error) && !JSON.stringify(error.failure).includes(secret),
  );
});

test('nothing hides on the border between two chunks of a file', async () => {
  const folder = freshFolder();
  await createFolderStore(folder).putIfAbsent('x', new Uint8Array());
  const file = join(folder, 'large');
  await writeFile(file, `${'x'.repeat(1024 * 1024 - 10)}${secret}${'y'.repeat(1000)}`);
  await assert.rejects(refuseCredentialsInFile('large', file, [secret]), (error) => isPlatformError(error));
  await writeFile(file, 'x'.repeat(3 * 1024 * 1024));
  await refuseCredentialsInFile('large', file, [secret]);
});
