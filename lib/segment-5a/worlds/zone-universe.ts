import { worldCountries } from './countries.ts';
import type { WorldScale } from './scale.ts';
import type { WorldDraw } from './world-draw.ts';
import { allZones, zonesOfCountry } from './zone-database.ts';

/** The zones that merchants of each country are spread over; the principal zone first. */
export type ZoneUniverse = ReadonlyMap<string, readonly string[]>;

/**
 * Gives every country its own zones, cut to its quota, and tops it up with zones of the same region:
 * first with zones that no country has yet, until the world has exactly as many as its scale says, then
 * with those of its neighbours. Which ones, the hash decides.
 */
export function zoneUniverse(scale: WorldScale, draw: WorldDraw): ZoneUniverse {
  const countries = worldCountries.slice(0, scale.countries);
  const used = new Set<string>();
  const universe = new Map<string, string[]>();
  for (const { code, zones: quota } of countries) {
    const [principal = '', ...others] = zonesOfCountry(code);
    const own = [principal, ...draw.ranked(others, (zone) => `${code}|${zone}`, 'own-zone')].slice(0, quota);
    universe.set(code, own);
    for (const zone of own) used.add(zone);
  }
  const known = allZones();
  for (const { code, zones: quota } of countries) {
    const own = universe.get(code) ?? [];
    const region = own[0]?.split('/')[0];
    const neighbours = draw.ranked(
      known.filter((zone) => zone.split('/')[0] === region && !own.includes(zone)),
      (zone) => `${code}|${zone}`,
      'neighbour-zone',
    );
    while (own.length < quota) {
      const isFree = (zone: string) => !own.includes(zone);
      const unused = neighbours.find((zone) => isFree(zone) && !used.has(zone));
      const shared = neighbours.find((zone) => isFree(zone) && used.has(zone));
      const next = used.size < scale.tzids ? (unused ?? shared) : shared;
      if (next === undefined) break;
      own.push(next);
      used.add(next);
    }
  }
  if (used.size !== scale.tzids) {
    throw new Error(`${scale.name}: ${used.size} zones of ${scale.tzids}; the quotas do not fit the scale`);
  }
  return universe;
}
