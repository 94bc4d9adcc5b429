import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { f64Values, strings, textOf, u64Values } from '../../../../lib/segment-5a/frame/table-access.ts';
import { computeProfiles } from '../../../../lib/segment-5a/s1/compute-profiles.ts';
import { computeShapes } from '../../../../lib/segment-5a/s2/compute-shapes.ts';
import { alignedShapes } from '../../../../lib/segment-5a/s2/read-shapes.ts';
import { shapeTable } from '../../../../lib/segment-5a/s2/shape-tables.ts';
import {
  baselineLambda,
  baselineParts,
  classBaselineTable,
  rowsByMerchantBucket,
} from '../../../../lib/segment-5a/s3/compute-baseline.ts';
import { encodeStrings, tableFrom } from '../../../../lib/tables/columns.ts';
import { type OraclePair, oracleBaseline } from '../oracle/baseline-oracle.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const policies = await shippedPolicies();
const codes = Object.values(policies.merchant_class.sectors).flatMap(({ mccs }) => mccs);
const places = [
  ['AE', 'Asia/Dubai'],
  ['DE', 'Europe/Berlin'],
  ['DE', 'Europe/Busingen'],
  ['IN', 'Asia/Kolkata'],
  ['NP', 'Asia/Kathmandu'],
  ['US', 'America/Chicago'],
  ['US', 'America/New_York'],
] as const;

const merchant = fc.record({
  merchantId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  mcc: fc.constantFrom(...codes),
  channel: fc.constantFrom('card_present' as const, 'card_not_present' as const),
  virtualMode: fc.constantFrom(
    'NON_VIRTUAL' as const,
    'NON_VIRTUAL' as const,
    'HYBRID' as const,
    'VIRTUAL_ONLY' as const,
  ),
  sites: fc.array(
    fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 100_000 })),
    {
      minLength: places.length,
      maxLength: places.length,
    },
  ),
});

const world = fc
  .uniqueArray(merchant, { selector: ({ merchantId }) => merchantId, minLength: 1, maxLength: 6 })
  .map((merchants) => merchants.toSorted((one, other) => (one.merchantId < other.merchantId ? -1 : 1)));

function pairsOf(
  merchants: readonly (typeof merchant extends fc.Arbitrary<infer One> ? One : never)[],
): readonly OraclePair[] {
  return merchants.flatMap(({ sites, ...one }) =>
    places.map(([country, tzid], at) => ({
      ...one,
      country,
      tzid,
      sites: sites[at] ?? 0,
      sitesInCountry: places.reduce(
        (sum, [other], index) => sum + (other === country ? (sites[index] ?? 0) : 0),
        0,
      ),
    })),
  );
}

test('S1 to S3 agree with a plain program, row by row and bucket by bucket', () => {
  fc.assert(
    fc.property(world, (merchants) => {
      const pairs = pairsOf(merchants);
      const input = {
        zoneAlloc: tableFrom({
          merchant_id: { type: 'u64', values: BigUint64Array.from(pairs, ({ merchantId }) => merchantId) },
          legal_country_iso: encodeStrings(pairs.map(({ country }) => country)),
          tzid: encodeStrings(pairs.map(({ tzid }) => tzid)),
          zone_site_count: { type: 'i32', values: Int32Array.from(pairs, ({ sites }) => sites) },
          zone_site_count_sum: { type: 'i32', values: Int32Array.from(pairs, (pair) => pair.sitesInCountry) },
        }),
        merchants: tableFrom({
          merchant_id: { type: 'u64', values: BigUint64Array.from(merchants, (one) => one.merchantId) },
          mcc: { type: 'i32', values: Int32Array.from(merchants, ({ mcc }) => mcc) },
          channel: encodeStrings(merchants.map(({ channel }) => channel)),
          home_country_iso: encodeStrings(merchants.map(() => 'DE')),
        }),
        virtualClassification: tableFrom({
          merchant_id: { type: 'u64', values: BigUint64Array.from(merchants, (one) => one.merchantId) },
          virtual_mode: encodeStrings(merchants.map(({ virtualMode }) => virtualMode)),
        }),
        knownZones: new Set(places.map(([, tzid]) => tzid)),
      };
      const expected = pairs.map((pair) => oracleBaseline(pair, policies));

      const { profile } = computeProfiles(input, policies, policies.parameterHash);
      const classes = strings(profile, 'demand_class');
      const roles = strings(profile, 'demand_subclass');
      const channels = strings(profile, 'channel_group');
      const weekly = f64Values(profile, 'weekly_volume_expected');
      const factors = f64Values(profile, 'scale_factor');
      for (const [row, { demandClass, role, weekly: volume, scaleFactor }] of expected.entries()) {
        assert.equal(textOf(classes, row), demandClass);
        assert.equal(textOf(roles, row), role);
        assert.equal(textOf(channels, row), pairs[row]?.channel);
        assert.equal(weekly[row], volume);
        assert.equal(factors[row], scaleFactor);
      }

      const computed = computeShapes(profile, policies, policies.parameterHash);
      const shapes = alignedShapes(profile, shapeTable(profile, computed), 168);
      const policy = { ...policies.baseline_intensity, maximum_weekly: 1e12, maximum_lambda: 1e12 };
      const rowOf = new Map(pairs.map((pair, row) => [`${pair.merchantId}|${pair.tzid}`, row]));
      let seen = 0;
      for (const rows of rowsByMerchantBucket(profile)) {
        const { lambda } = baselineLambda(profile, rows, shapes, policy);
        const { outer } = baselineParts(profile, rows, 168, lambda);
        const ids = u64Values(outer, 'merchant_id');
        const zones = strings(outer, 'tzid');
        for (const [index, id] of ids.entries()) {
          const row = rowOf.get(`${id}|${textOf(zones, index)}`) ?? -1;
          assert.deepEqual([...lambda.subarray(index * 168, (index + 1) * 168)], expected[row]?.lambda);
          seen += 1;
        }
      }
      assert.equal(seen, pairs.length);

      const total = f64Values(classBaselineTable(profile, shapes), 'lambda_local_base_class').reduce(
        (a, b) => a + b,
        0,
      );
      const volume = weekly.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(total - volume) <= 1e-9 * Math.max(1, volume));
    }),
    { numRuns: 60 },
  );
});
