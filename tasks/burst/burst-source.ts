import { arrivalEventType, openArrivals } from '../../lib/burst/arrivals/arrival-stream.ts';
import { openSealedSurface } from '../../lib/burst/arrivals/sealed-surface.ts';
import {
  type EventFile,
  type FileEvent,
  inspectEventFile,
  readEventFile,
} from '../../lib/burst/events/event-file.ts';
import { laneOfEvent } from '../../lib/burst/lane-of-event.ts';
import { nearFile } from '../../lib/lake/bring-near.ts';
import { nearRun } from '../../lib/segment-5a/lake/near-run.ts';
import type { Sha256 } from '../../lib/vocabulary/identifiers.ts';
import type { BurstSource } from '../../lib/workflows/plan-bounded-burst.ts';

/** An event as its source gives it, before it belongs to a run. */
export type SourceEvent = Pick<FileEvent, 'event_id' | 'event_type' | 'ts_utc' | 'payload'>;

/** A source that was verified: what its events have in common, and how a lane gets its own. */
export type VerifiedSource = {
  readonly sourceSha256: Sha256;
  /** Of the validation bundle that vouches for the events; a file vouches for itself alone. */
  readonly bundleDigest: Sha256 | undefined;
  readonly identity: EventFile['identity'];
  readonly windowStart: string;
  readonly windowEnd: string;
  /** Batches of the events of one lane in their order. Lanes are disjoint and together whole. */
  readonly lane: (
    scratch: string,
    lane: number,
    lanes: number,
  ) => Promise<{
    readonly events: AsyncGenerator<readonly SourceEvent[]>;
    readonly close: () => Promise<void>;
  }>;
};

/**
 * Verifies what a burst is to send; what lies in the lake is copied to `scratch` first. Throws what
 * `openSealedSurface` or `inspectEventFile` throw.
 */
export async function verifySource(
  source: BurstSource,
  scratch: string,
  signal: AbortSignal,
): Promise<VerifiedSource> {
  return 'event_file' in source
    ? fileSource(await nearFile(source.event_file, scratch, signal), signal)
    : surfaceSource(source, scratch, signal);
}

async function surfaceSource(
  source: Extract<BurstSource, { run_folder: string }>,
  scratch: string,
  signal: AbortSignal,
): Promise<VerifiedSource> {
  const selection = {
    states: ['S0', 'S4'],
    scenarioIds: [source.scenario_id],
    validation: true,
    reports: false,
  } as const;
  const runFolder = await nearRun(source.run_folder, selection, scratch, signal);
  const surface = await openSealedSurface(runFolder, source.scenario_id);
  return {
    sourceSha256: surface.sourceSha256,
    bundleDigest: surface.bundleDigest,
    identity: {
      manifest_fingerprint: surface.run.manifest_fingerprint,
      parameter_hash: surface.run.parameter_hash,
      scenario_id: surface.scenarioId,
      segment_run_id: surface.run.run_id,
    },
    windowStart: surface.windowStart,
    windowEnd: surface.windowEnd,
    lane: async (scratch, lane, lanes) => {
      const arrivals = await openArrivals(surface, scratch);
      const events = async function* () {
        for await (const batch of arrivals.lane(lane, lanes)) {
          yield batch.map(
            ({ eventId, tsUtc, pair }): SourceEvent => ({
              event_id: eventId,
              event_type: arrivalEventType,
              ts_utc: tsUtc,
              payload: {
                merchant_id: String(pair.merchantId),
                legal_country_iso: pair.country,
                tzid: pair.tzid,
                channel_group: pair.channelGroup,
              },
            }),
          );
        }
      };
      return { events: events(), close: arrivals.close };
    },
  };
}

const fileBatch = 1_000;

async function fileSource(path: string, signal: AbortSignal): Promise<VerifiedSource> {
  const file = await inspectEventFile(path, signal);
  return {
    ...file,
    bundleDigest: undefined,
    lane: async (_, lane, lanes) => ({
      events: fileLane(path, lane, lanes, signal),
      close: async () => undefined,
    }),
  };
}

async function* fileLane(
  path: string,
  lane: number,
  lanes: number,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceEvent[]> {
  let batch: SourceEvent[] = [];
  for await (const { event } of readEventFile(path, signal)) {
    if (laneOfEvent(event.event_id, lanes) !== lane) continue;
    batch.push(event);
    if (batch.length < fileBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
