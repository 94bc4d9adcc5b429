import type { EventShape } from '../vocabulary.ts';
import type { Horizon } from './horizon.ts';

/** Buckets [first, end) that an event touches. */
export type BucketWindow = { readonly first: number; readonly end: number };

/**
 * The buckets of a window given in minutes since the Unix epoch: start rounded down, end rounded up.
 * `undefined` when it is empty or leaves the horizon.
 */
export function bucketWindow(
  startMinute: number,
  endMinute: number,
  horizon: Horizon,
): BucketWindow | undefined {
  const first = Math.floor((startMinute - horizon.startMinute) / horizon.bucketMinutes);
  const end = Math.ceil((endMinute - horizon.startMinute) / horizon.bucketMinutes);
  return first >= 0 && end <= horizon.buckets && first < end ? { first, end } : undefined;
}

export type EventLaw =
  | { readonly shape: Extract<EventShape, 'constant'>; readonly amplitude: number }
  | {
      readonly shape: Extract<EventShape, 'ramp'>;
      readonly peak: number;
      readonly rampIn: number;
      readonly rampOut: number;
    };

/**
 * The factor of an event in each bucket of its window of `length` buckets. A ramp climbs linearly from 1
 * to its peak in `rampIn` buckets and falls back to exactly 1 in the last of `rampOut`; ramps that do not
 * fit are shortened, the way in first served.
 */
export function eventCurve(law: EventLaw, length: number): Float64Array {
  if (law.shape === 'constant') return new Float64Array(length).fill(law.amplitude);
  const { peak } = law;
  let { rampIn, rampOut } = law;
  if (rampIn + rampOut > length) {
    rampIn = Math.min(rampIn, length);
    rampOut = Math.max(Math.min(rampOut, length - rampIn), 0);
  }
  const fall = length - rampOut;
  return Float64Array.from({ length }, (_, offset) => {
    if (offset < rampIn) return 1 + ((peak - 1) * (offset + 1)) / rampIn;
    if (offset >= fall) return peak - ((peak - 1) * (offset - fall + 1)) / rampOut;
    return peak;
  });
}

/** How specific a scope is: 0 for global, else the number of predicates, and 10 more with a merchant. */
export function scopeRank(predicates: number, hasMerchant: boolean): number {
  return predicates + (hasMerchant ? 10 : 0);
}
