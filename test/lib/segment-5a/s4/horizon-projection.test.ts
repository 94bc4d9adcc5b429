import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { horizonBetween, type ZoneOffsets } from '../../../../lib/segment-5a/laws/horizon.ts';
import { weekGrid } from '../../../../lib/segment-5a/laws/week-grid.ts';
import { composeSurfaces, surfaceBuffers } from '../../../../lib/segment-5a/s4/compose-surfaces.ts';
import { projectToUtc, zoneProjection } from '../../../../lib/segment-5a/s4/horizon-projection.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const grid = weekGrid((await shippedPolicies()).shape_time_grid);
const start = Date.parse('2026-01-01') / 60_000;
const horizon = horizonBetween(start, start + 2_160 * 60, 60);
const minute = (text: string) => Date.parse(text) / 60_000;
const zone = (
  tzid: string,
  ...offsets: readonly (readonly [from: string, offset: number])[]
): ZoneOffsets => ({
  tzid,
  fromMinute: Int32Array.from(offsets, ([from]) => minute(from)),
  offsetMinutes: Int32Array.from(offsets, ([, offset]) => offset),
});
const kolkata = zone('Asia/Kolkata', ['2025-01-01', 330]);
const kathmandu = zone('Asia/Kathmandu', ['2025-01-01', 345]);
const newYork = zone('America/New_York', ['2025-11-02T06:00Z', -300], ['2026-03-08T07:00Z', -240]);
const lordHowe = zone('Australia/Lord_Howe', ['2025-01-01', 660], ['2026-02-01T00:00Z', 630]);

test('golden: Kolkata begins in week bucket 77, New York skips 146 when its clocks change', () => {
  assert.equal(zoneProjection(kolkata, horizon, grid).weekBucket[0], 77);
  const { weekBucket, earlierShare } = zoneProjection(newYork, horizon, grid);
  assert.deepEqual([weekBucket[1_590], weekBucket[1_591]], [145, 147]);
  assert.equal(earlierShare, undefined);
});

test('half and quarter hours give their part to the UTC bucket before, from each change of offset on', () => {
  assert.ok(zoneProjection(kolkata, horizon, grid).earlierShare?.every((share) => share === 0.5));
  assert.ok(zoneProjection(kathmandu, horizon, grid).earlierShare?.every((share) => share === 0.75));
  const shares = zoneProjection(lordHowe, horizon, grid).earlierShare;
  const change = 31 * 24;
  assert.deepEqual([shares?.[change - 1], shares?.[change]], [0, 0.5]);
});

test('a horizon in which some bucket of the week never occurs is refused', () => {
  const week = horizonBetween(minute('2026-03-05'), minute('2026-03-12'), 60);
  assert.throws(() => zoneProjection(newYork, week, grid), { name: 'S4_HORIZON_GRID_INVALID' });
  assert.doesNotThrow(() => zoneProjection(kolkata, week, grid));
});

test('law: the projection moves intensity and never makes or loses any', () => {
  const shares = fc.array(fc.constantFrom(0, 0.25, 0.5, 0.75), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(
      shares,
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 50, maxLength: 50 }),
      (share, values) => {
        const earlier = Float64Array.from(share);
        const local = Float64Array.from(values.slice(0, share.length));
        const utc = new Float64Array(local.length);
        projectToUtc(local, utc, 0, earlier);
        const total = (list: Float64Array) => list.reduce((sum, value) => sum + value, 0);
        assert.ok(Math.abs(total(utc) - total(local)) <= 1e-9 * Math.max(1, total(local)));
        assert.ok(utc.every((value) => value >= 0));
      },
    ),
  );
});

test('whole-hour zones share the local values bit for bit, beside half-hour zones in the same part', () => {
  const base = Float64Array.from({ length: 2 * 168 }, (_, k) => Math.sqrt(k + 1) / 7);
  const curve = {
    factors: Float64Array.from({ length: 2_160 }, (_, h) => 1 + (h % 13) / 10),
    belowRail: 0,
    aboveRail: 0,
  };
  const rows = [newYork, kolkata].map((each, row) => ({
    baseAt: row * 168,
    curve,
    projection: zoneProjection(each, horizon, grid),
  }));
  const made = composeSurfaces(base, rows, 2_160, 168, surfaceBuffers(2 * 2_160));
  assert.deepEqual(made.utc.subarray(0, 2_160), made.local.subarray(0, 2_160));
  assert.notDeepEqual(made.utc.subarray(2_160), made.local.subarray(2_160));
  const [from = 0, next = 0] = made.local.subarray(2_160, 2_162);
  assert.equal(made.utc[2_160], 0.5 * from + 0.5 * next);
  for (const [h, factor] of curve.factors.entries()) {
    const k = rows[0]?.projection.weekBucket[h] ?? 0;
    assert.equal(made.local[h], (base[k] ?? 0) * factor);
  }
});

test('an intensity that overflows ends the state', () => {
  const curve = { factors: new Float64Array(168).fill(5), belowRail: 0, aboveRail: 0 };
  const row = { baseAt: 0, curve, projection: { weekBucket: new Uint16Array(168) } };
  const base = new Float64Array(168).fill(Number.MAX_VALUE);
  assert.throws(() => composeSurfaces(base, [row], 168, 168, surfaceBuffers(168)), {
    name: 'S4_INTENSITY_NUMERIC_INVALID',
  });
});
