import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import {
  loadPolicies,
  type PolicyName,
  parsePolicies,
  policyNames,
} from '../../../../lib/segment-5a/policies/load-policies.ts';
import { masksInOrder } from '../../../../lib/segment-5a/policies/overlay-ordering.ts';
import type { PolicyFile } from '../../../../lib/segment-5a/policies/policy-file.ts';
import { checkIds } from '../../../../lib/segment-5a/vocabulary.ts';
import { exitCodes } from '../../../../lib/vocabulary/exit-codes.ts';
import { failureOf, PlatformError } from '../../../../lib/vocabulary/failure.ts';
import { policyFolder, shippedPolicies } from '../shipped-policies.ts';

const shipped = await shippedPolicies();

/** The shipped files with one of them edited. The edit must find what it replaces. */
function edited(name: PolicyName, from: string | RegExp, to: string): Record<PolicyName, PolicyFile> {
  const file = shipped.files[name];
  const before = Buffer.from(file.bytes).toString('utf8');
  const after = before.replace(from, to);
  assert.notEqual(after, before, `${name}: nothing was replaced`);
  const bytes = Buffer.from(after);
  return { ...shipped.files, [name]: { ...file, bytes, sha256: sha256Of(bytes) } };
}

function refusalOf(files: Record<PolicyName, PolicyFile>) {
  try {
    parsePolicies(files);
  } catch (error) {
    assert.ok(error instanceof PlatformError, String(error));
    return error.failure;
  }
  return assert.fail('the policy was accepted');
}

