/** Quantiles by the nearest rank, round((n − 1) · q); those of λ to one part in 16,384. */
export type SurfaceStatistics = {
  readonly minimum: number;
  readonly median: number;
  readonly p95: number;
  readonly maximum: number;
};

const lowestExponent = -42;
const exponents = 68;
const mantissaBits = 14;
const bins = exponents << mantissaBits;

/**
 * Counts values that are not negative in bins of equal relative width, so that any number of them takes
 * four MiB. Zero has a bin of its own; what is smaller than 2^-42 or from 2^26 on counts in the outer bins.
 */
export class SurfaceHistogram {
  readonly #counts = new Float64Array(bins);
  #zeros = 0;
  #total = 0;
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = 0;

  /** Values whose sign bit is clear. */
  add(values: Float64Array, times = 1): void {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
    const counts = this.#counts;
    const shift = 20 - mantissaBits;
    const offset = (1_023 + lowestExponent) << mantissaBits;
    let zeros = 0;
    let [minimum, maximum] = [this.#minimum, this.#maximum];
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? 0;
      if (value === 0) {
        zeros += 1;
        continue;
      }
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
      const bin = ((words[index * 2 + 1] ?? 0) >>> shift) - offset;
      const held = bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
      counts[held] = (counts[held] ?? 0) + times;
    }
    this.#minimum = zeros > 0 ? 0 : minimum;
    this.#maximum = maximum;
    this.#zeros += zeros * times;
    this.#total += values.length * times;
  }

  /** As many zeros, without looking at them. */
  addZeros(count: number): void {
    if (count === 0) return;
    this.#zeros += count;
    this.#total += count;
    this.#minimum = 0;
  }

  get total(): number {
    return this.#total;
  }

  statistics(): SurfaceStatistics {
    if (this.#total === 0) return { minimum: 0, median: 0, p95: 0, maximum: 0 };
    return {
      minimum: this.#minimum,
      median: this.#quantile(0.5),
      p95: this.#quantile(0.95),
      maximum: this.#maximum,
    };
  }

  #quantile(share: number): number {
    const rank = Math.round((this.#total - 1) * share);
    let below = this.#zeros;
    if (rank < below) return 0;
    for (let bin = 0; bin < bins; bin += 1) {
      below += this.#counts[bin] ?? 0;
      if (rank < below) return Math.min(Math.max(lowerEdge(bin), this.#minimum), this.#maximum);
    }
    return this.#maximum;
  }
}

function lowerEdge(bin: number): number {
  const exponent = (bin >>> mantissaBits) + lowestExponent;
  return 2 ** exponent * (1 + (bin & ((1 << mantissaBits) - 1)) / (1 << mantissaBits));
}
