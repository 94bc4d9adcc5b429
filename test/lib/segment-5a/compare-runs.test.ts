import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRuns } from '../../../lib/segment-5a/compare-runs.ts';
import type { RunContent } from '../../../lib/segment-5a/frame/run-content.ts';
import { manifestFingerprintSchema, parameterHashSchema } from '../../../lib/segment-5a/identity.ts';
import { segmentRunIdSchema, sha256Schema } from '../../../lib/vocabulary/identifiers.ts';

const digest = (digit: string) => sha256Schema.parse(digit.repeat(64));

function content(changes: Partial<RunContent> = {}): RunContent {
  return {
    runId: segmentRunIdSchema.parse('1'.repeat(32)),
    manifestFingerprint: manifestFingerprintSchema.parse('a'.repeat(64)),
    parameterHash: parameterHashSchema.parse('b'.repeat(64)),
    files: new Map([
      ['S3', new Map([['baseline', digest('1')]])],
      [
        'S4',
        new Map([
          ['local', digest('2')],
          ['utc', digest('3')],
        ]),
      ],
    ]),
    bundleDigest: digest('c'),
    seconds: new Map([['S4', 8]]),
    ...changes,
  };
}

const other = segmentRunIdSchema.parse('2'.repeat(32));

test('the same content under another id is the same run, however long it took', () => {
  const comparison = compareRuns(content(), content({ runId: other, seconds: new Map([['S4', 2]]) }));
  assert.ok(comparison.equivalent);
  assert.deepEqual(comparison.differences, []);
  const s4 = comparison.states.find(({ state }) => state === 'S4');
  assert.deepEqual(s4, { state: 'S4', files: 2, same: true, before: 8, after: 2 });
  assert.equal(comparison.states.find(({ state }) => state === 'S3')?.before, undefined);
});

const changes: readonly (readonly [what: string, change: Partial<RunContent>, differences: object[]])[] = [
  [
    'another value in a file',
    { files: new Map([...content().files, ['S3', new Map([['baseline', digest('9')]])]]) },
    [{ kind: 'content', state: 'S3', path: 'baseline', before: '1'.repeat(64), after: '9'.repeat(64) }],
  ],
  [
    'a file that is gone',
    { files: new Map([...content().files, ['S4', new Map([['local', digest('2')]])]]) },
    [{ kind: 'content', state: 'S4', path: 'utc', before: '3'.repeat(64), after: 'none' }],
  ],
  [
    'a file more',
    { files: new Map([...content().files, ['S2', new Map([['shapes', digest('4')]])]]) },
    [{ kind: 'content', state: 'S2', path: 'shapes', before: 'none', after: '4'.repeat(64) }],
  ],
  [
    'another world',
    { manifestFingerprint: manifestFingerprintSchema.parse('d'.repeat(64)) },
    [{ kind: 'identity', what: 'manifest_fingerprint', before: 'a'.repeat(64), after: 'd'.repeat(64) }],
  ],
  [
    'other policies',
    { parameterHash: parameterHashSchema.parse('d'.repeat(64)) },
    [{ kind: 'identity', what: 'parameter_hash', before: 'b'.repeat(64), after: 'd'.repeat(64) }],
  ],
  [
    'no validation bundle that passes',
    { bundleDigest: undefined },
    [{ kind: 'identity', what: 'validation_bundle', before: 'c'.repeat(64), after: 'none' }],
  ],
];
for (const [what, change, differences] of changes) {
  test(`${what} is a difference, and named`, () => {
    const comparison = compareRuns(content(), content({ runId: other, ...change }));
    assert.equal(comparison.equivalent, false);
    assert.deepEqual(comparison.differences, differences);
  });
}

test('two runs without a bundle are not equivalent: nothing proved either', () => {
  assert.equal(
    compareRuns(content({ bundleDigest: undefined }), content({ bundleDigest: undefined })).equivalent,
    false,
  );
});
