import { z } from 'zod';
import { laneResultSchema } from '../burst/lane-result.ts';
import { closedScopeSchema, openedScopeSchema } from '../burst/scope-results.ts';
import { burstSnapshotSchema } from '../gates/burst/snapshot.ts';
import { executionIdSchema, runIdSchema, sha256Schema } from '../vocabulary/identifiers.ts';
import { instantSchema } from '../vocabulary/instant.ts';

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
    over_time: z.array(
      z.strictObject({ from: instantSchema, admitted: count, duplicates: count, quarantined: count }),
    ),
    checkpoints: z.array(
      z.strictObject({ lane: count, frontier: count, epoch: count, updated_at: instantSchema }),
    ),
  }),
  reconciliation: z.array(reconciliationSchema),
  /** Where each part comes from. */
  provenance: z.array(z.strictObject({ part: z.string(), source: z.string() })),
  evidence: z.strictObject({ bundle_digest_sha256: sha256Schema, snapshot_sha256: sha256Schema }),
});
export type BurstReport = z.infer<typeof burstReportSchema>;

/** What the report is about before its sources are compared. */
export type BurstFacts = Omit<BurstReport, 'schema' | 'reconciliation' | 'provenance'>;

/** The whole report: facts, what they say to each other, and where they come from. Pure. */
export function burstReport(facts: BurstFacts): BurstReport {
  return {
    schema: 'fraud-platform/burst-report/v1',
    ...facts,
    reconciliation: reconcile(facts),
    provenance: [
      { part: 'verdict', source: 'the sealed bundle, computed again' },
      { part: 'adjudication', source: 'the sealed bundle, judged by the gate of the launch' },
      { part: 'opened', source: 'result.json of the launch Open, in the bundle' },
      { part: 'lanes', source: 'result.json of each launch of Lane, in the bundle' },
      { part: 'counted', source: 'result.json of the launch Close, in the bundle' },
      {
        part: 'database',
        source: 'ingest.admissions, ingest.rejections, ingest.checkpoints, ingest.run_scopes',
      },
      { part: 'task life', source: 'task-record.json of each launch of Lane, in the bundle' },
      { part: 'load', source: 'the lanes’ results' },
    ],
  };
}

/** Sources of one burst against each other. Pure. */
export function reconcile({ lanes, counted, database, adjudication }: BurstFacts): Reconciliation[] {
  const of = (decision: string) =>
    database.decisions
      .filter((row) => row.decision === decision)
      .reduce((sum, { events }) => sum + events, 0);
  const receipts = database.decisions.reduce((sum, { events }) => sum + events, 0);
  const total = (pick: (lane: BurstReport['lanes'][number]) => number) =>
    lanes.reduce((sum, lane) => sum + pick(lane), 0);
  const compare = (
    id: string,
    holds: boolean,
    otherwise: 'WARN' | 'FAIL',
    detail: string,
  ): Reconciliation => ({
    id,
    status: holds ? 'PASS' : otherwise,
    detail,
  });
  const sent = total((lane) => lane.sent);
  const acknowledged = total((lane) => lane.acknowledged);
  const unresolved = total((lane) => lane.unresolved);
  const overTime = database.over_time.reduce(
    (sum, span) => sum + span.admitted + span.duplicates + span.quarantined,
    0,
  );
  const checks = [
    compare(
      'SENT_COVERS_ACKNOWLEDGED',
      sent === acknowledged + unresolved,
      'FAIL',
      `sent ${sent}, acknowledged ${acknowledged}, unresolved ${unresolved}`,
    ),
    compare(
      'RECEIPTS_COVER_ACKNOWLEDGED',
      receipts >= acknowledged,
      'FAIL',
      `receipts ${receipts}, acknowledged ${acknowledged}`,
    ),
    compare(
      'ONE_ADMISSION_AN_EVENT',
      of('ADMIT') === database.admitted_ids,
      'FAIL',
      `admissions ${of('ADMIT')}, different events ${database.admitted_ids}`,
    ),
    compare('SERIES_IS_WHOLE', overTime === receipts, 'FAIL', `receipts ${receipts}, over time ${overTime}`),
    compare('NOTHING_UNRESOLVED', unresolved === 0, 'WARN', `${unresolved} events without an answer`),
    compare(
      'CHECKPOINTS_ARE_THE_LANES',
      lanes.every(({ lane, frontier }) =>
        database.checkpoints.some((kept) => kept.lane === lane && kept.frontier >= frontier),
      ),
      'FAIL',
      database.checkpoints.map(({ lane, frontier }) => `lane ${lane}: ${frontier}`).join(', ') ||
        'there is no checkpoint',
    ),
    compare(
      'SCOPE_IS_CLOSED',
      database.scope?.closed_at != null,
      'WARN',
      database.scope === null
        ? 'the database knows no scope of this run'
        : `closed at ${database.scope.closed_at ?? 'no time yet'}`,
    ),
  ];
  const unknown = (id: string, what: string): Reconciliation => ({ id, status: 'ERROR', detail: what });
  return [
    ...checks,
    counted === null
      ? unknown('COUNTED_AT_THE_END', 'nobody counted at the end')
      : compare(
          'COUNTED_AT_THE_END',
          counted.admitted === of('ADMIT') &&
            counted.duplicates === of('DUPLICATE') &&
            counted.quarantined === of('QUARANTINE'),
          'FAIL',
          `at the end ${counted.admitted}/${counted.duplicates}/${counted.quarantined}, now ${of('ADMIT')}/${of('DUPLICATE')}/${of('QUARANTINE')}`,
        ),
    adjudication.burst_load_checks.admitted === null
      ? unknown('JUDGED_ON_THESE_COUNTS', 'the judgement had no counts')
      : compare(
          'JUDGED_ON_THESE_COUNTS',
          adjudication.burst_load_checks.admitted === of('ADMIT'),
          'FAIL',
          `judged on ${adjudication.burst_load_checks.admitted}, the database has ${of('ADMIT')}`,
        ),
  ];
}
