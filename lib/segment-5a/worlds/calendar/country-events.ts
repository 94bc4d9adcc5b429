import type { DemandClass } from '../../vocabulary.ts';
import type { WorldDraw } from '../world-draw.ts';
import type { LocalDays } from './local-days.ts';
import { weekdayOf } from './local-days.ts';
import type { WorldEvent } from './world-event.ts';

/** A country in a month, as far as it lies in the horizon; days since 1970-01-01. */
export type CountryMonth = {
  readonly scenarioId: string;
  readonly country: string;
  /** `YYYY-MM`. */
  readonly month: string;
  readonly firstDay: number;
  /** First day of the next month. */
  readonly nextMonthDay: number;
  readonly days: LocalDays;
  readonly holidays: readonly { readonly day: number; readonly name: string }[];
  /** Days of the month that lie in the horizon: [from, until). */
  readonly from: number;
  readonly until: number;
};

const paydayClasses: readonly (readonly [DemandClass, number])[] = [
  ['consumer_daytime', 1.25],
  ['evening_weekend', 1.2],
  ['online_24h', 1.3],
];
const holidayClasses: readonly (readonly [DemandClass, number])[] = [
  ['office_hours', 0.65],
  ['consumer_daytime', 0.85],
  ['online_24h', 1.03],
];
const paydayMinutes = 48 * 60;
const paydayRampIn = 6;
const paydayRampOut = 24;

/** The payday of a country in a month, for three classes: 48 hours from local midnight, never begun on a weekend. */
export function paydaysOf(month: CountryMonth, draw: WorldDraw): readonly WorldEvent[] {
  const rule = draw.below(3, 'payday-rule', month.scenarioId, month.country, month.month);
  const nominal = [month.firstDay + 14, month.firstDay + 24, month.nextMonthDay - 1][rule] ?? month.firstDay;
  const day = nominal - Math.max(0, weekdayOf(nominal) - 5);
  if (day < month.from || day >= month.until) return [];
  const start = month.days.startOf(day);
  return paydayClasses.map(([demandClass, peak]) => ({
    type: 'PAYDAY',
    start,
    end: start + paydayMinutes,
    law: { shape: 'ramp', peak, rampIn: paydayRampIn, rampOut: paydayRampOut },
    global: false,
    country: month.country,
    demandClass,
    notes: `payday ${month.month}`,
  }));
}

/**
 * The holidays of a country in a month, for three classes, each a whole local day. Where no public
 * holiday is known, one or two days by hash, as the reference draws them.
 */
export function holidaysOf(month: CountryMonth, draw: WorldDraw): readonly WorldEvent[] {
  const known = month.holidays.filter(({ day }) => day >= month.from && day < month.until);
  const days = known.length > 0 ? known : drawnHolidays(month, draw);
  return days.flatMap(({ day, name }) =>
    holidayClasses.map(
      ([demandClass, amplitude]): WorldEvent => ({
        type: 'HOLIDAY',
        start: month.days.startOf(day),
        end: month.days.startOf(day + 1),
        law: { shape: 'constant', amplitude },
        global: false,
        country: month.country,
        demandClass,
        notes: name,
      }),
    ),
  );
}

function drawnHolidays(month: CountryMonth, draw: WorldDraw): readonly { day: number; name: string }[] {
  const keys = [month.scenarioId, month.country, month.month] as const;
  const count = draw.unit('holiday-count', ...keys) < 0.6 ? 2 : 1;
  const days = new Set<number>();
  for (let index = 0; index < count; index += 1) {
    days.add(month.from + draw.below(month.until - month.from, 'holiday-day', ...keys, index));
  }
  return [...days].sort((one, other) => one - other).map((day) => ({ day, name: 'drawn holiday' }));
}

const cloneClasses: readonly DemandClass[] = [
  'bills_utilities',
  'fuel_convenience',
  'online_bursty',
  'travel_hospitality',
  'evening_weekend',
  'office_hours',
];

/** The same event for the classes that it was not made for, its effect weakened by hash. */
export function clonesOf(event: WorldEvent, draw: WorldDraw): readonly WorldEvent[] {
  const taken = event.type === 'PAYDAY' ? paydayClasses : holidayClasses;
  return cloneClasses
    .filter((demandClass) => !taken.some(([known]) => known === demandClass))
    .map((demandClass) => {
      const key = `${event.type}|${event.start}|${event.country}|${event.demandClass}|${demandClass}`;
      const weaker = (effect: number) => round(1 + (effect - 1) * (0.4 + 0.6 * draw.unit('clone', key)));
      const law =
        event.law.shape === 'constant'
          ? { ...event.law, amplitude: weaker(event.law.amplitude) }
          : { ...event.law, peak: weaker(event.law.peak) };
      return { ...event, demandClass, law };
    });
}

/** Six decimals, as the id of an event has them. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