/** File, what is replaced, by what, and what the refusal names: the place in the file, and the fault. */
const badEdits: readonly (readonly [PolicyName, string | RegExp, string, RegExp])[] = [
  ['merchant_class', 'version: v1', 'version: v2', /version/],
  [
    'merchant_class',
    'version: v1',
    'version: v1\ndefault_class: consumer_daytime',
    /default_class|Unrecognized/,
  ],
  ['merchant_class', 'HYBRID: online_24h', 'HYBRID: online', /virtual_classes\.HYBRID/],
  ['merchant_class', 'primary: 0.6', 'primary: 0.05', /role_thresholds\.tail/],
  ['merchant_class', 'primary: 0.6', 'primary: 1.6', /role_thresholds\.primary/],
  ['merchant_class', '4812,', '4812, 5411,', /5411|also stands/],
  ['merchant_class', '4812,', '48120,', /sectors\.digital_services\.mccs/],
  ['merchant_class', /always_on_local/g, 'office_hours', /always_on_local|no sector leads/],
  [
    'merchant_class',
    'card_not_present: online_24h }',
    'card_not_present: online_24h, mixed: office_hours }',
    /mixed|Unrecognized/,
  ],
  ['demand_scale', 'global_multiplier: 0.664569', 'global_multiplier: -1', /global_multiplier/],
  ['demand_scale', 'global_multiplier: 0.664569', 'global_multiplier: .nan', /global_multiplier/],
  ['demand_scale', 'global_multiplier: 0.664569', 'global_multiplier: .inf', /global_multiplier/],
  ['demand_scale', 'global_multiplier: 0.664569', 'global_multiplier: "0.66"', /global_multiplier/],
  ['demand_scale', 'alpha: 1.9, clip: 9000', 'alpha: 0.9, clip: 9000', /always_on_local\.alpha/],
  ['demand_scale', 'clip: 9000', 'clip: 9', /always_on_local\.clip/],
  ['demand_scale', /^ {2}office_hours:.*\n/m, '', /office_hours/],
  ['demand_scale', 'card_present: 1.0,', 'card_present: 1.0, mixed: 1.05,', /mixed|Unrecognized/],
  ['demand_scale', 'low_volume_below: 5', 'low_volume_below: 50000', /high_volume_from/],
  ['demand_scale', 'multiplier: 1.0 }', 'multiplier: 0.5 }', /soft_cap\.multiplier/],
  ['demand_scale', 'minimum: 150', 'minimum: 1500', /mean_per_site/],
  ['shape_time_grid', 'bucket_minutes: 60', 'bucket_minutes: 7', /bucket_minutes/],
  ['shape_time_grid', 'bucket_minutes: 60', 'bucket_minutes: 0', /bucket_minutes/],
  ['shape_time_grid', 'weekend_days: [6, 7]', 'weekend_days: [6, 8]', /weekend_days/],
  ['shape_time_grid', 'weekend_days: [6, 7]', 'weekend_days: [6, 6]', /weekend_days/],
  ['shape_time_grid', 'end_minute: 1020', 'end_minute: 540', /end_minute/],
  [
    'shape_library',
    'id: always_on_local.card_present.v2',
    'id: always_on_local.card_present.v1',
    /stands twice/,
  ],
  [
    'shape_library',
    'id: always_on_local.card_present.v2',
    'id: office_hours.card_present.v2',
    /does not name its rule/,
  ],
  ['shape_library', 'class: bills_utilities', 'class: always_on_local', /always_on_local|does not name/],
  ['shape_library', 'floor: 0.25', 'floor: -0.25', /floor/],
  ['shape_library', 'power: 0.85', 'power: 0', /power/],
  ['shape_library', 'sigma: 162', 'sigma: 0', /sigma/],
  ['shape_library', 'weekday_weights: [1, 1,', 'weekday_weights: [1,', /weekday_weights/],
  ['shape_library', 'templates: 40', 'templates: 400', /floors\.templates/],
  [
    'shape_library',
    'night_mass_gap_between_channels: 0.08',
    'night_mass_gap_between_channels: 0.5',
    /night_mass_gap/,
  ],
  ['shape_library', 'nonflat_ratio: 1.6', 'nonflat_ratio: 1000', /nonflat_share/],
  ['zone_modifiers', 'id: zg3', 'id: zg9', /is not zg3/],
  ['zone_modifiers', 'profile: zg4', 'profile: zg40', /no such profile/],
  ['zone_modifiers', 'start_minute: 1080', 'start_minute: 1090', /bucket boundary/],
  ['zone_modifiers', 'end_minute: 1380', 'end_minute: 1080', /is empty/],
  ['zone_modifiers', 'countries: [AE, SA, QA, KW, BH, OM], ', '', /predicate/],
  ['zone_modifiers', 'multiplier: 1.25', 'multiplier: 0', /multiplier/],
  ['baseline_intensity', 'maximum_lambda: 200000', 'maximum_lambda: 0', /maximum_lambda/],
  [
    'baseline_intensity',
    'version: v1',
    'version: v1\nemit_utc_baseline: false',
    /emit_utc_baseline|Unrecognized/,
  ],
  ['scenario_horizon', 'bucket_minutes: 60', 'bucket_minutes: 30', /bucket_minutes/],
  ['scenario_horizon', '"2026-04-01"', '"2026-02-30"', /latest_end/],
  ['scenario_horizon', '"2026-04-01"', '"2026-01-03"', /latest_end/],
  ['scenario_horizon', 'minimum_days: 7', 'minimum_days: 6', /minimum_days/],
  ['scenario_horizon', 'scenario_id: stress_v1', 'scenario_id: baseline_v1', /stands twice/],
  ['scenario_horizon', 'kind: stress', 'kind: mild', /kind/],
  ['scenario_overlay', 'default_amplitude: 0.85', 'default_amplitude: 1.85', /HOLIDAY\.default_amplitude/],
  ['scenario_overlay', 'maximum: 2.5', 'maximum: 7', /CAMPAIGN\.amplitude_bounds/],
  ['scenario_overlay', 'scopes: [global, country]', 'scopes: [global, continent]', /STRESS\.scopes/],
  ['scenario_overlay', 'scopes: [global, country]', 'scopes: [global, global]', /STRESS\.scopes/],
  [
    'scenario_overlay',
    'CAMPAIGN:\n',
    'CAMPAIGN:\n    default_shape_kind: ramp\n',
    /default_shape_kind|Unrecognized/,
  ],
  ['scenario_overlay', /^ {2}OUTAGE:(\n {4}.*)+/m, '', /OUTAGE/],
  ['scenario_overlay', 'factor_bounds: { minimum: 0', 'factor_bounds: { minimum: 6', /factor_bounds/],
  ['overlay_ordering', 'priority: 60', 'priority: 80', /priority/],
  ['overlay_ordering', 'aggregation: MIN', 'aggregation: PRODUCT', /aggregation/],
  [
    'overlay_ordering',
    'when_active: STRESS, targets: [CAMPAIGN]',
    'when_active: STRESS, targets: [OUTAGE]',
    /masks\.1\.targets/,
  ],
  ['overlay_validation', 'warn_below: 0.2', 'warn_below: 4', /warn_below/],
  ['overlay_validation', 'fail_fraction: 0.01', 'fail_fraction: 0.0001', /warn_fraction/],
  ['validation', '- SPEC_COMPATIBILITY', '- S0_PRESENT', /listed twice/],
  ['validation', 'warn_is_blocking: []', 'warn_is_blocking: [NO_SUCH_CHECK]', /warn_is_blocking/],
  ['validation', '- SPEC_COMPATIBILITY', '- SPEC_COMPATIBLE', /blocking\.\d+ SPEC_COMPATIBLE .*no check/],
  ['validation', 'advisory:\n', 'advisory:\n  - NO_SUCH_CHECK\n', /advisory\.0 NO_SUCH_CHECK .*no check/],
  ['validation', 'witness_rows: 2048', 'witness_rows: 2048.5', /witness_rows/],
  ['spec_compatibility', 'FAIL_VALIDATION', 'IGNORE', /on_mismatch/],
  ['spec_compatibility', '[1, 1, 1, 1]', '[1, 1, 1]', /supported_tuples/],
  ['validation', 'version: v1', 'version: v1\nversion: v1', /unique/i],
  ['validation', 'version: v1', 'version: &anchor v1\nwitness: *anchor', /alias/],
  ['validation', 'version: v1', 'version: v1\n---\nversion: v1', /document/],
  ['validation', 'version: v1', '\tversion: v1', /tab|indent/i],
];

