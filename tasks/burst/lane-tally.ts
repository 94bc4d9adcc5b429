import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LaneResult } from '../../lib/burst/lane-result.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import type { Decided } from './classify-answer.ts';

/** A latency above an hour is an hour. */
const highestMicros = 3_600_000_000;

type LaneGlance =
  | 'acknowledged'
  | 'admitted'
  | 'duplicates'
  | 'quarantined'
  | 'in_flight'
  | 'p50_ms'
  | 'p99_ms';

/** Everything a lane counts. Times are milliseconds, those of `at` since the Unix epoch. */
export class LaneTally {
  sent = 0;
  acknowledged = 0;
  unresolved = 0;
  mostBehind = 0;
  firstSentAt: number | undefined;
  firstAcknowledgedAt: number | undefined;
  lastAcknowledgedAt: number | undefined;
  readonly #decisions = { ADMIT: 0, DUPLICATE: 0, QUARANTINE: 0 };
  readonly #reasons = new Map<string, number>();
  readonly #retries = new Map<string, number>();
  readonly #latency = emptyHistogram();
  readonly #bucketMillis: number;
  readonly #series: LaneResult['latency_series'] = [];
  readonly #bucketLatency = emptyHistogram();
  #bucketStart: number | undefined;
  #bucketCount = 0;

  /** Latencies are also kept for each `bucketMillis` of the window. */
  constructor(bucketMillis = 1_000) {
    this.#bucketMillis = bucketMillis;
  }

  send(events: number, at: number, behind: number): void {
    this.sent += events;
    this.firstSentAt ??= at;
    this.mostBehind = Math.max(this.mostBehind, behind);
  }

  /** `latency` counts from the intended time of sending. */
  acknowledge(decisions: readonly Decided[], at: number, latency: number, stillSending: boolean): void {
    this.acknowledged += decisions.length;
    this.firstAcknowledgedAt ??= at;
    if (stillSending) this.lastAcknowledgedAt = at;
    const micros = Math.min(highestMicros, Math.max(1, Math.round(latency * 1_000)));
    this.#latency.recordValueWithCount(micros, decisions.length);
    this.#recordInBucket(at, micros, decisions.length);
    for (const { decision, reason } of decisions) {
      this.#decisions[decision] += 1;
      if (decision === 'QUARANTINE') increment(this.#reasons, reason ?? 'UNNAMED');
    }
  }

  retry(why: string): void {
    increment(this.#retries, why);
  }

  /** What a line of progress shows. */
  glance(): Readonly<Record<LaneGlance, number>> {
    return {
      acknowledged: this.acknowledged,
      admitted: this.#decisions.ADMIT,
      duplicates: this.#decisions.DUPLICATE,
      quarantined: this.#decisions.QUARANTINE,
      in_flight: this.sent - this.acknowledged - this.unresolved,
      p50_ms: this.#percentile(50),
      p99_ms: this.#percentile(99),
    };
  }

  #recordInBucket(at: number, micros: number, events: number): void {
    const bucket = Math.floor(at / this.#bucketMillis) * this.#bucketMillis;
    if (bucket !== this.#bucketStart) this.#closeBucket(bucket);
    this.#bucketLatency.recordValueWithCount(micros, events);
    this.#bucketCount += events;
  }

  #closeBucket(next: number | undefined): void {
    if (this.#bucketStart !== undefined && this.#bucketCount > 0) {
      this.#series.push({
        from: instantFromMillis(this.#bucketStart),
        acknowledged: this.#bucketCount,
        p50_ms: this.#bucketLatency.getValueAtPercentile(50) / 1_000,
        p99_ms: this.#bucketLatency.getValueAtPercentile(99) / 1_000,
      });
    }
    this.#bucketLatency.reset();
    this.#bucketCount = 0;
    this.#bucketStart = next;
  }

  #percentile(share: number): number {
    return this.acknowledged === 0 ? 0 : this.#latency.getValueAtPercentile(share) / 1_000;
  }

  /** The part of the lane's result that is counted here. */
  figures(): Pick<
    LaneResult,
    | 'sent'
    | 'acknowledged'
    | 'admitted'
    | 'duplicates'
    | 'quarantined'
    | 'unresolved'
    | 'quarantine_reasons'
    | 'retries'
    | 'latency_ms'
    | 'latency_histogram'
    | 'most_behind_ms'
    | 'latency_series'
  > {
    this.#closeBucket(undefined);
    return {
      latency_series: this.#series,
      sent: this.sent,
      acknowledged: this.acknowledged,
      admitted: this.#decisions.ADMIT,
      duplicates: this.#decisions.DUPLICATE,
      quarantined: this.#decisions.QUARANTINE,
      unresolved: this.unresolved,
      quarantine_reasons: Object.fromEntries(this.#reasons),
      retries: Object.fromEntries(this.#retries),
      latency_ms: {
        p50: this.#percentile(50),
        p90: this.#percentile(90),
        p99: this.#percentile(99),
        p99_9: this.#percentile(99.9),
        max: this.acknowledged === 0 ? 0 : this.#latency.maxValue / 1_000,
      },
      latency_histogram: encodeIntoCompressedBase64(this.#latency),
      most_behind_ms: Math.round(this.mostBehind * 1_000) / 1_000,
    };
  }
}

function emptyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestMicros,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    autoResize: false,
    useWebAssembly: false,
  });
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
