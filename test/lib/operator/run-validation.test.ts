import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { runValidationIn } from '../../../lib/operator/run-validation.ts';
import { type StateName, stateNames } from '../../../lib/segment-5a/frame/states.ts';
import { checkIds } from '../../../lib/segment-5a/vocabulary.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { launchResult } from '../../support/launch-documents.ts';

const digest = sha256Of('bundle');
const all = ['baseline_v1', 'stress_v1'];
const world = { run: all, world: all };

type Told = { readonly checks?: readonly string[]; readonly scenarios?: JsonObject | null };

/** The sealed result of a launch that ran these states. */
function result(at: string, states: readonly StateName[], { checks = checkIds, scenarios = world }: Told) {
  const document = launchResult(`segment-5a_20261110T010203Z/${at}`, {
    task: 'segment',
    output: {
      segment_run_id: 'a'.repeat(32),
      run_folder: '/runs/a',
      manifest_fingerprint: digest,
      parameter_hash: digest,
      ...(scenarios === null ? {} : { scenarios }),
      states: states.map((state) => ({
        state,
        publication: 'published',
        seconds: 1,
        scenario_ids: all,
        merchant_buckets: [0],
        counts: {},
        metrics: state === 'S5' ? { checks: Object.fromEntries(checks.map((id) => [id, 'PASS'])) } : {},
        warnings: [],
        bundle_digest_sha256: state === 'S5' ? digest : null,
      })),
    },
  });
  return [`launches/${at}/result.json`, canonicalBytes(document)] as const;
}

const runOf = (told: Told = {}, states: readonly StateName[] = stateNames) =>
  runValidationIn(
    new Map([
      result(
        'Prepare/0',
        states.filter((state) => state < 'S5'),
        told,
      ),
      result(
        'Validate/0',
        states.filter((state) => state === 'S5'),
        told,
      ),
    ]),
  );

test('a run of every state, of all scenarios and by every check is validated', () => {
  assert.deepEqual(runOf(), { validation: digest });
});

const lacking: readonly (readonly [what: string, Told, readonly StateName[], RegExp])[] = [
  ['a state is missing', {}, ['S0', 'S1', 'S2', 'S3', 'S5'], /no validation of every state/],
  ['S5 is missing', {}, ['S0', 'S1', 'S2', 'S3', 'S4'], /no validation of every state/],
  [
    'one of two scenarios',
    { scenarios: { run: ['baseline_v1'], world: all } },
    stateNames,
    /it is of baseline_v1 alone, without stress_v1 of its world/,
  ],
  [
    'a version that does not say of which scenarios',
    { scenarios: null },
    stateNames,
    /does not say of which scenarios it is: run the segment again/,
  ],
  [
    'an earlier version with fewer checks',
    { checks: checkIds.slice(1) },
    stateNames,
    /judged by fewer checks than there are, without 1 of 37 checks, as S0_PRESENT: run the segment again/,
  ],
];
for (const [what, told, states, says] of lacking) {
  test(`no validation of a whole run: ${what}`, () => {
    const found = runOf(told, states);
    assert.match('unvalidated' in found ? found.unvalidated : 'validated', says);
  });
}
