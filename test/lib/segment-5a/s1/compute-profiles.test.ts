import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merchantZoneProfile } from '../../../../lib/segment-5a/datasets.ts';
import { f64Values, i32Values } from '../../../../lib/segment-5a/frame/table-access.ts';
import { computeProfiles } from '../../../../lib/segment-5a/s1/compute-profiles.ts';
import { profileCounts, profileMetrics } from '../../../../lib/segment-5a/s1/profile-figures.ts';
import { realismWarnings } from '../../../../lib/segment-5a/s1/realism.ts';
import { validateTable } from '../../../../lib/tables/validate-table.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { smallWorld } from '../make-world.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const policies = await shippedPolicies();
const world = smallWorld(24);
const knownZones = new Set([
  'America/Chicago',
  'America/New_York',
  'Asia/Dubai',
  'Asia/Kolkata',
  'Europe/Berlin',
  'Europe/Busingen',
]);

function profiles(scale: Partial<typeof policies.demand_scale> = {}) {
  const own = { ...policies, demand_scale: { ...policies.demand_scale, ...scale } };
  return { own, ...computeProfiles({ ...world, knownZones }, own, policies.parameterHash) };
}

test('the profile keeps its schema; every merchant-zone has a row, zero sites mean zero volume', () => {
  const { profile } = profiles();
  validateTable(merchantZoneProfile.table, profile);
  assert.equal(profile.rows, world.zoneAlloc.rows);
  const sites = i32Values(world.zoneAlloc, 'zone_site_count');
  const weekly = f64Values(profile, 'weekly_volume_expected');
  assert.ok(sites.includes(0));
  for (const [row, count] of sites.entries()) assert.equal(weekly[row] === 0, count === 0);
});

test('the soft cap reports what it took', () => {
  const { profile, softCap, own } = profiles({ soft_cap: { weekly: 1_000, ratio: 0.5, multiplier: 2 } });
  const plain = f64Values(profiles().profile, 'weekly_volume_expected');
  const capped = f64Values(profile, 'weekly_volume_expected');
  assert.equal(softCap.rows, plain.filter((value) => value > 1_000).length);
  assert.ok(softCap.rows > 0);
  const taken = plain.reduce((sum, value, row) => sum + value - (capped[row] ?? 0), 0);
  assert.ok(Math.abs(softCap.totalReduction - taken) < 1e-6);
  assert.equal(softCap.maximumFinal, Math.max(...capped));
  assert.ok(softCap.maximumFinal <= 2_000);
  assert.equal(profileCounts(profile, softCap).soft_cap_rows, softCap.rows);
  const metrics = profileMetrics(profile, softCap, own.demand_scale);
  assert.deepEqual(
    metrics.rows_by_role && Object.values(metrics.rows_by_role).reduce((a, b) => Number(a) + Number(b), 0),
    profile.rows,
  );
});

test('volumes that are not finite are refused', () => {
  assert.throws(
    () =>
      profiles({
        global_multiplier: 1e308,
        brand_size_exponent: 1,
        soft_cap: { weekly: 1e308, ratio: 1, multiplier: 100 },
      }),
    (error) => isPlatformError(error) && error.failure.code === 'S1_SCALE_ASSIGNMENT_FAILED',
  );
});

test('every realism field can warn, and none does when nothing is asked', () => {
  const { profile, features } = profiles();
  const warn = (
    realism: Partial<typeof policies.merchant_class.realism>,
    scale: Partial<typeof policies.demand_scale.realism>,
  ) => {
    const own = {
      merchant_class: { ...policies.merchant_class, realism: { ...lenient.merchant_class, ...realism } },
      demand_scale: { ...policies.demand_scale, realism: { ...lenient.demand_scale, ...scale } },
    };
    return realismWarnings(profile, world.zoneAlloc, features, own).map(({ field }) => field);
  };
  const lenient = {
    merchant_class: {
      maximum_class_share: 1,
      minimum_nontrivial_classes: 1,
      nontrivial_share: 0.02,
      minimum_virtual_share: 0,
      maximum_country_share_in_class: 1,
    },
    demand_scale: {
      mean_per_site: { minimum: 1e-9, maximum: 1e9 },
      minimum_p99_over_p50: 1e-9,
      maximum_class_volume_share: 1,
    },
  };
  assert.deepEqual(warn({}, {}), []);
  assert.ok(warn({ maximum_class_share: 0.01 }, {}).includes('maximum_class_share'));
  assert.ok(warn({ minimum_nontrivial_classes: 10 }, {}).includes('minimum_nontrivial_classes'));
  assert.ok(warn({ minimum_virtual_share: 0.9 }, {}).includes('minimum_virtual_share'));
  assert.ok(warn({ maximum_country_share_in_class: 0.1 }, {}).includes('maximum_country_share_in_class'));
  assert.ok(warn({}, { mean_per_site: { minimum: 1e8, maximum: 1e9 } }).includes('mean_per_site'));
  assert.ok(warn({}, { minimum_p99_over_p50: 1e9 }).includes('minimum_p99_over_p50'));
  assert.ok(warn({}, { maximum_class_volume_share: 0.01 }).includes('maximum_class_volume_share'));
});
