import { columnOf, isNull, type Table } from '../../tables/columns.ts';
import { distributionOf } from '../frame/quantiles.ts';
import { i32Values, strings, textOf, u64Values } from '../frame/table-access.ts';
import { zoneRole } from '../laws/scale.ts';
import type { Policies } from '../policies/load-policies.ts';
import { deriveMerchantFeatures } from '../s1/merchant-features.ts';
import { zonesOf } from '../s4/scenario-input.ts';
import type { WorldTables } from './draw-world.ts';

/** A group of figures about a world, each with a name and a value that people read. */
export type WorldFigures = {
  readonly group: string;
  readonly figures: readonly { readonly name: string; readonly value: number | string }[];
};

/**
 * What a world looks like: sizes, and the distributions that decide what the states have to do. Pure. The
 * tables are as `requireWorldTables` reads them.
 */
export function describeWorld(tables: WorldTables, policies: Policies): readonly WorldFigures[] {
  return [
    sizes(tables),
    merchantFigures(tables, policies),
    zoneFigures(tables, policies),
    placeFigures(tables),
    clockFigures(tables),
    ...[...tables.calendars].map(([id, calendar]) => calendarFigures(id, calendar)),
  ];
}

function sizes({ merchants, zoneAlloc, scenarios, calendars }: WorldTables): WorldFigures {
  const starts = strings(scenarios, 'horizon_start_utc');
  const ends = strings(scenarios, 'horizon_end_utc');
  return {
    group: 'size',
    figures: [
      { name: 'merchants', value: merchants.rows },
      { name: 'countries', value: distinct(zoneAlloc, 'legal_country_iso') },
      { name: 'time zones', value: distinct(zoneAlloc, 'tzid') },
      { name: 'merchant-zones', value: zoneAlloc.rows },
      { name: 'scenarios', value: scenarios.rows },
      { name: 'events', value: [...calendars.values()].reduce((sum, { rows }) => sum + rows, 0) },
      { name: 'horizon', value: `${textOf(starts, 0).slice(0, 10)} … ${textOf(ends, 0).slice(0, 10)}` },
    ],
  };
}

function merchantFigures(
  { merchants, virtualClassification }: WorldTables,
  policies: Policies,
): WorldFigures {
  const features = deriveMerchantFeatures(merchants, virtualClassification, policies.merchant_class);
  const ids = u64Values(merchants, 'merchant_id');
  return {
    group: 'merchants',
    figures: [
      ...shares(features.channelGroup),
      ...shares(features.virtualMode.filter((mode) => mode !== 'NON_VIRTUAL')),
      ...shares(features.demandClass),
      { name: 'ids of 64 bits', value: ids.filter((id) => id >= 2n ** 63n).length },
      { name: 'ids below 2^32', value: ids.filter((id) => id < 2n ** 32n).length },
    ],
  };
}

function zoneFigures({ zoneAlloc }: WorldTables, policies: Policies): WorldFigures {
  const counts = i32Values(zoneAlloc, 'zone_site_count');
  const sums = i32Values(zoneAlloc, 'zone_site_count_sum');
  const active = new Map<string, number>();
  let sites = 0;
  for (const [row, count] of counts.entries()) {
    sites += count;
    if (count === 0) continue;
    const role = zoneRole(
      { inZone: count, inCountry: sums[row] ?? 0 },
      policies.merchant_class.role_thresholds,
    );
    active.set(role, (active.get(role) ?? 0) + 1);
  }
  const rows = [...active.values()].reduce((sum, count) => sum + count, 0);
  const perMerchant = [...Map.groupBy(u64Values(zoneAlloc, 'merchant_id'), String).values()].map(
    ({ length }) => length,
  );
  return {
    group: 'merchant-zones',
    figures: [
      { name: 'without a site', value: percent(zoneAlloc.rows - rows, zoneAlloc.rows) },
      ...[...active].map(([role, count]) => ({ name: `active, ${role}`, value: count })),
      { name: 'sites', value: sites },
      ...quantiles('zones of a merchant', perMerchant),
    ],
  };
}

const listedPlaces = 8;

function placeFigures({ zoneAlloc }: WorldTables): WorldFigures {
  const countries = strings(zoneAlloc, 'legal_country_iso');
  const counts = i32Values(zoneAlloc, 'zone_site_count');
  const sites = new Map<string, number>();
  for (const [row, count] of counts.entries()) {
    const country = textOf(countries, row);
    sites.set(country, (sites.get(country) ?? 0) + count);
  }
  const total = [...sites.values()].reduce((sum, count) => sum + count, 0);
  const ranked = [...sites].sort(([, one], [, other]) => other - one);
  return {
    group: 'sites by country',
    figures: [
      ...ranked.slice(0, listedPlaces).map(([name, count]) => ({ name, value: percent(count, total) })),
      {
        name: `${Math.max(0, ranked.length - listedPlaces)} others`,
        value: percent(
          ranked.slice(listedPlaces).reduce((sum, [, count]) => sum + count, 0),
          total,
        ),
      },
    ],
  };
}

function clockFigures({ zoneOffsets }: WorldTables): WorldFigures {
  const zones = [...zonesOf(zoneOffsets).values()];
  const offHour = (minutes: number) =>
    zones.filter(({ offsetMinutes }) => offsetMinutes.some((offset) => Math.abs(offset) % 60 === minutes));
  return {
    group: 'clocks',
    figures: [
      { name: 'zones', value: zones.length },
      { name: 'zones off the half hour', value: offHour(30).length },
      { name: 'zones off the quarter', value: offHour(15).length + offHour(45).length },
      {
        name: 'zones whose clocks change',
        value: zones.filter(({ fromMinute }) => fromMinute.length > 1).length,
      },
    ],
  };
}

function calendarFigures(id: string, calendar: Table): WorldFigures {
  const types = strings(calendar, 'event_type');
  const countries = columnOf(calendar, 'country_iso', 'string');
  const byCountry = new Map<string, number>();
  const names: string[] = [];
  for (let row = 0; row < calendar.rows; row += 1) {
    names.push(textOf(types, row));
    if (isNull(countries, row)) continue;
    const country = textOf(countries, row);
    byCountry.set(country, (byCountry.get(country) ?? 0) + 1);
  }
  return {
    group: `calendar ${id}`,
    figures: [
      { name: 'events', value: calendar.rows },
      ...shares(names),
      ...quantiles('events of a country', [...byCountry.values()]),
    ],
  };
}

function distinct(table: Table, name: string): number {
  return new Set(strings(table, name).codes).size;
}

function shares(words: readonly string[]): WorldFigures['figures'] {
  return [...Map.groupBy(words, (word) => word)]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([name, of]) => ({ name, value: `${of.length} (${percent(of.length, words.length)})` }));
}

function quantiles(what: string, values: readonly number[]): WorldFigures['figures'] {
  const { minimum, median, p95, maximum } = distributionOf(Float64Array.from(values));
  return [{ name: `${what}: least, median, p95, most`, value: [minimum, median, p95, maximum].join(', ') }];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(1)} %`;
}
