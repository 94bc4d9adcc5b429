import type { SegmentFacts, SegmentReport } from '../../lib/reports/segment-report.ts';
import type { Receipt } from '../../lib/segment-5a/frame/receipt.ts';
import { findRunReceipt } from '../../lib/segment-5a/frame/run-folder.ts';
import { findCurrentReports, type RunReport } from '../../lib/segment-5a/frame/run-reports.ts';
import { type StateName, stateNames } from '../../lib/segment-5a/frame/states.ts';
import { openEngine } from '../../lib/segment-5a/s5/engine.ts';
import { standingOf } from '../../lib/segment-5a/s5/run-standing.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { sha256Schema } from '../../lib/vocabulary/identifiers.ts';
import { findBundles, findReceipts } from './find-run.ts';
import { incompleteScenarios, readScenarios, scenariosOverTime, weeklyShapes } from './segment-tables.ts';

/**
 * Everything that a segment run's report says, from its folder: its own run reports, the validation bundle,
 * and aggregates of its tables, made by the engine so that no row comes here. PASS is said of what lies there
 * now alone, every file of it compared with its receipt and every receipt with the bundle; a table that does not
 * hold is left out and told. A state that has not run is left out. Throws `RUN_NOT_FOUND` (64).
 */
export async function gatherSegment(runFolder: string, scratch: string): Promise<SegmentFacts> {
  const run = await findRunReceipt(runFolder);
  if (run === undefined) {
    return fail({
      exit: 'usage',
      code: 'RUN_NOT_FOUND',
      message: 'this is no folder of a segment run',
      where: runFolder,
      remedy: 'Give <runs root>/<segment run id>.',
    });
  }
  const receipts = await findReceipts(runFolder, run);
  const bundles = await findBundles(runFolder, run);
  const { status, bundle, findings, shown } = standingOf(receipts, bundles);
  const judgement = bundles.find((one) => one === bundle)?.report;
  const tables: readonly Receipt[] = receipts
    .filter(({ name }) => shown.has(name))
    .map(({ receipt }) => receipt);
  const reports = await readStateReports(runFolder);
  const engine = await openEngine(scratch);
  try {
    const scenarios = await readScenarios(engine, runFolder, tables);
    return {
      segment_run_id: run.run_id,
      manifest_fingerprint: sha256Schema.parse(run.manifest_fingerprint),
      parameter_hash: sha256Schema.parse(run.parameter_hash),
      tz_database_version: reports.tz ?? 'unknown',
      overall_status: status,
      findings: [...findings, ...incompleteScenarios(scenarios, tables), ...reports.findings],
      blocking_reasons: judgement?.blocking_reasons ?? [],
      checks: (judgement?.checks ?? []).map(({ check_id, status: found }) => ({ check_id, status: found })),
      issue_count: judgement?.issue_count ?? 0,
      scenarios: scenarios.map(({ scenario_id }) => scenario_id),
      states: reports.states,
      weekly_shape: await weeklyShapes(engine, runFolder, tables),
      scenarios_over_time: await scenariosOverTime(engine, runFolder, tables, scenarios),
      evidence: { validation_bundle_sha256: bundle?.digest ?? null },
    };
  } finally {
    engine.close();
  }
}

type StateReports = {
  readonly states: SegmentReport['states'];
  readonly findings: readonly string[];
  readonly tz: string | undefined;
};

/** What each state, and each part of one, says of its last attempt. */
async function readStateReports(runFolder: string): Promise<StateReports> {
  const states: SegmentReport['states'] = [];
  const findings: string[] = [];
  let tz: string | undefined;
  for (const state of stateNames) {
    const found = await findCurrentReports(runFolder, state);
    if ('unreadable' in found) {
      const { unreadable, why } = found;
      findings.push(
        `a run report of ${state} cannot be read, so what it took and counted is left out: ${unreadable}: ${why}`,
      );
      continue;
    }
    const { whole, failed } = found;
    for (const { path, report } of whole ?? []) {
      tz ??= report.tz_database_version;
      states.push(stateOf(state, path, report));
    }
    if (failed !== undefined) {
      const { error } = failed.report;
      findings.push(`${state} did not pass at its last attempt: ${error?.code ?? 'unknown'}`);
    } else if (whole === undefined) {
      findings.push(`the parts of ${state} make no whole, so what they took and counted is left out`);
    }
  }
  return { states, findings, tz };
}

function stateOf(state: StateName, path: string, found: RunReport): SegmentReport['states'][number] {
  // Below the state: manifest_fingerprint=…, then which part of the work it was.
  const part = path.split('/').slice(1, -1).join(' ');
  return {
    state,
    part: part === '' ? 'all' : part,
    seconds: found.durations.wall_ms / 1_000,
    peak_rss_bytes: found.peak_rss_bytes,
    counts: found.counts,
    phases: found.phases.map(({ lane, seconds, rows }) => ({
      lane,
      seconds: Math.max(0, seconds),
      rows: rows ?? 0,
    })),
    warnings: found.warnings.map(({ code }) => code),
  };
}
