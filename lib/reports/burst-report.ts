import { z } from 'zod';
import { laneResultSchema } from '../burst/lane-result.ts';
import { closedScopeSchema, openedScopeSchema } from '../burst/scope-results.ts';
import { burstSnapshotSchema } from '../gates/burst/snapshot.ts';
import { executionIdSchema, runIdSchema, sha256Schema } from '../vocabulary/identifiers.ts';
import { instantFromMillis, instantSchema, millisOf } from '../vocabulary/instant.ts';
import { provenanceSchema } from './provenance.ts';
import { reconcile } from './reconcile-burst.ts';

const count = z.int().min(0);
const status = z.enum(['PASS', 'WARN', 'FAIL', 'ERROR']);

/** One comparison of two sources that must agree; ERROR says that it could not be made. */
export const reconciliationSchema = z.strictObject({
  id: z.string(),
  status,
  /** What was compared, with both figures. */
  detail: z.string(),
});
export type Reconciliation = z.infer<typeof reconciliationSchema>;

/** What was decided from an instant on, for as long as its series says. */
const decisionsFromSchema = z.strictObject({
  from: instantSchema,
  admitted: count,
  duplicates: count,
  quarantined: count,
});
export type DecisionsFrom = z.infer<typeof decisionsFromSchema>;

const laneSchema = laneResultSchema.omit({ latency_histogram: true, schema: true, run_id: true });

/** `report.json` of a burst: what happened, by which source, and whether the sources agree. */
export const burstReportSchema = z.strictObject({
  schema: z.literal('fraud-platform/burst-report/v1'),
  environment: z.string(),
  run_id: runIdSchema,
  execution_id: executionIdSchema,
  /** Of the execution, computed again from the sealed bundle. */
  verdict: z.strictObject({ verdict: z.string(), cause: z.string(), reasons: z.array(z.string()) }),
  /** The judgement of the phase's gate, by the same bundle. */
  adjudication: burstSnapshotSchema,
  opened: openedScopeSchema.nullable(),
  counted: closedScopeSchema.nullable(),
  lanes: z.array(laneSchema),
  /** What the database holds of the run now. */
  database: z.strictObject({
    scope: z.strictObject({ opened_at: instantSchema, closed_at: instantSchema.nullable() }).nullable(),
    decisions: z.array(
      z.strictObject({ decision: z.string(), reason: z.string().nullable(), events: count }),
    ),
    admitted_ids: count,
    /** By equal spans of time; spans without a decision have no entry. */
    span_seconds: z.int().min(1),
    over_time: z.array(decisionsFromSchema),
    checkpoints: z.array(
      z.strictObject({ lane: count, frontier: count, epoch: count, updated_at: instantSchema }),
    ),
  }),
  /** The series by the minute, or by its own spans where those are longer. */
  decisions_per_minute: z.strictObject({
    span_seconds: z.int().min(60),
    minutes: z.array(decisionsFromSchema),
  }),
  reconciliation: z.array(reconciliationSchema),
  provenance: z.array(provenanceSchema),
  evidence: z.strictObject({ bundle_digest_sha256: sha256Schema, snapshot_sha256: sha256Schema }),
});
export type BurstReport = z.infer<typeof burstReportSchema>;

/** What the report is about before its sources are compared. */
export type BurstFacts = Omit<
  BurstReport,
  'schema' | 'decisions_per_minute' | 'reconciliation' | 'provenance'
>;

/** The whole report: facts, what they say to each other, and where they come from. Pure. */
export function burstReport(facts: BurstFacts): BurstReport {
  return {
    schema: 'fraud-platform/burst-report/v1',
    ...facts,
    decisions_per_minute: perMinute(facts.database),
    reconciliation: reconcile(facts),
    provenance: [
      { part: 'environment, run_id, execution_id', source: 'the launch of this report' },
      { part: 'verdict', source: 'the sealed bundle, computed again' },
      { part: 'adjudication', source: 'the sealed bundle, judged by the gate of the launch' },
      {
        part: 'adjudication: task life',
        source: 'task-record.json of each launch of Lane: earliest start to latest stop',
      },
      {
        part: 'adjudication: load',
        source: 'result.json of each launch of Lane: first answered send to last answer',
      },
      { part: 'opened', source: 'result.json of the launch Open, in the bundle' },
      {
        part: 'lanes',
        source: 'result.json of each launch of Lane, in the bundle: counts, latency, frontier',
      },
      { part: 'counted', source: 'result.json of the launch Close, in the bundle' },
      {
        part: 'database',
        source:
          'ingest.run_scopes, ingest.admissions, ingest.rejections and ingest.checkpoints, rows of this run alone, in one snapshot',
      },
      { part: 'decisions_per_minute', source: 'database: over_time, added up' },
      { part: 'reconciliation', source: 'lanes, counted, database and adjudication, against each other' },
      { part: 'evidence', source: 'commit of the sealed bundle; SHA-256 of the adjudication' },
    ],
  };
}

/** Lengths of spans: whole minutes are made of them, or they of whole minutes. */
const spanSeconds = [1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];
/** Points of a series: enough for a chart, and few whatever the run. */
const mostSpans = 240;

/** The shortest spans of which a series over so many seconds has no more than 240. Pure. */
export function spanFor(seconds: number): number {
  const wanted = seconds / mostSpans;
  return spanSeconds.find((span) => span >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
}

function perMinute({ span_seconds, over_time }: BurstFacts['database']): BurstReport['decisions_per_minute'] {
  const length = Math.max(60, span_seconds);
  const minutes = Map.groupBy(over_time, ({ from }) => Math.floor(millisOf(from) / 1_000 / length) * length);
  return {
    span_seconds: length,
    minutes: [...minutes].map(([second, spans]) => ({
      from: instantFromMillis(second * 1_000),
      admitted: spans.reduce((sum, { admitted }) => sum + admitted, 0),
      duplicates: spans.reduce((sum, { duplicates }) => sum + duplicates, 0),
      quarantined: spans.reduce((sum, { quarantined }) => sum + quarantined, 0),
    })),
  };
}
