import type { BurstFacts, BurstReport, Reconciliation } from './burst-report.ts';

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
