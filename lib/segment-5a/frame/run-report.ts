import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeWhole } from '../../files/write-whole.ts';
import type { Failure } from '../../vocabulary/failure.ts';
import { instantFromMillis } from '../../vocabulary/instant.ts';
import type { JsonObject, JsonValue } from '../../vocabulary/json.ts';
import { merchantBuckets } from '../laws/merchant-bucket.ts';
import type { PhaseMarker } from './phases.ts';
import {
  publicationOf,
  type RunIdentity,
  type StateName,
  type StateOutcome,
  type StateWork,
} from './states.ts';

/** Everything a report of one state in one run is made from. Times are milliseconds. */
export type ReportInput = {
  readonly state: StateName;
  readonly run: RunIdentity;
  readonly work: StateWork;
  readonly startedAt: number;
  readonly wallMillis: number;
  readonly markers: readonly PhaseMarker[];
  readonly tzDatabaseVersion: string;
  readonly peakRssBytes: number;
} & ({ readonly outcome: StateOutcome } | { readonly failure: Failure; readonly phase: string });

/** Where the report lies below the run folder; a part of the work has a report of its own. */
export function runReportPath(
  state: StateName,
  run: RunIdentity,
  work: StateWork,
  scenarios: number,
): string {
  const parts = [
    `reports/layer2/5A/state=${state}/manifest_fingerprint=${run.manifestFingerprint}`,
    ...(work.scenarioIds.length === scenarios ? [] : [`scenario_id=${work.scenarioIds.join('+')}`]),
    ...(work.buckets.length === merchantBuckets ? [] : [`mbuckets=${work.buckets.join('+')}`]),
  ];
  return `${parts.join('/')}/run_report.json`;
}

/** The report as JSON. It carries clocks and memory, so it is digested nowhere and replaced by the next attempt. */
export function runReport(input: ReportInput): JsonObject {
  const { state, run, markers } = input;
  const ended =
    'outcome' in input
      ? {
          status: 'PASS',
          publication: publicationOf(input.outcome),
          counts: { ...input.outcome.counts },
          metrics: input.outcome.metrics,
          warnings: input.outcome.warnings.map((warning) => ({ ...warning })),
          outputs: input.outcome.publications.flatMap(({ receipt }) =>
            receipt.files.map((file) => ({ ...file })),
          ),
          ...(input.outcome.bundleDigest === undefined
            ? {}
            : { bundle_digest_sha256: input.outcome.bundleDigest }),
          error: null,
        }
      : {
          status: 'FAIL',
          first_failure_phase: input.phase,
          error: {
            code: input.failure.code,
            message: input.failure.message,
            where: input.failure.where ?? null,
            value: input.failure.value ?? null,
            remedy: input.failure.remedy,
          },
        };
  return {
    schema: 'fraud-platform/segment-run-report/v1',
    segment: '5A',
    state,
    run_id: run.runId,
    manifest_fingerprint: run.manifestFingerprint,
    parameter_hash: run.parameterHash,
    scenario_ids: input.work.scenarioIds,
    merchant_buckets: input.work.buckets,
    started_utc: instantFromMillis(input.startedAt),
    durations: { wall_ms: input.wallMillis },
    phases: markers.map((marker) => ({ ...marker })),
    peak_rss_bytes: input.peakRssBytes,
    tz_database_version: input.tzDatabaseVersion,
    ...ended,
  };
}

/** Writes a report for people and scorers: keys sorted, two spaces, a line end; the whole or nothing. */
export async function writeRunReport(runFolder: string, path: string, report: JsonObject): Promise<void> {
  const target = join(runFolder, path);
  await mkdir(dirname(target), { recursive: true });
  await writeWhole(target, `${JSON.stringify(sortedKeys(report), null, 2)}\n`, { replace: true });
}

function sortedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sortedKeys(member)]));
}
