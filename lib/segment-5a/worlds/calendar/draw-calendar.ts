import { minutesPerDay } from '../../vocabulary.ts';
import { worldCountries } from '../countries.ts';
import type { WorldScale } from '../scale.ts';
import type { WorldDraw } from '../world-draw.ts';
import type { ZoneUniverse } from '../zone-universe.ts';
import { type CountryMonth, clonesOf, holidaysOf, paydaysOf } from './country-events.ts';
import { dayOf, localDaysOf } from './local-days.ts';
import { publicHolidays } from './public-holidays.ts';
import { eventId, type WorldEvent } from './world-event.ts';
import { type HorizonDays, monthlyCampaigns, outages, stressEvents } from './world-wide-events.ts';

export type ScenarioKind = 'baseline' | 'stress';

/** Peak of the monthly campaign. */
const campaignPeak = { baseline: 1.35, stress: 1.8 } as const;

/**
 * The calendar of a scenario, by ascending event id. Paydays and holidays begin at local midnight of the
 * country's principal zone: one event serves the whole country, as its scope says. The baseline has
 * exactly `scale.events` events: what paydays, holidays, campaigns and outages leave open is filled with
 * paydays and holidays for further classes, round-robin over the countries, so that none gets more of
 * them than its neighbours. Stress has its own draws, and stress on top.
 */
export function drawCalendar(
  scenarioId: string,
  kind: ScenarioKind,
  scale: WorldScale,
  universe: ZoneUniverse,
  draw: WorldDraw,
): readonly (WorldEvent & { readonly id: string })[] {
  const horizon: HorizonDays = { scenarioId, firstDay: dayOf(scale.start), days: scale.days };
  const countries = worldCountries.slice(0, scale.countries).map(({ code }) => code);
  const zones = [...new Set([...universe.values()].flat())].sort();
  const months = monthsOf(horizon);
  const byCountry = countries.map((country) =>
    countryMonths(country, universe.get(country)?.[0] ?? '', horizon, months).flatMap((month) => [
      ...paydaysOf(month, draw),
      ...holidaysOf(month, draw),
    ]),
  );
  const inHorizon = ({ start, end }: WorldEvent) =>
    start >= horizon.firstDay * minutesPerDay && end <= (horizon.firstDay + horizon.days) * minutesPerDay;
  const own = byCountry.map((events) => events.filter(inHorizon));
  const common = [
    ...monthlyCampaigns(horizon, months, campaignPeak[kind], draw),
    ...outages(horizon, zones, draw),
  ];
  const events = new Map<string, WorldEvent & { readonly id: string }>();
  const add = (event: WorldEvent) => {
    const id = eventId(event);
    if (!events.has(id)) events.set(id, { ...event, id });
  };
  for (const event of [...own.flat(), ...common]) add(event);
  const clones = own.map((of) => of.flatMap((event) => clonesOf(event, draw)));
  for (let round = 0; events.size < scale.events; round += 1) {
    const before = events.size;
    for (const queue of clones) {
      const clone = queue[round];
      if (clone !== undefined && events.size < scale.events) add(clone);
    }
    if (events.size === before && clones.every((queue) => queue.length <= round)) {
      throw new Error(`${scale.name}: only ${events.size} events of ${scale.events}`);
    }
  }
  if (kind === 'stress') for (const event of stressEvents(horizon, countries, draw)) add(event);
  return [...events.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

type Month = {
  readonly month: string;
  readonly firstDay: number;
  readonly nextMonthDay: number;
  readonly from: number;
  readonly until: number;
};

/** The months that a horizon touches, each with its days inside the horizon. */
function monthsOf({ firstDay, days }: HorizonDays): readonly Month[] {
  const months: Month[] = [];
  const end = firstDay + days;
  const start = new Date(firstDay * 86_400_000);
  for (let offset = 0; ; offset += 1) {
    const first = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + offset, 1) / 86_400_000;
    const next = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + offset + 1, 1) / 86_400_000;
    if (first >= end) return months;
    months.push({
      month: new Date(first * 86_400_000).toISOString().slice(0, 7),
      firstDay: first,
      nextMonthDay: next,
      from: Math.max(first, firstDay),
      until: Math.min(next, end),
    });
  }
}

function countryMonths(
  country: string,
  principalZone: string,
  horizon: HorizonDays,
  months: readonly Month[],
): readonly CountryMonth[] {
  const start = horizon.firstDay * minutesPerDay;
  const days = localDaysOf(principalZone, start, start + horizon.days * minutesPerDay);
  const years = [...new Set(months.map(({ month }) => Number(month.slice(0, 4))))];
  const holidays = years.flatMap((year) => publicHolidays(country, year));
  return months.map((month) => ({ ...month, scenarioId: horizon.scenarioId, country, days, holidays }));
}
