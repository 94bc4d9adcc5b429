import type { CalendarEvent } from './calendar-events.ts';
import { curveWorkspace, type FactorCurve, factorCurve, type OverlayPolicies } from './factor-curve.ts';
import { type RowScope, scopeIndex } from './scope-index.ts';

/** Factor curves by scope; each is made once, on first use. */
export type OverlayCurves = {
  readonly of: (row: RowScope, merchantId: bigint) => FactorCurve;
};

/**
 * Curves over all scopes of a scenario. Rows of one class, country and zone share a curve, unless an
 * event names their merchant; curves of single merchants are made for each call and not kept, so that
 * memory does not grow with the world.
 */
export function overlayCurves(
  events: readonly CalendarEvent[],
  buckets: number,
  policies: OverlayPolicies,
): OverlayCurves {
  const index = scopeIndex(events);
  const workspace = curveWorkspace(buckets);
  const neutral = factorCurve([], workspace, policies);
  const kept = new Map<string, FactorCurve>();
  const sharedCurve = (row: RowScope): FactorCurve => {
    const key = `${row.demandClass}|${row.country}|${row.tzid}`;
    let curve = kept.get(key);
    if (curve === undefined) {
      const shared = index.shared(row);
      curve = shared.length === 0 ? neutral : factorCurve(shared, workspace, policies);
      kept.set(key, curve);
    }
    return curve;
  };
  return {
    of: (row, merchantId) => {
      const own = index.ofMerchant(merchantId);
      if (own.length === 0) return sharedCurve(row);
      const both = [...index.shared(row), ...own].sort((left, right) => left.row - right.row);
      return factorCurve(both, workspace, policies);
    },
  };
}
