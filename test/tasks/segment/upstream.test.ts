import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type BundleVerdict, layOutBundle } from '../../../lib/evidence/format/bundle.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { manifestFingerprintSchema, parameterHashSchema } from '../../../lib/segment-5a/identity.ts';
import { gateReceiptPath, gateReceiptSchema, openGate } from '../../../lib/segment-5a/s0/gate-receipt.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { smallWorld, type WorldOptions } from '../../lib/segment-5a/make-world.ts';
import { onGround, runStates } from './run-states.ts';

const world = smallWorld(6);

/** Files of an upstream bundle, by their paths in the payload of a world. */
function upstreamFiles(result: BundleVerdict['result'], content = 'zones'): Record<string, Uint8Array> {
  const bundle = layOutBundle({
    items: [{ path: 'zone_alloc.txt', origin: 'native', content: Buffer.from(content) }],
    manifestFingerprint: sha256Of('3A'),
    verdict: { result, reasons: [] },
    inputs: [],
    code: { version: '0.1.0', imageDigest: 'local' },
    clocks: {},
  });
  const payload = bundle.payload.map((item) => {
    assert.ok('content' in item);
    return [`upstream/3A/${item.path}`, item.content] as const;
  });
  const tags = Array.from(bundle.tags, ([name, bytes]) => [`upstream/3A/${name}`, bytes] as const);
  return Object.fromEntries([...payload, ...tags]);
}

const naming = (raw: Record<string, Uint8Array>): WorldOptions => ({
  document: { upstream: [{ segment: '3A', path: 'upstream/3A' }] },
  raw,
});

test('an upstream bundle that has passed is sealed, and is part of the fingerprint', () =>
  onGround(world, naming(upstreamFiles('PASS')), async (ground) => {
    const result = await runStates(ground, ['S0']);
    const run = {
      runId: result.runId,
      manifestFingerprint: manifestFingerprintSchema.parse(result.manifestFingerprint),
      parameterHash: parameterHashSchema.parse(result.parameterHash),
    };
    const { receipt, sealed } = await openGate(result.runFolder, run, 'S1');
    assert.deepEqual(Object.keys(receipt.verified_upstream_segments).toSorted(), ['3A', 'world']);
    const ids = sealed
      .filter(({ owner_segment }) => owner_segment === '3A')
      .map(({ artifact_id }) => artifact_id);
    assert.deepEqual(ids.toSorted(), ['validation_bundle_3A', 'validation_passed_flag_3A']);
    const written = gateReceiptSchema.parse(
      JSON.parse(await readFile(join(result.runFolder, gateReceiptPath(run)), 'utf8')),
    );
    assert.deepEqual(written, receipt);
    await onGround(world, naming(upstreamFiles('PASS', 'other zones')), async (elsewhere) => {
      assert.notEqual((await runStates(elsewhere, ['S0'])).manifestFingerprint, result.manifestFingerprint);
    });
  }));

const passed = upstreamFiles('PASS');
const { 'upstream/3A/_passed.flag': _flag, ...withoutFlag } = passed;

for (const [name, raw, says] of [
  ['has failed', upstreamFiles('FAIL'), /3A is whole but has not passed/],
  ['is indeterminate', upstreamFiles('INDETERMINATE'), /3A is whole but has not passed/],
  ['has lost its flag', withoutFlag, /3A is broken: _passed.flag is missing/],
  [
    'has an altered file',
    { ...passed, 'upstream/3A/data/zone_alloc.txt': Buffer.from('zonez') },
    /3A is broken: data\/zone_alloc.txt is altered/,
  ],
  ['has a file too many', { ...passed, 'upstream/3A/data/more.txt': Buffer.from('x') }, /more.txt is extra/],
] as const) {
  test(`an upstream bundle that ${name} ends S0 before anything is made`, () =>
    onGround(world, naming(raw), async (ground) => {
      await assert.rejects(runStates(ground, ['S0']), (error) => {
        assert.ok(isPlatformError(error));
        assert.equal(error.failure.code, 'S0_UPSTREAM_NOT_PASS');
        assert.match(error.failure.message, says);
        return true;
      });
    }));
}

test('an upstream segment that is named twice is refused', () => {
  const twice = {
    ...naming(passed),
    document: { upstream: [1, 2].map(() => ({ segment: '3A', path: 'upstream/3A' })) },
  };
  return onGround(world, twice, async (ground) => {
    await assert.rejects(runStates(ground, ['S0']), /names an upstream segment twice/);
  });
});
