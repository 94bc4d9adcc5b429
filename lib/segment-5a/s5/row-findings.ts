import type { CheckFinding } from './check.ts';

/** Rows of a kind that are named, one by one. */
export const mostFindings = 12;

/** Sums in units of 1e-15 are whole numbers, so they do not depend on the order of the rows. */
export const exactSum = (column: string) => `sum((${column} * 1e15)::HUGEINT)::DOUBLE / 1e15`;

/** No number that a volume, an intensity or a share can be. */
export const bad = (column: string) => `(${column} is null or not isfinite(${column}) or ${column} < 0)`;

/** One finding for all rows of a kind; none for no row. */
export function finding(issueCode: string, count: number, message: string): readonly CheckFinding[] {
  return count === 0 ? [] : [{ issueCode, context: { rows: count }, message: `${count} ${message}` }];
}
