/** What a column of numbers looks like; quantiles by the nearest rank, round((n − 1) · q). */
export type Distribution = {
  readonly minimum: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly maximum: number;
  readonly mean: number;
};

/** Gathers numbers that are not negative, part by part; of zeros only the count is kept. */
export type DistributionGatherer = {
  readonly add: (values: Float64Array) => void;
  readonly finish: () => Distribution;
};

export function gatherDistribution(): DistributionGatherer {
  const positives: Float64Array[] = [];
  let zeros = 0;
  return {
    add: (values) => {
      const positive = values.filter((value) => value > 0);
      zeros += values.length - positive.length;
      positives.push(positive);
    },
    finish: () => distributionOfSorted(joined(positives).sort(), zeros),
  };
}

/** Distribution of numbers that are not negative; all members are 0 for no numbers. */
export function distributionOf(values: Float64Array): Distribution {
  const gatherer = gatherDistribution();
  gatherer.add(values);
  return gatherer.finish();
}

function distributionOfSorted(positive: Float64Array, zeros: number): Distribution {
  const count = zeros + positive.length;
  const at = (rank: number) => (rank < zeros ? 0 : (positive[rank - zeros] ?? 0));
  const quantile = (q: number) => at(Math.round((count - 1) * q));
  let sum = 0;
  for (const value of positive) sum += value;
  return {
    minimum: at(0),
    median: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    maximum: at(count - 1),
    mean: count === 0 ? 0 : sum / count,
  };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
