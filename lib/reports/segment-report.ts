import { z } from 'zod';
import { sha256Schema } from '../vocabulary/identifiers.ts';
import { provenanceSchema } from './provenance.ts';

const amount = z.number();

/** `report.json` of a segment run. */
export const segmentReportSchema = z.strictObject({
  schema: z.literal('fraud-platform/segment-report/v2'),
  segment_run_id: z.string().regex(/^[0-9a-f]{32}$/),
  manifest_fingerprint: sha256Schema,
  parameter_hash: sha256Schema,
  tz_database_version: z.string(),
  /** PASS or FAIL by S5, of what lies in the folder; ALTERED when it judged something else, null when it has not judged. */
  overall_status: z.enum(['PASS', 'FAIL', 'ALTERED']).nullable(),
  /** What does not fit, and what is left out for it. */
  findings: z.array(z.string()),
  blocking_reasons: z.array(z.string()),
  checks: z.array(z.strictObject({ check_id: z.string(), status: z.string() })),
  issue_count: z.int().min(0),
  scenarios: z.array(z.string()),
  /** By state, in the order of the states: what its own run report says. */
  states: z.array(
    z.strictObject({
      state: z.string(),
      part: z.string(),
      seconds: z.number().min(0),
      peak_rss_bytes: z.number().min(0),
      counts: z.record(z.string(), z.json()),
      phases: z.array(
        z.strictObject({ lane: z.string(), seconds: z.number().min(0), rows: z.number().min(0) }),
      ),
      warnings: z.array(z.string()),
    }),
  ),
  /** Mean share of the week in each hour of it, Monday 00:00 first, by class and channel. */
  weekly_shape: z.array(
    z.strictObject({
      demand_class: z.string(),
      channel_group: z.string(),
      hours: z.array(amount).length(168),
    }),
  ),
  scenarios_over_time: z.array(
    z.strictObject({
      scenario_id: z.string(),
      horizon_start_utc: z.string(),
      total: amount,
      /** Expected arrivals by day of the horizon, for each class. */
      intensity: z.array(z.strictObject({ demand_class: z.string(), days: z.array(amount) })),
      /** Overlay factor of all rows by day of the horizon. */
      overlay: z.array(z.strictObject({ minimum: amount, mean: amount, maximum: amount })),
    }),
  ),
  provenance: z.array(provenanceSchema),
  /** The validation bundle that says so; null when none holds. */
  evidence: z.strictObject({ validation_bundle_sha256: sha256Schema.nullable() }),
});
export type SegmentReport = z.infer<typeof segmentReportSchema>;

/** What is found in the folder of a run. */
export type SegmentFacts = Omit<SegmentReport, 'schema' | 'provenance'>;

/** Why a report has no checks, for people. */
export const noJudgement = ({ overall_status }: Pick<SegmentReport, 'overall_status'>) =>
  overall_status === 'ALTERED' ? 'S5 has not judged what lies there now' : 'S5 has not judged this run';

/** The whole report: facts, and where they come from. Pure. */
export function segmentReport(facts: SegmentFacts): SegmentReport {
  return {
    schema: 'fraud-platform/segment-report/v2',
    ...facts,
    provenance: [
      {
        part: 'segment_run_id, manifest_fingerprint, parameter_hash',
        source: 'run_receipt.json of the run folder',
      },
      {
        part: 'tz_database_version, states',
        source: 'run_report.json that each state, and each part of one, wrote',
      },
      {
        part: 'overall_status, blocking_reasons, checks, issue_count',
        source:
          'validation_report_5A.json of the validation bundle, held against the receipts, and those against every file',
      },
      { part: 'findings', source: 'receipts, files, validation bundles and run reports that do not fit' },
      { part: 'scenarios', source: 'scenario_manifest_5A' },
      {
        part: 'weekly_shape',
        source:
          'class_zone_shape_5A: mean over the zones of a class and channel, by the hour of the local week',
      },
      {
        part: 'scenarios_over_time: total, intensity',
        source:
          'merchant_zone_scenario_utc_5A (of a run without it, merchant_zone_scenario_local_5A, whose totals are the same), by the class of merchant_zone_profile_5A and the day in UTC',
      },
      {
        part: 'scenarios_over_time: overlay',
        source: 'merchant_zone_overlay_factors_5A, by the local day of the horizon',
      },
      { part: 'evidence', source: 'SHA-256 of manifest-sha256.txt of the validation bundle' },
    ],
  };
}
