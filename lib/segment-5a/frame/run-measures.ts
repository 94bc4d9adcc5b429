import { z } from 'zod';
import { canonicalBytes, canonicalJson } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import { type RunMeasures, runMeasuresSchema } from '../../gates/closure/run-measures.ts';
import type { SegmentRunId } from '../../vocabulary/identifiers.ts';
import { readRunContent } from './run-content.ts';
import { runFolderOf } from './run-folder.ts';
import { type RunReport, readCurrentReports } from './run-reports.ts';
import { stateNames } from './states.ts';

/** What S4 tells of a scenario by itself. */
const scenarioMetricsSchema = z.looseObject({ event_rows: z.number() });

/**
 * What scorers know of a run, from its receipts and its states' own reports. Parts of a state are added up;
 * one that failed last makes the state FAIL, and a state whose parts make no whole is not told of. Throws what `readRunContent` throws.
 */
export async function readRunMeasures(
  runsRoot: string,
  runId: SegmentRunId,
  signal: AbortSignal,
): Promise<RunMeasures> {
  const content = await readRunContent(runsRoot, runId, signal);
  const states: Record<string, RunMeasures['states'][string]> = {};
  for (const state of stateNames) {
    const { whole, failed } = await readCurrentReports(runFolderOf(runsRoot, runId), state);
    if (whole === undefined || whole.length === 0) continue;
    states[state] = added(
      whole.map(({ report }) => report),
      failed?.report,
    );
  }
  return runMeasuresSchema.parse({
    schema: 'fraud-platform/run-measures/v1',
    segment_run_id: runId,
    parameter_hash: content.parameterHash,
    manifest_fingerprint: content.manifestFingerprint,
    content: Object.fromEntries(
      [...content.files].map(([state, files]) => [
        state,
        sha256Of(canonicalBytes([...files].sort(([one], [other]) => (one < other ? -1 : 1)))),
      ]),
    ),
    bundle_digest_sha256: content.bundleDigest ?? null,
    states,
  });
}

function added(reports: readonly RunReport[], failed: RunReport | undefined): RunMeasures['states'][string] {
  const counts: Record<string, number> = {};
  for (const report of reports) {
    for (const [name, count] of Object.entries(report.counts)) {
      // Rows made are of the part; every other count is of the whole.
      counts[name] = /^(?:overlay|scenario)_rows$/.test(name)
        ? (counts[name] ?? 0) + count
        : Math.max(counts[name] ?? 0, count);
    }
  }
  const { event_rows: _, ...others } = counts;
  const eventRows = 'event_rows' in counts ? eventRowsOf(reports) : undefined;
  const warnings = warningsOf(reports);
  return {
    status: failed === undefined ? 'PASS' : 'FAIL',
    seconds: reports.reduce((sum, { durations }) => sum + durations.wall_ms, 0) / 1_000,
    counts: eventRows === undefined ? others : { ...others, event_rows: eventRows },
    warnings,
    lanes: reports.flatMap(({ phases }) =>
      phases.map(({ lane, seconds }) => ({ lane, seconds: Math.max(0, seconds) })),
    ),
    error: failed?.error?.code ?? null,
  };
}

/** Of every scenario once, however many parts told of it; `undefined` when a part told of none by itself. */
function eventRowsOf(reports: readonly RunReport[]): number | undefined {
  const rows = new Map<string, number>();
  for (const { metrics } of reports) {
    const told = Object.entries(metrics).flatMap(([scenario, own]) => {
      const { data } = scenarioMetricsSchema.safeParse(own);
      return data === undefined ? [] : [[scenario, data.event_rows] as const];
    });
    if (told.length === 0) return undefined;
    for (const [scenario, own] of told) rows.set(scenario, Math.max(rows.get(scenario) ?? 0, own));
  }
  return [...rows.values()].reduce((sum, own) => sum + own, 0);
}

/** How often each warning was given: what several parts say of the same is said once, as each looks at the whole domain. */
function warningsOf(reports: readonly RunReport[]): Record<string, number> {
  const most = new Map<string, { readonly code: string; readonly times: number }>();
  for (const report of reports) {
    const own = new Map<string, { readonly code: string; readonly times: number }>();
    for (const { code, detail } of report.warnings) {
      const key = canonicalJson([code, detail]);
      own.set(key, { code, times: (own.get(key)?.times ?? 0) + 1 });
    }
    for (const [key, one] of own) if (one.times > (most.get(key)?.times ?? 0)) most.set(key, one);
  }
  const warnings: Record<string, number> = {};
  for (const { code, times } of most.values()) warnings[code] = (warnings[code] ?? 0) + times;
  return warnings;
}
