import { hash } from 'node:crypto';
import { join } from 'node:path';
import { merchantZoneScenarioUtc } from '../../segment-5a/datasets.ts';
import { epochMinutes } from '../../segment-5a/frame/instants.ts';
import { f64Values, strings, textOf, u64Values } from '../../segment-5a/frame/table-access.ts';
import { readTableUnchecked } from '../../tables/read-table.ts';
import { type ArrivalIdentity, drawHour, type HourOfArrivals } from './draw-hour.ts';
import type { SealedSurface } from './sealed-surface.ts';
import { type ArrivalPair, SurfaceBlocks } from './surface-blocks.ts';

/** One arrival of a lane's stream. */
export type Arrival = { readonly eventId: string; readonly tsUtc: string; readonly pair: ArrivalPair };

/** A stream of arrivals in time order; `close` frees its files. */
export type ArrivalStream = {
  /** Batches of the arrivals of one lane, in time order, from the beginning of the horizon. */
  readonly lane: (lane: number, lanes: number) => AsyncGenerator<readonly Arrival[]>;
  readonly close: () => Promise<void>;
};

/** Class of the events that a segment run's arrivals become. */
export const arrivalEventType = 'segment_5a_arrival';

/**
 * The arrivals of a sealed surface, drawn while they are read: the surface is laid out by hour in
 * `scratch` first, then memory holds one block of hours. An arrival's id is the hash of what it is, so
 * the same world gives the same events in every run, and a lane is a residue of that hash: lanes are
 * disjoint and together whole, however many there are.
 */
export async function openArrivals(surface: SealedSurface, scratch: string): Promise<ArrivalStream> {
  const startMinute = epochMinutes(surface.windowStart);
  const hours = Math.round((epochMinutes(surface.windowEnd) - startMinute) / 60);
  const blocks = await SurfaceBlocks.create(join(scratch, 'arrivals'), hours);
  for (const path of surface.files) await addFile(blocks, path, hours);
  const identity: ArrivalIdentity = {
    manifestFingerprint: surface.run.manifest_fingerprint,
    parameterHash: surface.run.parameter_hash,
    scenarioId: surface.scenarioId,
  };
  return {
    lane: (lane, lanes) => laneOf(blocks, identity, startMinute, lane, lanes),
    close: () => blocks.close(),
  };
}

/** The surface has every hour of a merchant-zone back to back; S5 has proven that. */
async function addFile(blocks: SurfaceBlocks, path: string, hours: number): Promise<void> {
  const { table } = merchantZoneScenarioUtc;
  const wanted = ['merchant_id', 'legal_country_iso', 'tzid', 'channel_group', 'lambda_utc_scenario'];
  const rows = await readTableUnchecked(path, table, wanted);
  const merchants = u64Values(rows, 'merchant_id');
  const [countries, zones, channels] = ['legal_country_iso', 'tzid', 'channel_group'].map((name) =>
    strings(rows, name),
  );
  if (countries === undefined || zones === undefined || channels === undefined) {
    throw new Error('the surface lacks a key');
  }
  const pairs = Array.from({ length: rows.rows / hours }, (_, index): ArrivalPair => {
    const row = index * hours;
    return {
      merchantId: merchants[row] ?? 0n,
      country: textOf(countries, row),
      tzid: textOf(zones, row),
      channelGroup: textOf(channels, row),
    };
  });
  await blocks.add(pairs, f64Values(rows, 'lambda_utc_scenario'));
}

async function* laneOf(
  blocks: SurfaceBlocks,
  identity: ArrivalIdentity,
  startMinute: number,
  lane: number,
  lanes: number,
): AsyncGenerator<readonly Arrival[]> {
  const { pairs } = blocks;
  for (let block = 0; block < blocks.count; block += 1) {
    const { firstHour, hours, lambda } = await blocks.read(block);
    for (let hour = 0; hour < hours; hour += 1) {
      const drawn = drawHour(identity, pairs, firstHour + hour, (pair) => lambda[pair * hours + hour] ?? 0);
      const startMillis = (startMinute + (firstHour + hour) * 60) * 60_000;
      yield arrivalsOf(drawn, pairs, identity, startMillis, lane, lanes);
    }
  }
}

/** The arrivals of one hour that are a lane's. Pure. */
export function arrivalsOf(
  drawn: HourOfArrivals,
  pairs: readonly ArrivalPair[],
  identity: ArrivalIdentity,
  startMillis: number,
  lane: number,
  lanes: number,
): readonly Arrival[] {
  const prefix = `5A.arrival|${identity.manifestFingerprint}|${identity.parameterHash}|${identity.scenarioId}|`;
  const keys = pairs.map(
    ({ merchantId, country, tzid, channelGroup }) =>
      `${prefix}${merchantId}|${country}|${tzid}|${channelGroup}|${startMillis}|`,
  );
  const arrivals: Arrival[] = [];
  for (let place = 0; place < drawn.count; place += 1) {
    const index = drawn.pair[place] ?? 0;
    const eventId = hash('sha256', `${keys[index]}${drawn.ordinal[place]}`);
    if (lanes > 1 && Number.parseInt(eventId.slice(0, 8), 16) % lanes !== lane) continue;
    const pair = pairs[index];
    if (pair === undefined) throw new Error('an arrival of no merchant-zone');
    arrivals.push({ eventId, tsUtc: instantOf(startMillis, drawn.micros[place] ?? 0), pair });
  }
  return arrivals;
}

/** An instant with six fractional digits, from an hour's start and the microseconds since. */
function instantOf(startMillis: number, micros: number): string {
  const millis = Math.floor(micros / 1_000);
  const text = new Date(startMillis + millis).toISOString();
  return `${text.slice(0, -1)}${String(micros - millis * 1_000).padStart(3, '0')}Z`;
}
