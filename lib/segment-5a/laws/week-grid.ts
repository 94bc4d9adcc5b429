import type { ShapeTimeGridPolicy } from '../policies/shape-time-grid.ts';
import { daysPerWeek, minutesPerDay } from '../vocabulary.ts';

/** The local week in equal buckets from Monday 00:00; arrays are indexed by bucket. */
export type WeekGrid = {
  readonly bucketMinutes: number;
  readonly bucketsPerDay: number;
  readonly buckets: number;
  /** 1 = Monday … 7 = Sunday. */
  readonly weekday: Int32Array;
  /** Minutes since local midnight at the bucket's start. */
  readonly minute: Int32Array;
  readonly weekend: Uint8Array;
  readonly nominalOpen: Uint8Array;
};

export function weekGrid(policy: ShapeTimeGridPolicy): WeekGrid {
  const bucketMinutes = policy.bucket_minutes;
  const bucketsPerDay = minutesPerDay / bucketMinutes;
  const buckets = bucketsPerDay * daysPerWeek;
  const weekday = Int32Array.from({ length: buckets }, (_, k) => 1 + Math.floor(k / bucketsPerDay));
  const minute = Int32Array.from({ length: buckets }, (_, k) => (k % bucketsPerDay) * bucketMinutes);
  const { days, start_minute: start, end_minute: end } = policy.nominal_open_hours;
  const weekend = Uint8Array.from(weekday, (day) => (policy.weekend_days.includes(day) ? 1 : 0));
  const nominalOpen = Uint8Array.from(weekday, (day, k) => {
    const at = minute[k] ?? 0;
    return days.includes(day) && at >= start && at < end ? 1 : 0;
  });
  return { bucketMinutes, bucketsPerDay, buckets, weekday, minute, weekend, nominalOpen };
}
