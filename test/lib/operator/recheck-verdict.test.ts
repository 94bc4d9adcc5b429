import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { layOutBundle, type PayloadItem } from '../../../lib/evidence/format/bundle.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { verifyBundleFolder } from '../../../lib/evidence/verify-bundle.ts';
import { recomputeVerdict, verdictOf } from '../../../lib/gates/verdict-document.ts';
import { recheckVerdict } from '../../../lib/operator/recheck-verdict.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { createTestEnvironment, type TestEnvironment } from '../../support/local-environment.ts';
import { sampleContent, writeBundle } from '../../support/sample-bundle.ts';

let environment: TestEnvironment;
let passed: ReadonlyMap<string, Uint8Array>;
let failed: ReadonlyMap<string, Uint8Array>;
before(async () => {
  environment = await createTestEnvironment();
  passed = await sealedFiles('task', 'run', 'probe');
  failed = await sealedFiles('task', 'run', 'probe', '--params', '{"linger_ms":60000}', '--deadline', '2s');
});
after(() => environment.close());

/** Payload files of the bundle that a run of fraudctl sealed, by their path below `data/`. */
async function sealedFiles(...command: string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const run = await environment.fraudctl('--json', ...command);
  const { bundle } = JSON.parse(run.stdout);
  const data = join(bundle, 'data');
  const names = await readdir(data, { recursive: true, withFileTypes: true });
  const paths = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(data.length + 1))
    .filter((path) => path !== 'items.json');
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(data, path))] as const)),
  );
}

/** Seals files anew, with digests that are right, and says what the bundle is then worth. */
async function verdictOnForgery(files: ReadonlyMap<string, Uint8Array>, result: 'PASS' | 'FAIL') {
  const folder = await mkdtemp(join(tmpdir(), 'forged-'));
  try {
    const items = [...files].map(([path, content]): PayloadItem => ({ path, origin: 'native', content }));
    await writeBundle(
      folder,
      layOutBundle(sampleContent({ items, verdict: { result, reasons: [] }, inputs: [] })),
    );
    const report = await verifyBundleFolder(folder);
    assert.notEqual(report.verdict, 'broken', 'a forgery is one because its digests are right');
    return (await recheckVerdict(folder, report)).verdict;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function saying(file: Uint8Array | undefined, change: JsonObject): Uint8Array {
  assert.ok(file !== undefined);
  const document: JsonObject = JSON.parse(new TextDecoder().decode(file));
  return canonicalBytes({ ...document, ...change });
}

test('the verdict of a sealed bundle is computed again from it, byte for byte', () => {
  for (const [files, result] of [
    [passed, 'PASS'],
    [failed, 'FAIL'],
  ] as const) {
    const recomputed = recomputeVerdict(files);
    assert.ok(recomputed !== undefined);
    assert.equal(verdictOf(recomputed), result);
    assert.deepEqual(Buffer.from(recomputed), files.get('verdict.json'));
  }
});

test('fraudctl says that it did so', async () => {
  const run = await environment.fraudctl('--json', 'task', 'run', 'probe');
  const verified = await environment.fraudctl('evidence', 'verify', JSON.parse(run.stdout).bundle);
  assert.equal(verified.exitCode, 0);
  assert.match(verified.stdout, /data\/verdict\.json .*computed again: the same/);
});

test('whole bundles are worth what their evidence says', async () => {
  assert.equal(await verdictOnForgery(passed, 'PASS'), 'whole-pass');
  assert.equal(await verdictOnForgery(failed, 'FAIL'), 'whole-not-pass');
});

test('PASS written over evidence of a failure is found', async () => {
  const verdict = saying(failed.get('verdict.json'), { verdict: 'PASS', cause: 'done', exit_code: 0 });
  assert.equal(await verdictOnForgery(new Map([...failed, ['verdict.json', verdict]]), 'PASS'), 'broken');
  assert.equal(await verdictOnForgery(failed, 'PASS'), 'broken', 'a statement that differs from it');
});

test('no file of the evidence can be taken away and PASS remain', async () => {
  const aside = new Set(['intent.json', 'launches.json', 'launches/Run/0/started.json']);
  const evidence = [...passed.keys()].filter((path) => path !== 'verdict.json' && !aside.has(path));
  assert.deepEqual(evidence.toSorted(), [
    'execution-record.json',
    'launches/Run/0/marker.json',
    'launches/Run/0/result.json',
    'launches/Run/0/task-record.json',
  ]);
  for (const path of evidence) {
    const less = new Map([...passed].filter(([other]) => other !== path));
    assert.equal(await verdictOnForgery(less, 'PASS'), 'broken', path);
  }
});

test('evidence of another execution or environment does not count', async () => {
  for (const change of [{ environment: 'prod' }, { execution_id: 'probe_20200101T000000Z' }]) {
    const record = saying(passed.get('execution-record.json'), change);
    const files = new Map([...passed, ['execution-record.json', record] as const]);
    assert.equal(await verdictOnForgery(files, 'PASS'), 'broken', JSON.stringify(change));
  }
});
