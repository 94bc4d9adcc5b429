import { hash } from 'node:crypto';
import { join } from 'node:path';
import { merchantZoneScenarioUtc } from '../../segment-5a/datasets.ts';
import { f64Values, strings, textOf, u64Values } from '../../segment-5a/frame/table-access.ts';
import type { Horizon } from '../../segment-5a/laws/horizon.ts';
import { minutesPerDay } from '../../segment-5a/vocabulary.ts';
import { readTableUnchecked } from '../../tables/read-table.ts';
import { type ArrivalIdentity, type ArrivalsOfStretch, drawStretch, stretchMinutes } from './draw-stretch.ts';
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
 * The arrivals of a sealed surface, drawn while they are read: the surface is laid out by time in
 * `scratch` first, then memory holds one day. An arrival's id is the hash of what it is, so
 * the same world gives the same events in every run, and a lane is a residue of that hash: lanes are
 * disjoint and together whole, however many there are.
 */
export async function openArrivals(surface: SealedSurface, scratch: string): Promise<ArrivalStream> {
  const { horizon } = surface;
  const { buckets, bucketMinutes } = horizon;
  const layout = { buckets, perBlock: Math.max(1, Math.floor(minutesPerDay / bucketMinutes)) };
  const blocks = await SurfaceBlocks.create(join(scratch, 'arrivals'), layout);
  for (const path of surface.files) await addFile(blocks, path, buckets);
  const identity: ArrivalIdentity = {
    manifestFingerprint: surface.run.manifest_fingerprint,
    parameterHash: surface.run.parameter_hash,
    scenarioId: surface.scenarioId,
  };
  return {
    lane: (lane, lanes) => laneOf(blocks, identity, horizon, lane, lanes),
    close: () => blocks.close(),
  };
}

/** The surface has every bucket of a merchant-zone back to back; S5 has proven that. */
async function addFile(blocks: SurfaceBlocks, path: string, buckets: number): Promise<void> {
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
  const pairs = Array.from({ length: rows.rows / buckets }, (_, index): ArrivalPair => {
    const row = index * buckets;
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
  { startMinute, bucketMinutes }: Horizon,
  lane: number,
  lanes: number,
): AsyncGenerator<readonly Arrival[]> {
  const { pairs } = blocks;
  const minutes = stretchMinutes(bucketMinutes);
  const stretches = bucketMinutes / minutes;
  for (let block = 0; block < blocks.count; block += 1) {
    const { firstBucket, buckets, lambda } = await blocks.read(block);
    for (let part = 0; part < buckets * stretches; part += 1) {
      const bucket = Math.floor(part / stretches);
      const index = firstBucket * stretches + part;
      const drawn = drawStretch(
        identity,
        pairs,
        { index, minutes },
        (pair) => (lambda[pair * buckets + bucket] ?? 0) / stretches,
      );
      const startMillis = (startMinute + index * minutes) * 60_000;
      yield arrivalsOf(drawn, pairs, identity, startMillis, lane, lanes);
    }
  }
}

/** The arrivals of one stretch that are a lane's. Pure. */
export function arrivalsOf(
  drawn: ArrivalsOfStretch,
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

/** An instant with six fractional digits, from a stretch's start and the microseconds since. */
function instantOf(startMillis: number, micros: number): string {
  const millis = Math.floor(micros / 1_000);
  const text = new Date(startMillis + millis).toISOString();
  return `${text.slice(0, -1)}${String(micros - millis * 1_000).padStart(3, '0')}Z`;
}
