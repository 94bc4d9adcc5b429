import { z } from 'zod';
import { runScopedPrefix } from '../../config/names.ts';
import { laneResultSchema } from '../../lib/burst/lane-result.ts';
import { loadBurstGate, usualBurstGate } from '../../lib/burst/load-gate-spec.ts';
import { closedScopeSchema, openedScopeSchema } from '../../lib/burst/scope-results.ts';
import { type DatabaseClient, withConnection } from '../../lib/database/connect.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { parseEvidence } from '../../lib/evidence/format/parse-evidence.ts';
import { readBundleItems } from '../../lib/evidence/read-bundle-items.ts';
import type { EvidenceItem } from '../../lib/gates/burst/read-figures.ts';
import { adjudicateBurst, snapshotBytes } from '../../lib/gates/burst/snapshot.ts';
import { recomputeVerdict } from '../../lib/gates/verdict-document.ts';
import { type BurstFacts, spanFor } from '../../lib/reports/burst-report.ts';
import { launchResultSchema } from '../../lib/runtime/result.ts';
import type { ExecutionId, RunId } from '../../lib/vocabulary/identifiers.ts';
import { type Instant, instantSchema } from '../../lib/vocabulary/instant.ts';
import type { ReportContext } from './report.ts';
import { reportWish } from './report-lock.ts';

/**
 * Everything that a burst's report says, from the sealed bundle in the run-scoped root and from the
 * database, which counts: no row of a receipt ever comes here. Throws `BUNDLE_NOT_COMMITTED` (65).
 */
export async function gatherBurst(context: ReportContext, executionId: ExecutionId): Promise<BurstFacts> {
  const { launch, evidence, signal } = context;
  const prefix = runScopedPrefix(launch.runId, executionId);
  const { items, bundleDigest } = await readBundleItems(evidence, prefix, signal);
  const subject = { environment: launch.environment, executionId, runId: launch.runId };
  const { spec: fallback } = await loadBurstGate(usualBurstGate);
  const adjudication = adjudicateBurst(subject, items, fallback);
  const files = new Map(items.map(({ path, content }) => [path, content]));
  return {
    environment: launch.environment,
    run_id: launch.runId,
    execution_id: executionId,
    verdict: verdictOf(recomputeVerdict(files)),
    adjudication,
    opened: lastOutput(items, 'Open', openedScopeSchema) ?? null,
    counted: lastOutput(items, 'Close', closedScopeSchema) ?? null,
    lanes: outputs(items, 'Lane', laneResultSchema)
      .map(({ latency_histogram: _, schema: __, run_id: ___, ...lane }) => lane)
      .sort((one, other) => one.lane - other.lane || Number(one.epoch) - Number(other.epoch)),
    database: await withConnection(reportWish(context), (client) => databaseFacts(client, launch.runId)),
    evidence: { bundle_digest_sha256: bundleDigest, snapshot_sha256: sha256Of(snapshotBytes(adjudication)) },
  };
}

const verdictSchema = z.looseObject({ verdict: z.string(), cause: z.string(), reasons: z.array(z.string()) });

function verdictOf(document: Uint8Array | undefined): BurstFacts['verdict'] {
  const parsed = parseEvidence(document, verdictSchema);
  if (parsed === undefined) return { verdict: 'UNKNOWN', cause: 'no verdict', reasons: [] };
  return { verdict: parsed.verdict, cause: parsed.cause, reasons: parsed.reasons };
}

function outputs<Schema extends z.ZodType>(
  items: readonly EvidenceItem[],
  state: string,
  schema: Schema,
): readonly z.infer<Schema>[] {
  return items.flatMap(({ path, content }) => {
    if (!path.startsWith(`launches/${state}/`) || !path.endsWith('/result.json')) return [];
    const result = parseEvidence(content, launchResultSchema);
    const parsed = schema.safeParse(result?.output);
    return parsed.success ? [parsed.data] : [];
  });
}

const lastOutput = <Schema extends z.ZodType>(
  items: readonly EvidenceItem[],
  state: string,
  schema: Schema,
) => outputs(items, state, schema).at(-1);

const instant = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

async function databaseFacts(client: DatabaseClient, runId: RunId): Promise<BurstFacts['database']> {
  await client.query('begin transaction isolation level repeatable read, read only');
  const ask = async <Row extends object>(sql: string, ...more: unknown[]): Promise<readonly Row[]> =>
    (await client.query<Row>(sql, [runId, ...more])).rows;
  const scopes = await ask<{ opened_at: Instant; closed_at: Instant | null }>(
    `select ${instant('opened_at')} as opened_at, ${instant('closed_at')} as closed_at from ingest.run_scopes where run_id = $1`,
  );
  const decisions = await ask<{ decision: string; reason: string | null; events: number }>(
    'select decision, reason, count(*)::int as events from ingest.receipts where run_id = $1 group by 1, 2 order by 1, 2',
  );
  const [ids] = await ask<{ ids: number; seconds: number }>(
    `select (select count(*)::int from (select distinct event_class, event_id from ingest.admissions where run_id = $1) known) as ids,
            coalesce(extract(epoch from max(decided_at) - min(decided_at)), 0)::float8 as seconds
       from ingest.receipts where run_id = $1`,
  );
  const span = spanFor(ids?.seconds ?? 0);
  const over_time = await ask<{ from: Instant; admitted: number; duplicates: number; quarantined: number }>(
    `select ${instant('span')} as "from", count(*) filter (where decision = 'ADMIT')::int as admitted,
            count(*) filter (where decision = 'DUPLICATE')::int as duplicates,
            count(*) filter (where decision = 'QUARANTINE')::int as quarantined
       from (select decision, date_bin(make_interval(secs => $2), decided_at, timestamptz '2000-01-01 00:00:00+00') as span
               from ingest.receipts where run_id = $1) receipts
      group by span order by span`,
    span,
  );
  const checkpoints = await ask<BurstFacts['database']['checkpoints'][number]>(
    `select lane, frontier::int as frontier, epoch::int as epoch, ${instant('updated_at')} as updated_at
       from ingest.checkpoints where run_id = $1 order by lane`,
  );
  await client.query('commit');
  const [scope] = scopes;
  return {
    scope:
      scope === undefined
        ? null
        : {
            opened_at: instantSchema.parse(scope.opened_at),
            closed_at: scope.closed_at === null ? null : instantSchema.parse(scope.closed_at),
          },
    decisions: [...decisions],
    admitted_ids: ids?.ids ?? 0,
    span_seconds: span,
    over_time: [...over_time],
    checkpoints: [...checkpoints],
  };
}
