import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { drawOf, u64Of, unitDraw } from '../../../lib/segment-5a/draw.ts';
import {
  manifestFingerprint,
  manifestFingerprintSchema,
  type NamedDigest,
  namedPart,
  parameterHash,
  parameterHashSchema,
  scenarioIdSchema,
  scenarioInstance,
  segmentRunId,
} from '../../../lib/segment-5a/identity.ts';
import { type DigestedInput, sealedInputsDigest } from '../../../lib/segment-5a/sealed-inputs.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import { sha256Schema } from '../../../lib/vocabulary/identifiers.ts';

const zeros = '0'.repeat(64);

test('the scale draw of the reference comes out to the last digit', () => {
  const message = `5A.scale|per_site|123456789|DE|Europe/Berlin|${zeros}`;
  assert.equal(u64Of(message), 6657243879715345461n);
  assert.equal(unitDraw(message), 0.3608899138576603);
});

test('the witness hash of the reference comes out to the last digit', () => {
  const message = `5A.S5.recompose|${'1'.repeat(64)}|${zeros}|baseline_v1|123456789|DE|Europe/Berlin|mixed|17`;
  assert.equal(message.length, 193);
  assert.equal(u64Of(message), 14823027064111631454n);
});

test('a draw is the rounded 64-bit integer and stays inside (0, 1)', () => {
  fc.assert(
    fc.property(fc.string(), (message) => {
      const { u64, unit } = drawOf(message);
      assert.equal(unit, (Number(u64) + 0.5) / 2 ** 64);
      assert.equal(unit, unitDraw(message));
      assert.ok(unit > 0 && unit < 1);
    }),
  );
});

const goldenRow: DigestedInput = {
  manifest_fingerprint: manifestFingerprintSchema.parse('1'.repeat(64)),
  parameter_hash: parameterHashSchema.parse(zeros),
  owner_layer: 'layer2',
  owner_segment: '5A',
  artifact_id: 'a',
  manifest_key: 'k',
  role: 'policy',
  schema_ref: 's',
  path_template: 'p',
  partition_keys: ['x'],
  sha256_hex: sha256Schema.parse(zeros),
  version: 'v1',
  source_dictionary: 'd',
  source_registry: 'g',
  status: 'REQUIRED',
  read_scope: 'METADATA_ONLY',
};

test('the sealed inputs digest of the reference comes out', () => {
  assert.equal(
    sealedInputsDigest([goldenRow]),
    '07579ab651c259eabae2736b396cd3070170d7f3d69919b1baf5dfa79f4f1e11',
  );
});

test('the sealed inputs digest does not depend on row order and does on every digested member', () => {
  const other = { ...goldenRow, artifact_id: 'b' };
  assert.equal(sealedInputsDigest([goldenRow, other]), sealedInputsDigest([other, goldenRow]));
  const changes: readonly Partial<DigestedInput>[] = [
    { artifact_id: 'ä' },
    { partition_keys: ['x', 'y'] },
    { status: 'OPTIONAL' },
    { version: 'v2' },
    { sha256_hex: sha256Schema.parse('2'.repeat(64)) },
  ];
  for (const change of changes) {
    assert.notEqual(sealedInputsDigest([{ ...goldenRow, ...change }]), sealedInputsDigest([goldenRow]));
  }
});

test('characters outside printable ASCII are digested escaped', () => {
  const row = { ...goldenRow, manifest_key: 'é\u007f' };
  const json = `{"manifest_fingerprint":"${'1'.repeat(64)}","parameter_hash":"${zeros}","owner_layer":"layer2","owner_segment":"5A","artifact_id":"a","manifest_key":"\\u00e9\\u007f","role":"policy","schema_ref":"s","path_template":"p","partition_keys":["x"],"sha256_hex":"${zeros}","version":"v1","source_dictionary":"d","source_registry":"g","status":"REQUIRED","read_scope":"METADATA_ONLY"}`;
  assert.equal(sealedInputsDigest([row]), createHash('sha256').update(json).digest('hex'));
});

const parts: readonly NamedDigest[] = [
  { name: 'b.yaml', sha256: sha256Of('two') },
  { name: 'a.yaml', sha256: sha256Of('one') },
];

test('a named part is the hash of length, name and digest', () => {
  const [part] = parts;
  assert.ok(part);
  const expected = createHash('sha256')
    .update(Buffer.from([6, 0, 0, 0]))
    .update('b.yaml')
    .update(createHash('sha256').update('two').digest())
    .digest();
  assert.deepEqual(namedPart(part), expected);
});

test('parameter hash: independent of the order given, dependent on name and content', () => {
  const hash = parameterHash(parts);
  assert.equal(parameterHash(parts.toReversed()), hash);
  const renamed = parts.map((part) => ({ ...part, name: `x${part.name}` }));
  assert.notEqual(parameterHash(renamed), hash);
  const edited = [...parts.slice(1), { name: 'b.yaml', sha256: sha256Of('two ') }];
  assert.notEqual(parameterHash(edited), hash);
});

test('two parts of one name, and names outside ASCII, are refused', () => {
  const refusedAs = (code: string) => (error: unknown) =>
    isPlatformError(error) && error.failure.code === code;
  assert.throws(() => parameterHash([...parts, ...parts]), refusedAs('PART_NAME_DUPLICATE'));
  assert.throws(() => parameterHash([{ name: 'ä', sha256: sha256Of('') }]), refusedAs('PART_NAME_INVALID'));
});

test('the fingerprint binds the policies, the world and the laws; the run id binds seed and instance', () => {
  const hash = parameterHash(parts);
  const fingerprint = manifestFingerprint([{ name: 'world', sha256: sha256Of('w') }], hash);
  assert.notEqual(manifestFingerprint([{ name: 'world', sha256: sha256Of('v') }], hash), fingerprint);
  assert.notEqual(
    manifestFingerprint([{ name: 'world', sha256: sha256Of('w') }], parameterHash(parts.slice(1))),
    fingerprint,
  );
  assert.notEqual(
    manifestFingerprint([{ name: 'world', sha256: sha256Of('w') }], hash, 'other'),
    fingerprint,
  );
  const ids = [
    segmentRunId(fingerprint, 42n, 0n),
    segmentRunId(fingerprint, 43n, 0n),
    segmentRunId(fingerprint, 42n, 1n),
  ];
  assert.equal(new Set(ids).size, 3);
  assert.equal(segmentRunId(fingerprint, 42n, 0n), ids[0]);
});

test('the instance of a run of some scenarios is of their set, and of no two sets the same', () => {
  const instanceOf = (...ids: readonly string[]) =>
    scenarioInstance(ids.map((id) => scenarioIdSchema.parse(id)));
  assert.equal(instanceOf('b', 'a', 'b'), instanceOf('a', 'b'));
  const instances = [instanceOf('ab'), instanceOf('a', 'b'), instanceOf('a'), instanceOf('b')];
  assert.equal(new Set(instances).size, instances.length);
  assert.equal(instanceOf('baseline_v1'), 11_931_673_712_327_607_697n);
});
