import type { CalendarEvent } from './calendar-events.ts';

/** What the events of a merchant-zone depend on, beside the merchant. */
export type RowScope = { readonly country: string; readonly tzid: string; readonly demandClass: string };

/** Finds the events that act on a merchant-zone without looking at each event. */
export type ScopeIndex = {
  /** Events without a merchant that match, in the order of the calendar. */
  readonly shared: (row: RowScope) => readonly CalendarEvent[];
  /** Events of this merchant alone; empty for most. */
  readonly ofMerchant: (merchantId: bigint) => readonly CalendarEvent[];
};

export function scopeIndex(events: readonly CalendarEvent[]): ScopeIndex {
  const byScope = new Map<string, CalendarEvent[]>();
  const byMerchant = new Map<bigint, CalendarEvent[]>();
  for (const event of events) {
    const { country, tzid, demandClass, merchantId } = event.scope;
    if (merchantId === undefined) append(byScope, scopeKey(country, tzid, demandClass), event);
    else append(byMerchant, merchantId, event);
  }
  return {
    shared: ({ country, tzid, demandClass }) => {
      // Each predicate is there or not: eight keys, of which most hold nothing.
      const found = [country, undefined].flatMap((ofCountry) =>
        [tzid, undefined].flatMap((ofZone) =>
          [demandClass, undefined].flatMap(
            (ofClass) => byScope.get(scopeKey(ofCountry, ofZone, ofClass)) ?? [],
          ),
        ),
      );
      return found.sort((left, right) => left.row - right.row);
    },
    ofMerchant: (merchantId) => byMerchant.get(merchantId) ?? [],
  };
}

/** `*` is no country, zone or class. */
function scopeKey(country = '*', tzid = '*', demandClass = '*'): string {
  return `${country}|${tzid}|${demandClass}`;
}

function append<Key>(map: Map<Key, CalendarEvent[]>, key: Key, event: CalendarEvent): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [event]);
  else list.push(event);
}
