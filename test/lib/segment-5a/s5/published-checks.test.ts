import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { datasetPath } from '../../../../lib/segment-5a/dataset.ts';
import { merchantZoneProfile } from '../../../../lib/segment-5a/datasets.ts';
import { type Receipt, receiptSchema } from '../../../../lib/segment-5a/frame/receipt.ts';
import { identify } from '../../../../lib/segment-5a/frame/run-segment.ts';
import type { StateName } from '../../../../lib/segment-5a/frame/states.ts';
import { sealedInputsPath } from '../../../../lib/segment-5a/s0/gate-receipt.ts';
import { openWorld } from '../../../../lib/segment-5a/s0/open-world.ts';
import { CheckList } from '../../../../lib/segment-5a/s5/check.ts';
import {
  checkGate,
  checkPresence,
  checkSpecVersions,
} from '../../../../lib/segment-5a/s5/published-checks.ts';
import { sha256Schema } from '../../../../lib/vocabulary/identifiers.ts';
import { sealWorld, smallWorld } from '../make-world.ts';
import { shippedPolicies } from '../shipped-policies.ts';
import { runStates } from './run.ts';

const runsRoot = await mkdtemp(join(tmpdir(), 'published-checks-'));
const worldFolder = await sealWorld(smallWorld());
after(async () => {
  await rm(runsRoot, { recursive: true });
  await rm(worldFolder, { recursive: true });
});
const { runFolder } = await runStates(worldFolder, runsRoot, ['S0', 'S1']);
const world = await openWorld(worldFolder);
const policies = await shippedPolicies();
const run = identify(world, policies);
const partitionOf = ({ manifestFingerprint, parameterHash }: typeof run) => ({
  manifest_fingerprint: manifestFingerprint,
  parameter_hash: parameterHash,
});

async function gateOf(change: object = {}) {
  const checks = new CheckList();
  await checkGate({ runFolder, run, world, policies, ...change } as never, checks);
  return {
    statuses: Object.fromEntries(checks.records.map(({ checkId, status }) => [checkId, status])),
    issues: checks.issues.map(({ issueCode }) => issueCode),
  };
}

test('the gate of an honest run passes its three checks', async () => {
  assert.deepEqual(await gateOf(), {
    statuses: { S0_DIGEST_MATCH: 'PASS', S0_PRESENT: 'PASS', UPSTREAM_ALL_PASS: 'PASS' },
    issues: [],
  });
});

test('a world that is another one than S0 verified is found', async () => {
  const bundle = { ...world.bundle, bundleDigest: sha256Schema.parse('0'.repeat(64)) };
  const { statuses, issues } = await gateOf({ world: { ...world, bundle } });
  assert.equal(statuses.UPSTREAM_ALL_PASS, 'FAIL');
  assert.deepEqual(issues, ['S0_UPSTREAM_CHANGED']);
});

test('an upstream segment that S0 has not verified is found', async () => {
  const upstream = [{ ...world.bundle, segment: '3A' }];
  const { statuses, issues } = await gateOf({ world: { ...world, upstream } });
  assert.equal(statuses.UPSTREAM_ALL_PASS, 'FAIL');
  assert.deepEqual(issues, ['S0_UPSTREAM_CHANGED']);
});

test('sealed inputs that are not those of the receipt let no check of the gate pass', async () => {
  const path = join(runFolder, sealedInputsPath(run));
  const sealed = await readFile(path, 'utf8');
  const digest = /"sha256[^"]*":"([a-f0-9]{64})"/.exec(sealed)?.[1] ?? assert.fail('no digest is sealed');
  await writeFile(path, sealed.replace(digest, '0'.repeat(64)));
  try {
    const { statuses } = await gateOf();
    assert.equal(statuses.S0_DIGEST_MATCH, 'ERROR');
    assert.equal(statuses.UPSTREAM_ALL_PASS, 'ERROR');
  } finally {
    await writeFile(path, sealed);
  }
});

async function presenceOf(context: object) {
  const checks = new CheckList();
  await checkPresence({ runFolder, run, ...context } as never, checks, 'S1', [{}]);
  const [record] = checks.records;
  assert.equal(record?.checkId, 'S1_PRESENT');
  return [record.status, ...checks.issues.map(({ issueCode }) => issueCode)];
}

test('what a state published is there, as it was published, and nothing beside it', async () => {
  assert.deepEqual(await presenceOf({}), ['PASS']);
  const profile = join(runFolder, datasetPath(merchantZoneProfile, partitionOf(run)));
  const content = await readFile(profile);
  const beside = profile.replace('.parquet', '.1.parquet');
  await writeFile(beside, content);
  assert.deepEqual(await presenceOf({}), ['FAIL', 'S1_FILE_UNEXPECTED']);
  await rm(beside);
  await rm(profile);
  assert.deepEqual(await presenceOf({}), ['FAIL', 'S1_FILE_ALTERED']);
  await writeFile(profile, content);
  assert.deepEqual(await presenceOf({}), ['PASS']);
  const nobody = { ...run, manifestFingerprint: '0'.repeat(64) };
  assert.deepEqual(await presenceOf({ run: nobody }), ['FAIL', 'S1_NOT_PUBLISHED']);
});

const receiptOf = (state: 'S1' | 'S2' | 'S3' | 'S4', version: string) =>
  receiptSchema.parse({
    schema: 'fraud-platform/segment-receipt/v1',
    state,
    spec_version: version,
    manifest_fingerprint: run.manifestFingerprint,
    parameter_hash: run.parameterHash,
    files: [{ dataset: 'd', path: 'p', rows: 0, sha256: '0'.repeat(64), logical_sha256: '0'.repeat(64) }],
    counts: {},
  });

function versionsOf(s4: readonly string[], on_mismatch: 'WARN' | 'FAIL_VALIDATION') {
  const checks = new CheckList();
  const spec_compatibility = { ...policies.spec_compatibility, on_mismatch };
  const receipts = new Map<StateName, readonly Receipt[]>([
    ['S1', [receiptOf('S1', '1.4.2')]],
    ['S2', [receiptOf('S2', '1.0.0')]],
    ['S3', [receiptOf('S3', '1.0.1')]],
    ['S4', s4.map((version) => receiptOf('S4', version))],
  ]);
  checkSpecVersions({ policies: { ...policies, spec_compatibility } } as never, checks, receipts);
  return [checks.records[0]?.status, ...checks.issues.map(({ issueCode }) => issueCode)];
}

test('versions of the states that nobody has validated together fail, or warn where the policy says so', () => {
  assert.deepEqual(versionsOf(['1.0.0', '1.9.0'], 'FAIL_VALIDATION'), ['PASS']);
  assert.deepEqual(versionsOf(['2.0.0'], 'FAIL_VALIDATION'), ['FAIL', 'SPEC_VERSIONS']);
  assert.deepEqual(versionsOf(['2.0.0'], 'WARN'), ['WARN', 'SPEC_VERSIONS']);
  assert.deepEqual(versionsOf(['1.0.0', '2.0.0'], 'FAIL_VALIDATION'), ['FAIL', 'SPEC_VERSIONS']);
  assert.deepEqual(versionsOf([], 'FAIL_VALIDATION'), ['FAIL', 'SPEC_VERSIONS']);
});
