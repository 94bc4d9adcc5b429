import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import { publishObject } from '../../../../lib/evidence/publish-object.ts';
import type { EvidenceStore } from '../../../../lib/evidence/stores/evidence-store.ts';
import { openStore } from '../../../../lib/evidence/stores/open-store.ts';
import { createS3Store } from '../../../../lib/evidence/stores/s3/s3-store.ts';
import { createS3Client, s3Wire } from '../../../../lib/evidence/stores/s3/s3-wire.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { writeOncePolicy } from '../../../fakes/s3/bucket-policy.ts';
import { type FakeS3, startFakeS3 } from '../../../fakes/s3/fake-s3.ts';
import type { S3FaultKind } from '../../../fakes/s3/fault.ts';
import { s3Variables } from '../../../support/s3-environment.ts';
import { storeConformance } from './conformance.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array | undefined) =>
  content === undefined ? undefined : new TextDecoder().decode(content);

/** Keys that may do less: by their id. */
const weak = { reader: 'AKIDREADER', lookerUp: 'AKIDLOOKERUP' };
let fake: FakeS3;
let folder: string;
let made = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-store-'));
  fake = await startFakeS3({
    buckets: [
      { name: 'evidence-bucket', policy: writeOncePolicy },
      { name: 'lake-bucket' },
      { name: 'elsewhere-bucket', region: 'us-east-1' },
    ],
    accessKeys: { AKIDALL: 'all-secret', [weak.reader]: 'reader-secret', [weak.lookerUp]: 'looker-secret' },
    permits: ({ accessKeyId: id, operation }) =>
      id === weak.reader ? operation !== 'PutObject' : id !== weak.lookerUp || operation !== 'ListBucket',
    pageSize: 3,
  });
  Object.assign(process.env, s3Variables(fake));
});
after(async () => {
  await fake.close();
  await rm(folder, { recursive: true });
});

/** A store in a fresh prefix that does not rest for long between attempts. */
function makeStore(
  bucket = 'evidence-bucket',
  options: {
    readonly removed?: 'refused' | 'absent';
    /** Milliseconds after which silence counts as no answer; a busy machine may be silent for a while. */
    readonly silence?: number;
  } = {},
): EvidenceStore {
  made += 1;
  const { removed = 'refused', silence = 20_000 } = options;
  return createS3Store({
    place: { bucket, prefix: `tests/${made}/` },
    connect: async () => s3Wire(createS3Client('eu-west-2', { connect: silence, silence }), bucket),
    patience: { attempts: 4, baseMillis: 5, capMillis: 20 },
    removed,
  });
}
/** Faults that only the store's own clock ends. */
const needsClock = (kind: S3FaultKind) => (kind === 'silent' || kind === 'slow-body' ? { silence: 400 } : {});
const truth = () => fake.bucket('evidence-bucket');
const wholeKey = (store: EvidenceStore, key: string) => `${store.url}${key}`.split('/').slice(3).join('/');

function refusedAs(code: string, exitCode: number, remedy = /./) {
  return (error: unknown) => {
    assert.ok(isPlatformError(error), String(error));
    assert.deepEqual([error.failure.code, error.exitCode], [code, exitCode], error.failure.message);
    assert.match(error.failure.remedy, remedy);
    assert.ok(!error.failure.message.includes('\n'), 'one line');
    return true;
  };
}

/** Runs with other variables in the environment; clients read them when they are made. */
async function withVariables(variables: Record<string, string>, run: () => Promise<void>): Promise<void> {
  const kept = { ...process.env };
  Object.assign(process.env, variables);
  try {
    await run();
  } finally {
    process.env = kept;
  }
}

storeConformance('S3 store', async () => makeStore());

test('a put is one conditional PutObject with its SHA-256, for a file as well', async () => {
  const store = makeStore();
  const file = join(folder, 'put-file');
  await writeFile(file, Buffer.alloc(2_500_000, 'x'));
  const from = fake.calls.length;
  await store.putIfAbsent('small', bytes('small'));
  await store.putFileIfAbsent('large', file);
  assert.deepEqual(
    fake.calls.slice(from).map(({ operation, status }) => [operation, status]),
    [
      ['PutObject', 200],
      ['PutObject', 200],
    ],
  );
  const put = truth().current(wholeKey(store, 'large'));
  assert.equal(
    put?.sha256,
    createHash('sha256')
      .update(await readFile(file))
      .digest('base64'),
  );
});

