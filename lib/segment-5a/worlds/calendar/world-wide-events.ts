import { minutesPerDay } from '../../vocabulary.ts';
import type { WorldDraw } from '../world-draw.ts';
import type { WorldEvent } from './world-event.ts';

/** A horizon in whole days of UTC since 1970-01-01: [firstDay, firstDay + days). */
export type HorizonDays = { readonly scenarioId: string; readonly firstDay: number; readonly days: number };

const campaignDays = 7;
const campaignRamp = 24;
const outagesPerDay = 0.6;
const outageHours = [2, 4, 8] as const;
const outageAmplitude = 0.05;

/** One campaign a month for the bursty class, as far as a whole one fits. */
export function monthlyCampaigns(
  { scenarioId, firstDay, days }: HorizonDays,
  months: readonly { readonly month: string; readonly from: number }[],
  peak: number,
  draw: WorldDraw,
): readonly WorldEvent[] {
  const lastStart = firstDay + days - campaignDays;
  return months.flatMap(({ month, from }) => {
    const room = Math.min(21, lastStart - from);
    if (room < 0) return [];
    const start = (from + draw.below(room + 1, 'campaign', scenarioId, month)) * minutesPerDay;
    return [
      {
        type: 'CAMPAIGN',
        start,
        end: start + campaignDays * minutesPerDay,
        law: { shape: 'ramp', peak, rampIn: campaignRamp, rampOut: campaignRamp },
        global: false,
        demandClass: 'online_bursty',
        notes: `campaign ${month}`,
      },
    ];
  });
}

/** Outages of single zones, of two, four or eight hours. */
export function outages(
  { scenarioId, firstDay, days }: HorizonDays,
  zones: readonly string[],
  draw: WorldDraw,
): readonly WorldEvent[] {
  return Array.from({ length: Math.ceil(outagesPerDay * days) }, (_, index) => {
    const hours = outageHours[draw.below(outageHours.length, 'outage-hours', scenarioId, index)] ?? 2;
    const hour = draw.below(days * 24 - hours, 'outage-start', scenarioId, index);
    const start = firstDay * minutesPerDay + hour * 60;
    return {
      type: 'OUTAGE',
      start,
      end: start + hours * 60,
      law: { shape: 'constant', amplitude: outageAmplitude },
      global: false,
      tzid: zones[draw.below(zones.length, 'outage-zone', scenarioId, index)] ?? '',
      notes: 'outage',
    };
  });
}

const stressCampaigns = 20;

/** What a stress scenario has beside the events of any other: campaigns by country, and stress over the world and some countries. */
export function stressEvents(
  horizon: HorizonDays,
  countries: readonly string[],
  draw: WorldDraw,
): readonly WorldEvent[] {
  const { scenarioId } = horizon;
  const campaigns = Array.from(
    { length: stressCampaigns },
    (_, index): WorldEvent => ({
      type: 'CAMPAIGN',
      ...stretch(horizon, 5, 'stress-campaign', index, draw),
      law: { shape: 'ramp', peak: 1.55, rampIn: 12, rampOut: 12 },
      global: false,
      country: countries[draw.below(countries.length, 'stress-campaign-country', scenarioId, index)] ?? '',
      demandClass: 'online_24h',
      notes: 'stress campaign',
    }),
  );
  const globalDays = 14 + draw.below(8, 'stress-global-days', scenarioId);
  const whole: WorldEvent = {
    type: 'STRESS',
    ...stretch(horizon, globalDays, 'stress-global', 0, draw),
    law: { shape: 'constant', amplitude: 1.6 },
    global: true,
    notes: 'stress everywhere',
  };
  const local = Array.from(
    { length: 2 + draw.below(3, 'stress-countries', scenarioId) },
    (_, index): WorldEvent => ({
      type: 'STRESS',
      ...stretch(horizon, 7 + draw.below(8, 'stress-days', scenarioId, index), 'stress', index, draw),
      law: { shape: 'constant', amplitude: 1.85 },
      global: false,
      country: countries[draw.below(countries.length, 'stress-country', scenarioId, index)] ?? '',
      notes: 'stress in a country',
    }),
  );
  return [...campaigns, whole, ...local];
}

/** Whole days inside the horizon, at most half of it. */
function stretch(
  { scenarioId, firstDay, days }: HorizonDays,
  wanted: number,
  stage: string,
  index: number,
  draw: WorldDraw,
): { readonly start: number; readonly end: number } {
  const length = Math.min(wanted, Math.floor(days / 2));
  const start = (firstDay + draw.below(days - length + 1, stage, scenarioId, index)) * minutesPerDay;
  return { start, end: start + length * minutesPerDay };
}
