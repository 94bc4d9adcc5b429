import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Horizon,
  horizonBetween,
  horizonOfBuckets,
  offsetAt,
  uncoveredWeekBucket,
  weekBucketsOf,
  type ZoneOffsets,
} from '../../../../lib/segment-5a/laws/horizon.ts';
import { weekGrid } from '../../../../lib/segment-5a/laws/week-grid.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const grid = weekGrid((await shippedPolicies()).shape_time_grid);
const minuteOf = (iso: string) => Date.parse(iso) / 60_000;
const zone = (tzid: string, ...entries: readonly (readonly [string, number])[]): ZoneOffsets => ({
  tzid,
  fromMinute: Int32Array.from(entries, ([from]) => minuteOf(from)),
  offsetMinutes: Int32Array.from(entries, ([, offset]) => offset),
});
const start = minuteOf('2026-01-01T00:00:00Z');
const quarter: Horizon = horizonBetween(start, minuteOf('2026-04-01T00:00:00Z'), 60);
const newYork = zone('America/New_York', ['2025-11-02T06:00:00Z', -300], ['2026-03-08T07:00:00Z', -240]);
const kolkata = zone('Asia/Kolkata', ['2025-01-01T00:00:00Z', 330]);

test('the mapping of the reference comes out: Kolkata floors to the local hour, New York skips 146', () => {
  assert.equal(quarter.buckets, 2160);
  assert.equal(weekBucketsOf(kolkata, quarter, grid)[0], 77);
  const mapped = weekBucketsOf(newYork, quarter, grid);
  assert.deepEqual([mapped[1590], mapped[1591]], [145, 147]);
});

test('a fall-back hour is used twice', () => {
  const autumn = horizonBetween(minuteOf('2026-11-01T00:00:00Z'), minuteOf('2026-11-08T00:00:00Z'), 60);
  const zoneInAutumn = zone(
    'America/New_York',
    ['2026-03-08T07:00:00Z', -240],
    ['2026-11-01T06:00:00Z', -300],
  );
  const mapped = weekBucketsOf(zoneInAutumn, autumn, grid);
  // 05:00 and 06:00 UTC are both 01:00 on Sunday.
  assert.deepEqual([mapped[5], mapped[6]], [145, 145]);
});

test('the mapping agrees with the runtime for every hour of a quarter', () => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
  const expected = Array.from({ length: quarter.buckets }, (_, h) => {
    const parts = new Map(
      format.formatToParts((quarter.startMinute + h * 60) * 60_000).map(({ type, value }) => [type, value]),
    );
    return days.indexOf(parts.get('weekday') ?? '') * 24 + Number(parts.get('hour'));
  });
  assert.deepEqual([...weekBucketsOf(newYork, quarter, grid)], expected);
});

test('a week covers every bucket, less than a week does not', () => {
  const week = horizonBetween(start, start + 7 * 1440, 60);
  const short = horizonBetween(start, start + 6 * 1440, 60);
  assert.equal(uncoveredWeekBucket(weekBucketsOf(kolkata, week, grid), grid), undefined);
  assert.notEqual(uncoveredWeekBucket(weekBucketsOf(kolkata, short, grid), grid), undefined);
});

const refused = (error: unknown) =>
  isPlatformError(error) && error.failure.code === 'S4_HORIZON_GRID_INVALID';

for (const [name, end] of [
  ['empty', start],
  ['backwards', start - 60],
  ['not whole', start + 90],
] as const) {
  test(`a horizon that is ${name} is refused`, () => {
    assert.throws(() => horizonBetween(start, end, 60), refused);
  });
}

test('a table tells how long its buckets are; buckets that are no whole minutes are refused', () => {
  assert.equal(horizonOfBuckets(start, start + 1440, 48).bucketMinutes, 30);
  assert.deepEqual(horizonOfBuckets(start, start + 1440, 12), horizonBetween(start, start + 1440, 120));
  assert.throws(() => horizonOfBuckets(start, start + 1440, 1439), refused);
});

test('a zone table that begins after the horizon is refused', () => {
  assert.throws(() => offsetAt(newYork, minuteOf('2025-01-01T00:00:00Z')), refused);
});
