import { dataFault } from '../frame/segment-failure.ts';
import type { FactorCurve } from './factor-curve.ts';
import { projectToUtc, type ZoneProjection } from './horizon-projection.ts';

/** One merchant-zone: its λ_base within `base` from `baseAt` on, its factors, and how its buckets lie. */
export type ComposedRow = {
  readonly baseAt: number;
  readonly curve: FactorCurve;
  readonly projection: ZoneProjection;
};

/** Buffers that are used again for every part: fresh memory of this size costs more than the work in it. */
export type SurfaceBuffers = {
  readonly local: Float64Array;
  readonly factors: Float64Array;
  readonly utc: Float64Array;
};

export function surfaceBuffers(values: number): SurfaceBuffers {
  return {
    local: new Float64Array(values),
    factors: new Float64Array(values),
    utc: new Float64Array(values),
  };
}

export type Surfaces = {
  readonly local: Float64Array;
  readonly factors: Float64Array;
  readonly utc: Float64Array;
  /** 1 for each row without any intensity. */
  readonly silent: Uint8Array;
};

/**
 * λ = λ_base · F for every row and bucket, in that order of operations; views of the buffers, valid
 * until they are used again. Throws `S4_INTENSITY_NUMERIC_INVALID` (65) on a product that overflows.
 */
export function composeSurfaces(
  base: Float64Array,
  rows: readonly ComposedRow[],
  buckets: number,
  weekBuckets: number,
  buffers: SurfaceBuffers,
): Surfaces {
  const values = rows.length * buckets;
  const local = buffers.local.subarray(0, values);
  const factors = buffers.factors.subarray(0, values);
  const silent = new Uint8Array(rows.length);
  let fractional = false;
  for (const [index, { baseAt, curve, projection }] of rows.entries()) {
    const at = index * buckets;
    factors.set(curve.factors, at);
    fractional ||= projection.earlierShare !== undefined;
    if (isSilent(base, baseAt, weekBuckets)) {
      silent[index] = 1;
      local.fill(0, at, at + buckets);
      continue;
    }
    const total = composeRow(base, baseAt, curve.factors, projection.weekBucket, local, at);
    if (!Number.isFinite(total)) overflow(index);
  }
  // Where no zone is off by a part of a bucket, the UTC surface has the very same values.
  if (!fractional) return { local, factors, utc: local, silent };
  const utc = buffers.utc.subarray(0, values);
  utc.set(local);
  for (const [index, { projection }] of rows.entries()) {
    if (projection.earlierShare === undefined) continue;
    projectToUtc(local, utc, index * buckets, projection.earlierShare);
  }
  return { local, factors, utc, silent };
}

function composeRow(
  base: Float64Array,
  baseAt: number,
  factors: Float64Array,
  weekBucket: Uint16Array,
  local: Float64Array,
  at: number,
): number {
  let total = 0;
  for (let h = 0; h < factors.length; h += 1) {
    const value = (base[baseAt + (weekBucket[h] ?? 0)] ?? 0) * (factors[h] ?? 0);
    local[at + h] = value;
    total += value;
  }
  return total;
}

function isSilent(base: Float64Array, from: number, length: number): boolean {
  for (let k = from; k < from + length; k += 1) if (base[k] !== 0) return false;
  return true;
}

function overflow(row: number): never {
  return dataFault({
    code: 'S4_INTENSITY_NUMERIC_INVALID',
    message: 'an intensity is not a finite number',
    where: `merchant_zone_scenario_local_5A, merchant-zone ${row} of the part`,
    remedy: 'Lower the baseline or the bounds of the overlay factors.',
  });
}