const beforeEffect: readonly S3FaultKind[] = [
  'throttled',
  'failing',
  'reset',
  'silent',
  'conflict',
  'garbled',
];
for (const kind of beforeEffect) {
  test(`a put that meets ${kind} is made again and stored once`, async () => {
    const store = makeStore('evidence-bucket', needsClock(kind));
    fake.faults.push({ kind, operation: 'PutObject' });
    assert.equal((await publishObject(store, 'key', bytes('content'))).kind, 'published');
    assert.equal(truth().versions.filter(({ key }) => key === wholeKey(store, 'key')).length, 1);
    assert.deepEqual(fake.faults, [], 'the fault struck');
  });
}
for (const kind of ['lost-reply', 'failing-late'] as const) {
  test(`a put whose answer is ${kind} is known as our own by its digest`, async () => {
    const store = makeStore();
    fake.faults.push({ kind, operation: 'PutObject' });
    assert.deepEqual(await store.putIfAbsent('key', bytes('content')), {
      kind: 'exists',
      sha256: sha256Of('content'),
    });
    assert.equal(truth().versions.filter(({ key }) => key === wholeKey(store, 'key')).length, 1);
  });
}

test('a file that is streamed when its connection breaks is sent again from its beginning', async () => {
  const store = makeStore();
  const file = join(folder, 'streamed');
  const content = Buffer.alloc(3_000_000, 'stream');
  await writeFile(file, content);
  for (const kind of ['reset', 'throttled', 'garbled'] as const) fake.faults.push({ kind });
  assert.equal((await store.putFileIfAbsent('file', file)).kind, 'stored');
  assert.deepEqual(truth().current(wholeKey(store, 'file'))?.content, content);
});

for (const kind of [
  'throttled',
  'failing',
  'reset',
  'silent',
  'half-body',
  'altered-body',
  'slow-body',
] as const) {
  test(`a read that meets ${kind} is made again, and gives what was stored or nothing`, {
    timeout: 60_000,
  }, async () => {
    const store = makeStore('evidence-bucket', needsClock(kind));
    const content = Buffer.alloc(kind === 'slow-body' ? 4 : 200_000, 'content');
    await store.putIfAbsent('key', content);
    fake.faults.push({ kind, operation: 'GetObject' }, { kind, operation: 'GetObject' });
    assert.deepEqual(Buffer.from((await store.get('key')) ?? []), content);
    const path = join(folder, `fetched-${kind}`);
    assert.equal(await store.fetchTo('key', path), true);
    assert.deepEqual(await readFile(path), content);
    assert.deepEqual(fake.faults, []);
  });
}

