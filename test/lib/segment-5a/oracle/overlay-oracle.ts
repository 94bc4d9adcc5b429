import type { OverlayOrderingPolicy } from '../../../../lib/segment-5a/policies/overlay-ordering.ts';
import type { ScenarioOverlayPolicy } from '../../../../lib/segment-5a/policies/scenario-overlay.ts';
import type { EventShape, EventType } from '../../../../lib/segment-5a/vocabulary.ts';

/**
 * The overlay laws written a second time, slow and plain: one row and one hour at a time, nothing
 * shared with what it judges. Times are minutes since the Unix epoch.
 */
export type OracleEvent = {
  readonly type: EventType;
  readonly start: number;
  readonly end: number;
  readonly shape: EventShape;
  readonly amplitude: number | null;
  readonly peak: number | null;
  readonly rampIn: number | null;
  readonly rampOut: number | null;
  readonly country: string | null;
  readonly tzid: string | null;
  readonly demandClass: string | null;
  readonly merchantId: bigint | null;
};

export type OracleRow = {
  readonly merchantId: bigint;
  readonly country: string;
  readonly tzid: string;
  readonly demandClass: string;
};

export type OracleHorizon = { readonly start: number; readonly bucketMinutes: number };

export type OraclePolicies = {
  readonly overlay: ScenarioOverlayPolicy;
  readonly ordering: OverlayOrderingPolicy;
};

const alphabetical: readonly EventType[] = ['CAMPAIGN', 'HOLIDAY', 'OUTAGE', 'PAYDAY', 'STRESS'];

/** The overlay factor of a row in one horizon bucket; exactly 1 where no event matches. */
export function oracleFactor(
  row: OracleRow,
  bucket: number,
  events: readonly OracleEvent[],
  horizon: OracleHorizon,
  { overlay, ordering }: OraclePolicies,
): number {
  const factors = new Map<EventType, number>();
  for (const type of alphabetical) {
    const rule = ordering.types[type];
    let best: number | undefined;
    let bestRank = -1;
    for (const event of events) {
      if (event.type !== type || !matches(event, row)) continue;
      const factor = factorAt(event, bucket, horizon, overlay);
      if (factor === undefined) continue;
      const rank = rankOf(event);
      const competes = rule.selection === 'ALL' || rank === bestRank;
      if (best === undefined || (rule.selection === 'MOST_SPECIFIC_ONLY' && rank > bestRank)) best = factor;
      else if (competes) best = rule.aggregation === 'MIN' ? Math.min(best, factor) : Math.max(best, factor);
      bestRank = Math.max(bestRank, rank);
    }
    if (best !== undefined) factors.set(type, best);
  }
  const active = new Set(factors.keys());
  const masks = [...ordering.masks].sort(
    (a, b) => ordering.types[b.when_active].priority - ordering.types[a.when_active].priority,
  );
  for (const mask of masks) {
    if (!active.has(mask.when_active)) continue;
    for (const target of mask.targets) {
      const factor = factors.get(target);
      if (factor === undefined) continue;
      if (mask.effect === 'NEUTRALIZE') factors.set(target, 1);
      if (mask.effect === 'CAP_AT_ONE') factors.set(target, Math.min(factor, 1));
      if (mask.effect === 'FLOOR_AT_ONE') factors.set(target, Math.max(factor, 1));
    }
  }
  let product = 1;
  for (const type of alphabetical) product *= factors.get(type) ?? 1;
  return Math.min(Math.max(product, overlay.factor_bounds.minimum), overlay.factor_bounds.maximum);
}

/** How many events act on a row in one bucket. */
export function oracleOverlap(
  row: OracleRow,
  bucket: number,
  events: readonly OracleEvent[],
  horizon: OracleHorizon,
  { overlay }: OraclePolicies,
): number {
  return events.filter(
    (event) => matches(event, row) && factorAt(event, bucket, horizon, overlay) !== undefined,
  ).length;
}

function matches(event: OracleEvent, row: OracleRow): boolean {
  if (event.country !== null && event.country !== row.country) return false;
  if (event.tzid !== null && event.tzid !== row.tzid) return false;
  if (event.demandClass !== null && event.demandClass !== row.demandClass) return false;
  return event.merchantId === null || event.merchantId === row.merchantId;
}

function rankOf(event: OracleEvent): number {
  const given = [event.country, event.tzid, event.demandClass].filter((value) => value !== null).length;
  return event.merchantId === null ? given : given + 11;
}

function factorAt(
  event: OracleEvent,
  bucket: number,
  horizon: OracleHorizon,
  overlay: ScenarioOverlayPolicy,
): number | undefined {
  const first = Math.floor((event.start - horizon.start) / horizon.bucketMinutes);
  const end = Math.ceil((event.end - horizon.start) / horizon.bucketMinutes);
  if (bucket < first || bucket >= end) return undefined;
  if (event.shape === 'constant') return event.amplitude ?? overlay.types[event.type].default_amplitude;
  const peak = event.peak;
  if (peak === null) throw new Error('a ramp without a peak');
  const length = end - first;
  let rampIn = event.rampIn ?? 0;
  let rampOut = event.rampOut ?? 0;
  if (rampIn + rampOut > length) {
    if (rampIn > length) rampIn = length;
    rampOut = Math.max(0, Math.min(rampOut, length - rampIn));
  }
  const offset = bucket - first;
  if (offset < rampIn) return 1 + ((peak - 1) * (offset + 1)) / rampIn;
  const into = offset - (length - rampOut);
  return into >= 0 ? peak - ((peak - 1) * (into + 1)) / rampOut : peak;
}
