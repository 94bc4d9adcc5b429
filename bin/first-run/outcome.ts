import type { JsonObject } from '../../lib/vocabulary/json.ts';

/** The steps of `npm start`, in their order, with what is said while one of them runs. */
export const steps = [
  { name: 'environment', title: 'PostgreSQL, the AWS wire and a folder of evidence on loopback' },
  { name: 'world', title: 'merchants, zones and calendars with real public holidays' },
  { name: 'segment', title: 'S0 … S5: an intensity for every merchant, zone and hour' },
  { name: 'burst', title: 'arrivals of the sealed run, paced, through the ingestion gate' },
  { name: 'verdict', title: 'the burst is judged by its sealed evidence, twice' },
  { name: 'query', title: 'what the database received, counted there' },
  { name: 'reports', title: 'one page about the burst, one about the segment run' },
  { name: 'proof', title: 'every sealed bundle is checked again' },
] as const;
export type StepName = (typeof steps)[number]['name'];

/** A step that ended well: how long it took, and what came of it in a line. */
export type FinishedStep = { readonly name: StepName; readonly millis: number; readonly says: string };

export type Publication = 'published' | 'identical';

/** What each step found; figures that the last screen shows and `--json` prints. */
export type Findings = {
  readonly world: {
    readonly publication: Publication;
    readonly folder: string;
    readonly merchants: number;
    readonly countries: number;
    /** Merchants times the zones that they have sites in. */
    readonly merchantZones: number;
    readonly calendarEvents: number;
    readonly bundleDigest: string;
  };
  readonly segment: {
    readonly execution: string;
    readonly run: string;
    readonly folder: string;
    readonly manifestFingerprint: string;
    readonly publication: Publication;
    readonly scenarios: number;
    /** Rows of the surfaces: one for each scenario, merchant-zone and hour. */
    readonly intensities: number;
    /** Of all states together. */
    readonly stateSeconds: number;
    readonly checksPassed: number;
    readonly checks: number;
    readonly bundleDigest: string;
  };
  readonly burst: {
    readonly execution: string;
    readonly run: string;
    readonly sent: number;
    readonly admitted: number;
    readonly duplicates: number;
    readonly quarantined: number;
    /** From the first acknowledged send to the last acknowledgement. */
    readonly loadSeconds: number;
    /** Of the lane that was slowest. */
    readonly p50Millis: number;
    readonly p99Millis: number;
  };
  readonly verdict: {
    readonly mayClose: boolean;
    readonly certifying: boolean;
    readonly phase: string;
    readonly gate: string;
    readonly blockers: readonly {
      readonly id: string;
      readonly meaning: string;
      readonly reasons: readonly string[];
    }[];
    readonly snapshotSha256: string;
  };
  readonly query: {
    readonly execution: string;
    readonly name: string;
    /** Receipts by decision. */
    readonly receipts: Readonly<Record<string, string>>;
  };
  readonly reports: readonly {
    readonly about: 'burst' | 'segment';
    readonly status: string;
    readonly page: string;
  }[];
  readonly proof: {
    readonly bundles: number;
    /** Bundles are kept in several places; each place is checked. */
    readonly copies: number;
    readonly files: number;
    /** Whether `sha256sum -c` said the same of every copy, or is not on this machine. */
    readonly sha256sum: 'agrees' | 'absent';
  };
};

/** Where the state of the local environment is, and how much there is of it. */
export type StateOnDisk = {
  readonly folders: readonly string[];
  readonly bytes: number;
  /** How much of it this run added. */
  readonly addedBytes: number;
};

export type Outcome = {
  readonly scale: string;
  readonly seed: string;
  readonly millis: number;
  readonly steps: readonly FinishedStep[];
  readonly findings: Findings;
  readonly state: StateOnDisk;
};

/** The outcome as `--json` prints it. */
export function outcomeDocument({
  scale,
  seed,
  millis,
  steps: finished,
  findings,
  state,
}: Outcome): JsonObject {
  const { world, segment, burst, verdict, query, reports, proof } = findings;
  return {
    schema: 'fraud-platform/first-run/v1',
    scale,
    seed,
    seconds: millis / 1_000,
    steps: finished.map(({ name, millis: spent, says }) => ({ name, seconds: spent / 1_000, says })),
    world: {
      publication: world.publication,
      folder: world.folder,
      merchants: world.merchants,
      countries: world.countries,
      merchant_zones: world.merchantZones,
      calendar_events: world.calendarEvents,
      bundle_digest_sha256: world.bundleDigest,
    },
    segment: {
      execution_id: segment.execution,
      segment_run_id: segment.run,
      run_folder: segment.folder,
      manifest_fingerprint: segment.manifestFingerprint,
      publication: segment.publication,
      scenarios: segment.scenarios,
      intensities: segment.intensities,
      state_seconds: segment.stateSeconds,
      checks_passed: segment.checksPassed,
      checks: segment.checks,
      validation_bundle_digest_sha256: segment.bundleDigest,
    },
    burst: {
      execution_id: burst.execution,
      run_id: burst.run,
      sent: burst.sent,
      admitted: burst.admitted,
      duplicates: burst.duplicates,
      quarantined: burst.quarantined,
      load_seconds: burst.loadSeconds,
      p50_ms: burst.p50Millis,
      p99_ms: burst.p99Millis,
    },
    verdict: {
      may_close: verdict.mayClose,
      certifying: verdict.certifying,
      phase: verdict.phase,
      gate: verdict.gate,
      blockers: verdict.blockers.map(({ id, meaning, reasons }) => ({ id, meaning, reasons })),
      snapshot_sha256: verdict.snapshotSha256,
    },
    query: { execution_id: query.execution, name: query.name, receipts: { ...query.receipts } },
    reports: reports.map((report) => ({ ...report })),
    proof: { ...proof },
    state: { folders: state.folders, bytes: state.bytes, added_bytes: state.addedBytes },
  };
}