test('a store that never answers is unavailable, 75, after as many attempts as it has patience for', async () => {
  const store = makeStore();
  fake.faults.push(...Array.from({ length: 4 }, () => ({ kind: 'throttled' as const })));
  await assert.rejects(store.get('key'), refusedAs('EVIDENCE_STORE_UNAVAILABLE', 75));
  assert.deepEqual(fake.faults, []);
  // Nobody listens on port 1.
  await withVariables({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, async () => {
    await assert.rejects(makeStore().get('key'), refusedAs('EVIDENCE_STORE_UNAVAILABLE', 75));
  });
});

test('403 is not permitted, never absent: also for a missing key when the caller may not list', async () => {
  await withVariables(
    { AWS_ACCESS_KEY_ID: weak.lookerUp, AWS_SECRET_ACCESS_KEY: 'looker-secret' },
    async () => {
      const store = makeStore();
      const refused = refusedAs('EVIDENCE_STORE_NOT_PERMITTED', 77, /role/);
      await assert.rejects(store.get('never-put'), refused);
      await assert.rejects(store.fetchTo('never-put', join(folder, 'never')), refused);
      await assert.rejects(async () => {
        for await (const _ of store.list(''));
      }, refused);
      assert.equal((await store.putIfAbsent('key', bytes('x'))).kind, 'stored', 'what it may do works');
      assert.equal(text(await store.get('key')), 'x');
    },
  );
  await withVariables(
    { AWS_ACCESS_KEY_ID: weak.reader, AWS_SECRET_ACCESS_KEY: 'reader-secret' },
    async () => {
      await assert.rejects(
        makeStore().putIfAbsent('key', bytes('x')),
        refusedAs('EVIDENCE_STORE_NOT_PERMITTED', 77, /role/),
      );
    },
  );
});

test('credentials that are missing, unknown, wrong or expired are said as such', async () => {
  const cases: readonly [Record<string, string>, RegExp][] = [
    [{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /no AWS credentials/],
    [{ AWS_ACCESS_KEY_ID: 'AKIDNOBODY' }, /does not know/],
    [{ AWS_SECRET_ACCESS_KEY: 'wrong' }, /does not know/],
  ];
  for (const [variables, message] of cases) {
    await withVariables(variables, async () => {
      await assert.rejects(makeStore().get('key'), (error) => {
        assert.ok(isPlatformError(error));
        assert.match(error.failure.message, message);
        return refusedAs('EVIDENCE_STORE_NOT_PERMITTED', 77, /profile|PROFILE/)(error);
      });
    });
  }
  fake.faults.push({ kind: 'expired' });
  await assert.rejects(
    makeStore().get('key'),
    refusedAs('EVIDENCE_STORE_NOT_PERMITTED', 77, /Sign in again/),
  );
});

test('a bucket that is missing or in another region is said as such', async () => {
  await assert.rejects(
    makeStore('nobodys-bucket').get('key'),
    refusedAs('EVIDENCE_BUCKET_MISSING', 78, /Deploy/),
  );
  await assert.rejects(
    makeStore('elsewhere-bucket').putIfAbsent('key', bytes('x')),
    refusedAs('EVIDENCE_BUCKET_ELSEWHERE', 78, /AWS_REGION/),
  );
});

test('evidence that somebody removed is not absent; in the lake, it is', async () => {
  const store = makeStore();
  await store.putIfAbsent('key', bytes('x'));
  truth().mark(wholeKey(store, 'key'));
  await assert.rejects(store.get('key'), refusedAs('EVIDENCE_REMOVED', 65));
  const lake = makeStore('lake-bucket', { removed: 'absent' });
  await lake.putIfAbsent('key', bytes('x'));
  fake.bucket('lake-bucket').mark(wholeKey(lake, 'key'));
  assert.equal(await lake.get('key'), undefined);
  assert.equal((await lake.putIfAbsent('key', bytes('y'))).kind, 'stored');
});

test('an upload may take longer than silence may: it is not silent', { timeout: 120_000 }, async () => {
  // What lies in the buffers between the two is drained in a fraction of it, the whole in more.
  const silence = 2_000;
  const store = makeStore('evidence-bucket', { silence });
  const file = join(folder, 'long');
  await writeFile(file, Buffer.alloc(32 * 1024 * 1024, 'long'));
  fake.faults.push(...Array.from({ length: 4 }, () => ({ kind: 'slow-intake' as const })));
  const began = performance.now();
  const put = await store.putFileIfAbsent('long', file);
  assert.ok(performance.now() - began > silence);
  assert.equal(put.sha256, sha256Of(await readFile(file)));
  fake.faults.length = 0;
});

test('an object that was put without a digest is read to learn it', async () => {
  const store = makeStore();
  truth().put(wholeKey(store, 'key'), Buffer.from('by hand'));
  assert.deepEqual(await store.putIfAbsent('key', bytes('ours')), {
    kind: 'exists',
    sha256: sha256Of('by hand'),
  });
  assert.equal(text(await store.get('key')), 'by hand');
});

test('an object that was uploaded in parts is read; what S3 says of its parts is no digest of it', async () => {
  const parts = [Buffer.alloc(200_000, 'one'), Buffer.from('two')];
  const content = Buffer.concat(parts);
  const lake = makeStore('lake-bucket', { removed: 'absent' });
  fake.bucket('lake-bucket').putInParts(wholeKey(lake, 'events'), parts);
  const from = fake.calls.length;
  assert.deepEqual(Buffer.from((await lake.get('events')) ?? []), content);
  const path = join(folder, 'in-parts');
  assert.equal(await lake.fetchTo('events', path), true);
  assert.deepEqual(await readFile(path), content);
  assert.equal(fake.calls.length - from, 2, 'each is read once');
  // Evidence is never put like that: whoever did is held to the bytes that are there.
  const evidence = makeStore();
  truth().putInParts(wholeKey(evidence, 'key'), parts);
  assert.deepEqual(await evidence.putIfAbsent('key', bytes('ours')), {
    kind: 'exists',
    sha256: sha256Of(content),
  });
});

test('a list goes on over its pages and through faults, and leaves out what only marks a folder', async () => {
  const store = makeStore();
  const keys = Array.from({ length: 10 }, (_, index) => `list/${index}`);
  for (const key of keys) await store.putIfAbsent(key, bytes(key));
  truth().put(wholeKey(store, 'list/'), Buffer.alloc(0));
  const from = fake.calls.length;
  fake.faults.push({ kind: 'throttled' }, { kind: 'reset' }, { kind: 'half-body' });
  const found: string[] = [];
  for await (const { key } of store.list('list/')) found.push(key);
  assert.deepEqual(found, keys);
  assert.ok(fake.calls.slice(from).length >= 4 + 3, 'pages of three');
});

test('a key that no store of ours writes stops a list: its name could lead a copy out of its folder', async () => {
  const store = makeStore();
  truth().put(wholeKey(store, 'list/../../outside'), Buffer.from('x'));
  await assert.rejects(
    async () => {
      for await (const _ of store.list('list/'));
    },
    refusedAs('EVIDENCE_KEY_INVALID', 64),
  );
});

test('a store in which a list comes in another order is not believed', async () => {
  const items = [
    { key: 'b', size: 1 },
    { key: 'a', size: 1 },
  ];
  const store = createS3Store({
    place: { bucket: 'evidence-bucket', prefix: '' },
    connect: async () => ({
      ...s3Wire(createS3Client('eu-west-2'), 'evidence-bucket'),
      listPage: async () => ({ items, next: undefined }),
    }),
  });
  await assert.rejects(
    async () => {
      for await (const _ of store.list(''));
    },
    refusedAs('EVIDENCE_LIST_UNORDERED', 75),
  );
});

test('an abort ends a request that hangs, and a wait, at once and with its reason', async () => {
  const store = makeStore();
  const reason = new Error('interrupted');
  fake.faults.push({ kind: 'silent' });
  const hanging = new AbortController();
  setTimeout(() => hanging.abort(reason), 50);
  await assert.rejects(store.get('key', hanging.signal), reason);
});

test('a copy that fails leaves no file behind', async () => {
  const store = makeStore();
  await store.putIfAbsent('key', Buffer.alloc(10_000, 'x'));
  fake.faults.push(...Array.from({ length: 4 }, () => ({ kind: 'half-body' as const })));
  const target = await mkdtemp(join(folder, 'copy-'));
  await assert.rejects(
    store.fetchTo('key', join(target, 'copy')),
    refusedAs('EVIDENCE_STORE_UNAVAILABLE', 75),
  );
  assert.deepEqual(await readdir(target), []);
});

test('a file of more than 5 GiB is refused before anything is sent', async () => {
  const path = join(folder, 'sparse');
  const file = await open(path, 'w');
  await file.truncate(5 * 1024 ** 3 + 1);
  await file.close();
  const from = fake.calls.length;
  await assert.rejects(makeStore().putFileIfAbsent('key', path), refusedAs('EVIDENCE_FILE_TOO_LARGE', 65));
  assert.equal(fake.calls.length, from);
});

for (const [url, expected] of [
  ['s3://evidence-bucket', 's3://evidence-bucket/'],
  ['s3://evidence-bucket/', 's3://evidence-bucket/'],
  ['s3://evidence-bucket/some/prefix', 's3://evidence-bucket/some/prefix/'],
  ['s3://evidence-bucket/some/prefix/', 's3://evidence-bucket/some/prefix/'],
] as const) {
  test(`${url} opens the store ${expected}`, async () => {
    const store = openStore(url);
    assert.equal(store.url, expected);
    const key = `opened-${url.length}`;
    assert.equal((await store.putIfAbsent(key, bytes('x'))).kind, 'stored');
    assert.ok(truth().current(`${expected.slice('s3://evidence-bucket/'.length)}${key}`));
  });
}
