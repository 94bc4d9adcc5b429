import { homeWeights, worldCountries } from './countries.ts';
import type { WorldMerchant } from './merchants.ts';
import type { WorldScale } from './scale.ts';
import { normalOf, pickWeighted, type WorldDraw } from './world-draw.ts';
import type { ZoneUniverse } from './zone-universe.ts';

/** One row of zone_alloc: how many of a merchant's sites in a country lie in one zone. */
export type ZoneAllocation = {
  readonly merchant: bigint;
  readonly country: string;
  readonly tzid: string;
  readonly sites: number;
  readonly sitesInCountry: number;
};

/** Countries of a merchant beside its home: geometric with this chance of one more. */
const furtherCountryChance = 0.8 / 1.8;
const medianSites = 4;
const siteSpread = 1.15;
/** One merchant in a country in a hundred is of another kind: its sites follow a Pareto law. */
const chainShare = 0.01;
const chainExponent = 1.1;
const smallestChain = 80;
const mostSites = 2_650;
/** Zone weights are U^55: most sites of a merchant lie in one zone, as they do in life. */
const zoneConcentration = 55;

/**
 * The zones of every merchant in every country it sells in, most of them without a site, in the order of
 * the table's key. Exactly `scale.pairs` rows: further countries are added by hash until there are
 * enough, then rows without a site are taken away by hash. No zone and no country of the world is lost.
 */
export function allocateZones(
  scale: WorldScale,
  merchants: readonly WorldMerchant[],
  universe: ZoneUniverse,
  draw: WorldDraw,
): readonly ZoneAllocation[] {
  const presences = drawPresences(scale, merchants, universe, draw);
  const rows = [...presences].flatMap(([merchant, countries]) =>
    [...countries].flatMap((country) => spread(merchant, country, universe.get(country) ?? [], draw)),
  );
  return trim(rows, scale.pairs, draw).toSorted(compareRows);
}

/** Countries of each merchant. */
function drawPresences(
  scale: WorldScale,
  merchants: readonly WorldMerchant[],
  universe: ZoneUniverse,
  draw: WorldDraw,
): ReadonlyMap<bigint, ReadonlySet<string>> {
  const countries = worldCountries.slice(0, scale.countries);
  const weights = homeWeights(countries);
  const presences = new Map<bigint, Set<string>>(merchants.map(({ id, home }) => [id, new Set([home])]));
  const drawCountry = (id: bigint, step: number) =>
    countries[pickWeighted(weights, draw.unit('country', String(id), step))]?.code ?? '';
  let pairs = 0;
  const add = (id: bigint, country: string) => {
    const own = presences.get(id);
    if (own === undefined || own.has(country)) return;
    own.add(country);
    pairs += universe.get(country)?.length ?? 0;
  };
  for (const own of presences.values()) for (const code of own) pairs += universe.get(code)?.length ?? 0;
  for (const { id } of merchants) {
    for (let step = 0; draw.unit('further', String(id), step) < furtherCountryChance; step += 1) {
      add(id, drawCountry(id, step));
    }
  }
  const present = new Set([...presences.values()].flatMap((own) => [...own]));
  const ranked = draw.ranked(merchants, ({ id }) => String(id), 'presence');
  for (const [index, { code }] of countries.filter((country) => !present.has(country.code)).entries()) {
    add(ranked[index % ranked.length]?.id ?? 0n, code);
  }
  for (let step = 1_000; pairs < scale.pairs; step += 1) {
    for (const { id } of ranked) {
      if (pairs >= scale.pairs) break;
      add(id, drawCountry(id, step));
    }
  }
  return presences;
}

/** Splits a merchant's sites in a country over its zones by the largest remainders. */
function spread(
  merchant: bigint,
  country: string,
  zones: readonly string[],
  draw: WorldDraw,
): readonly ZoneAllocation[] {
  const key = `${merchant}|${country}`;
  const total = drawSites(key, draw);
  const weights = zones.map((zone) => draw.unit('zone-weight', key, zone) ** zoneConcentration);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const quotas = weights.map((weight) => (sum === 0 ? total / zones.length : (weight / sum) * total));
  const counts = quotas.map(Math.floor);
  const left = total - counts.reduce((all, count) => all + count, 0);
  const byRemainder = quotas
    .map((quota, index) => ({ index, remainder: quota - Math.floor(quota) }))
    .sort((one, other) => other.remainder - one.remainder || one.index - other.index);
  for (const { index } of byRemainder.slice(0, left)) counts[index] = (counts[index] ?? 0) + 1;
  return zones.map((tzid, index) => ({
    merchant,
    country,
    tzid,
    sites: counts[index] ?? 0,
    sitesInCountry: total,
  }));
}

function drawSites(key: string, draw: WorldDraw): number {
  if (draw.unit('chain', key) < chainShare) {
    const sites = smallestChain / (1 - draw.unit('chain-sites', key)) ** (1 / chainExponent);
    return Math.min(mostSites, Math.max(1, Math.round(sites)));
  }
  const normal = normalOf(draw.unit('sites-1', key), draw.unit('sites-2', key));
  return Math.min(mostSites, Math.max(1, Math.round(medianSites * Math.exp(siteSpread * normal))));
}

function trim(rows: readonly ZoneAllocation[], count: number, draw: WorldDraw): readonly ZoneAllocation[] {
  const uses = Map.groupBy(rows, ({ tzid }) => tzid);
  const remaining = new Map([...uses].map(([tzid, of]) => [tzid, of.length]));
  const dropped = new Set<ZoneAllocation>();
  const empty = rows.filter(({ sites }) => sites === 0);
  const keyOf = ({ merchant, country, tzid }: ZoneAllocation) => `${merchant}|${country}|${tzid}`;
  for (const row of draw.ranked(empty, keyOf, 'trim')) {
    if (rows.length - dropped.size === count) break;
    const left = remaining.get(row.tzid) ?? 0;
    if (left === 1) continue;
    remaining.set(row.tzid, left - 1);
    dropped.add(row);
  }
  if (rows.length - dropped.size !== count) throw new Error('too few rows without a site to take away');
  return rows.filter((row) => !dropped.has(row));
}

function compareRows(one: ZoneAllocation, other: ZoneAllocation): number {
  if (one.merchant !== other.merchant) return one.merchant < other.merchant ? -1 : 1;
  if (one.country !== other.country) return one.country < other.country ? -1 : 1;
  return one.tzid < other.tzid ? -1 : 1;
}
