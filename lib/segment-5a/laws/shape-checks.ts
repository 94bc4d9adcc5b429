import type { ShapeLibraryPolicy } from '../policies/shape-library.ts';
import type { DemandClass } from '../vocabulary.ts';
import type { WeekGrid } from './week-grid.ts';

/** Share of a shape's mass in the buckets that a predicate of (weekday, minute) holds for. */
export function massWhere(
  shape: Float64Array,
  grid: WeekGrid,
  holds: (weekday: number, minute: number) => boolean,
): number {
  let mass = 0;
  for (let k = 0; k < grid.buckets; k += 1) {
    if (holds(grid.weekday[k] ?? 0, grid.minute[k] ?? 0)) mass += shape[k] ?? 0;
  }
  return mass;
}

export const isNight = (_weekday: number, minute: number) => minute < 360;
const isOfficeTime = (weekday: number, minute: number) => weekday <= 5 && minute >= 480 && minute < 1_080;

/** Largest bucket over the smallest, the latter held at 1e-6 or more. */
export function peakRatio(shape: Float64Array): number {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const value of shape) {
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
  }
  return largest / Math.max(smallest, 1e-6);
}

/**
 * What is wrong with a finished shape, or `undefined`: finite, not negative, sum 1 within the
 * tolerance, and the floors of the library for its class.
 */
export function shapeProblem(
  shape: Float64Array,
  demandClass: DemandClass,
  grid: WeekGrid,
  floors: ShapeLibraryPolicy['floors'],
  sumTolerance: number,
): string | undefined {
  let total = 0;
  for (const [k, value] of shape.entries()) {
    if (!(Number.isFinite(value) && value >= 0)) return `bucket ${k} is ${value}`;
    total += value;
  }
  if (!(Math.abs(total - 1) <= sumTolerance)) return `the sum is ${total}, not 1`;
  const ratio = peakRatio(shape);
  if (ratio < floors.nonflat_ratio)
    return `is flat: peak over trough is ${ratio}, below ${floors.nonflat_ratio}`;
  const night = massWhere(shape, grid, isNight);
  if (night < floors.night_mass) return `night mass is ${night}, below ${floors.night_mass}`;
  if (demandClass === 'online_24h' && night < floors.online_24h_night_mass) {
    return `night mass is ${night}, below ${floors.online_24h_night_mass}`;
  }
  if (demandClass.includes('weekend')) {
    const weekend = massWhere(shape, grid, (weekday, _) => weekday >= 6);
    const floor = floors.weekend_class_weekend_mass;
    if (weekend < floor) return `weekend mass is ${weekend}, below ${floor}`;
  }
  if (demandClass.includes('office_hours')) {
    const office = massWhere(shape, grid, isOfficeTime);
    const floor = floors.office_hours_class_office_mass;
    if (office < floor) return `office mass is ${office}, below ${floor}`;
  }
  return undefined;
}
