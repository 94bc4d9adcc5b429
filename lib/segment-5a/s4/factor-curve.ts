import { cell, dataFault } from '../frame/segment-failure.ts';
import { eventCurve } from '../laws/event-curve.ts';
import { masksInOrder, type OverlayMask, type OverlayOrderingPolicy } from '../policies/overlay-ordering.ts';
import type { OverlayValidationPolicy } from '../policies/overlay-validation.ts';
import type { ScenarioOverlayPolicy } from '../policies/scenario-overlay.ts';
import { type EventType, eventTypes } from '../vocabulary.ts';
import type { CalendarEvent } from './calendar-events.ts';

export type OverlayPolicies = {
  readonly overlay: ScenarioOverlayPolicy;
  readonly ordering: OverlayOrderingPolicy;
  readonly validation: OverlayValidationPolicy;
};

/** Overlay factors of one scope over the whole horizon, one a bucket. */
export type FactorCurve = {
  readonly factors: Float64Array;
  /** Buckets whose factor is below or above the rails of the validation policy. */
  readonly belowRail: number;
  readonly aboveRail: number;
};

/** Per type and bucket: the factor so far, the rank it came from, and whether any event is active. */
type TypeLayer = { readonly factors: Float64Array; readonly ranks: Int16Array; readonly active: Uint8Array };

/** Rank of a bucket that no event of the type has touched. */
const untouched = -1;

/** Layers that are used again for every curve: new ones for thousands of scopes would only be garbage. */
export type CurveWorkspace = { readonly buckets: number; readonly layers: ReadonlyMap<EventType, TypeLayer> };

export function curveWorkspace(buckets: number): CurveWorkspace {
  const layer = (): TypeLayer => ({
    factors: new Float64Array(buckets),
    ranks: new Int16Array(buckets),
    active: new Uint8Array(buckets),
  });
  return { buckets, layers: new Map(eventTypes.map((type) => [type, layer()])) };
}

/**
 * The factors that these events make together: within a type the most specific scope, then MIN or MAX;
 * masks between types; the product in alphabetical order of the types, clipped into the hard bounds.
 * Exactly 1 where no event acts. Throws `S4_OVERLAY_EVAL_FAILED` (65) where more events meet in one
 * bucket than the policy allows.
 */
export function factorCurve(
  events: readonly CalendarEvent[],
  workspace: CurveWorkspace,
  policies: OverlayPolicies,
): FactorCurve {
  const { buckets } = workspace;
  const factors = new Float64Array(buckets).fill(1);
  if (events.length === 0) return { factors, belowRail: 0, aboveRail: 0 };
  refuseCrowd(events, buckets, policies.overlay.limits.overlapping_events);
  const layers = new Map<EventType, TypeLayer>();
  for (const type of eventTypes) {
    const own = events.filter((event) => event.type === type);
    const layer = workspace.layers.get(type);
    if (own.length === 0 || layer === undefined) continue;
    fillLayer(layer, own, policies.ordering.types[type]);
    layers.set(type, layer);
  }
  const masks = masksInOrder(policies.ordering);
  for (const mask of masks) applyMask(mask, layers);
  const { minimum, maximum } = policies.overlay.factor_bounds;
  for (const layer of layers.values()) {
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      factors[bucket] = (factors[bucket] ?? 1) * (layer.factors[bucket] ?? 1);
    }
  }
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    factors[bucket] = Math.min(Math.max(factors[bucket] ?? 1, minimum), maximum);
  }
  return { factors, ...railViolations(factors, layers, policies.validation) };
}

function fillLayer(
  layer: TypeLayer,
  events: readonly CalendarEvent[],
  rule: OverlayOrderingPolicy['types'][EventType],
): void {
  layer.factors.fill(1);
  layer.ranks.fill(untouched);
  layer.active.fill(0);
  const better = rule.aggregation === 'MIN' ? Math.min : Math.max;
  for (const { window, law, rank: ownRank } of events) {
    const curve = eventCurve(law, window.end - window.first);
    // Where all scopes count alike they compete as one rank.
    const rank = rule.selection === 'ALL' ? 0 : ownRank;
    for (const [offset, factor] of curve.entries()) {
      const bucket = window.first + offset;
      const before = layer.ranks[bucket] ?? untouched;
      if (rank < before) continue;
      layer.factors[bucket] = rank === before ? better(layer.factors[bucket] ?? 1, factor) : factor;
      layer.ranks[bucket] = rank;
      layer.active[bucket] = 1;
    }
  }
}

/** Masks look at what was active before any mask; where a target has no event its factor stays 1. */
function applyMask(mask: OverlayMask, layers: ReadonlyMap<EventType, TypeLayer>): void {
  const trigger = layers.get(mask.when_active);
  if (trigger === undefined) return;
  for (const target of mask.targets) {
    const layer = layers.get(target);
    if (layer === undefined) continue;
    for (const [bucket, active] of trigger.active.entries()) {
      if (active === 0 || layer.active[bucket] === 0) continue;
      layer.factors[bucket] = masked(layer.factors[bucket] ?? 1, mask.effect);
    }
  }
}

function masked(factor: number, effect: OverlayMask['effect']): number {
  switch (effect) {
    case 'NEUTRALIZE':
      return 1;
    case 'CAP_AT_ONE':
      return Math.min(factor, 1);
    case 'FLOOR_AT_ONE':
      return Math.max(factor, 1);
  }
}

function refuseCrowd(events: readonly CalendarEvent[], buckets: number, most: number): void {
  if (events.length <= most) return;
  const counts = new Uint16Array(buckets);
  for (const { row, window } of events) {
    for (let bucket = window.first; bucket < window.end; bucket += 1) {
      const count = (counts[bucket] ?? 0) + 1;
      counts[bucket] = count;
      if (count <= most) continue;
      dataFault({
        code: 'S4_OVERLAY_EVAL_FAILED',
        message: `row ${row}: more than ${most} events act on one merchant-zone in bucket ${bucket}`,
        where: cell('scenario_calendar', row, 'start_utc, end_utc'),
        value: String(count),
        remedy: 'Merge or move events that meet on the same merchants and hours.',
      });
    }
  }
}

function railViolations(
  factors: Float64Array,
  layers: ReadonlyMap<EventType, TypeLayer>,
  policy: OverlayValidationPolicy,
): Pick<FactorCurve, 'belowRail' | 'aboveRail'> {
  const exempt = policy.low_exempt_types.flatMap((type) => layers.get(type)?.active ?? []);
  let [belowRail, aboveRail] = [0, 0];
  for (const [bucket, factor] of factors.entries()) {
    if (factor > policy.warn_above + policy.epsilon) aboveRail += 1;
    else if (factor < policy.warn_below - policy.epsilon && exempt.every((active) => active[bucket] === 0)) {
      belowRail += 1;
    }
  }
  return { belowRail, aboveRail };
}