for (const [name, from, to, expected] of badEdits) {
  test(`${name}: ${String(from)} → ${JSON.stringify(to)} is refused by file and path`, () => {
    const failure = refusalOf(edited(name, from, to));
    assert.equal(failure.code, 'POLICY_INVALID');
    assert.equal(exitCodes[failure.exit], 65);
    assert.ok(failure.where?.includes(`${name}.yaml`), failure.where);
    assert.match(`${failure.where} ${failure.value ?? ''} ${failure.message}`, expected);
    assert.ok(failure.remedy.length > 0);
  });
}

test('the shipped policy has decided about every check, once', () => {
  const { blocking, advisory } = shipped.validation;
  assert.deepEqual([...blocking, ...advisory].sort(), [...checkIds].sort());
});

test('an edit of any policy, even of a comment, is another parameter hash', () => {
  const hashes = policyNames.map(
    (name) => parsePolicies(edited(name, 'version: v1', 'version: v1 # same')).parameterHash,
  );
  assert.equal(new Set([...hashes, shipped.parameterHash]).size, policyNames.length + 1);
});

test('a file that is missing, a file too many and a folder that is not there are refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'policies-'));
  try {
    await cp(policyFolder, folder, { recursive: true });
    assert.equal((await loadPolicies(folder)).parameterHash, shipped.parameterHash);
    await writeFile(join(folder, 'mystery.yaml'), 'version: v1\n');
    const unknown = await loadPolicies(folder).catch(failureOf);
    assert.ok('code' in unknown && unknown.code === 'POLICY_UNKNOWN' && unknown.value === 'mystery.yaml');
    await rm(join(folder, 'mystery.yaml'));
    await rm(join(folder, 'validation.yaml'));
    const missing = await loadPolicies(folder).catch(failureOf);
    assert.ok('code' in missing && missing.code === 'S0_REQUIRED_POLICY_MISSING');
    assert.ok(missing.where?.endsWith('validation.yaml'));
    const nowhere = await loadPolicies(join(folder, 'nowhere')).catch(failureOf);
    assert.ok('code' in nowhere && nowhere.code === 'S0_REQUIRED_POLICY_MISSING');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('bytes that are not UTF-8 are refused', () => {
  const bytes = Uint8Array.of(0x76, 0xff, 0xfe);
  const file = { ...shipped.files.validation, bytes, sha256: sha256Of(bytes) };
  assert.equal(refusalOf({ ...shipped.files, validation: file }).code, 'POLICY_INVALID');
});

test('masks are applied by priority, whatever their order in the file', () => {
  const reversed = { ...shipped.overlay_ordering, masks: shipped.overlay_ordering.masks.toReversed() };
  assert.deepEqual(
    masksInOrder(reversed).map((mask) => mask.when_active),
    ['OUTAGE', 'STRESS'],
  );
});
