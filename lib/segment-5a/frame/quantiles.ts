/** What a column of numbers looks like; quantiles by the nearest rank, round((n − 1) · q). */
export type Distribution = {
  readonly minimum: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly maximum: number;
  readonly mean: number;
};

/**
 * Distribution of numbers that are not negative. Most of them may be 0: only the others are sorted.
 * All members are 0 for no numbers.
 */
export function distributionOf(values: Float64Array): Distribution {
  const positive = values.filter((value) => value > 0).sort();
  const zeros = values.length - positive.length;
  const at = (rank: number) => (rank < zeros ? 0 : (positive[rank - zeros] ?? 0));
  const quantile = (q: number) => at(Math.round((values.length - 1) * q));
  let sum = 0;
  for (const value of positive) sum += value;
  return {
    minimum: at(0),
    median: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    maximum: at(values.length - 1),
    mean: values.length === 0 ? 0 : sum / values.length,
  };
}
