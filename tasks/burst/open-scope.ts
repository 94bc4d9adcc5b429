import { type DatabaseClient, withConnection } from '../../lib/database/connect.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { type BurstContext, databaseWish, requireReviewed } from './burst-context.ts';
import { type VerifiedSource, verifySource } from './burst-source.ts';

/**
 * Verifies plan and source, and opens the run scope for this execution: what may be sent under the run
 * id, and that nothing was before. Freshness is decided here, once; a relaunch of the same execution
 * finds its own scope. Throws `RUN_SCOPE_NOT_FRESH` (65) naming what is there, and what
 * `verifySource` throws; whatever keeps the question from being asked ends the step as well.
 */
export async function openScope(context: BurstContext): Promise<JsonObject> {
  requireReviewed(context);
  const source = await verifySource(context.source, context.scratch, context.signal);
  await withConnection(databaseWish(context), async (client) => {
    await client.query('begin');
    const opened = await insertScope(client, context, source);
    if (!opened) await requireOwnScope(client, context, source);
    const traces = await tracesOf(client, context.launch.runId);
    if (opened && traces.length > 0) return refuseUsed(context, traces);
    await client.query('commit');
  });
  context.log('scope-open', { run_id: context.launch.runId, source_sha256: source.sourceSha256 });
  const { plan, plan_sha256, gate_spec, gate_spec_sha256 } = context.reviewed;
  return {
    schema: 'fraud-platform/opened-scope/v1',
    run_id: context.launch.runId,
    plan: JSON.parse(JSON.stringify(plan)),
    plan_sha256,
    gate_spec: { ...gate_spec },
    gate_spec_sha256,
    segment_run_id: source.identity.segment_run_id,
    scenario_id: source.identity.scenario_id,
    bundle_digest_sha256: source.bundleDigest ?? null,
    source_sha256: source.sourceSha256,
    manifest_fingerprint: source.identity.manifest_fingerprint,
    parameter_hash: source.identity.parameter_hash,
  };
}

async function insertScope(
  client: DatabaseClient,
  { launch }: BurstContext,
  source: VerifiedSource,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into ingest.run_scopes (run_id, execution_id, source_sha256, manifest_fingerprint,
       parameter_hash, scenario_id, window_start, window_end)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [
      launch.runId,
      launch.executionId,
      source.sourceSha256,
      source.identity.manifest_fingerprint,
      source.identity.parameter_hash,
      source.identity.scenario_id,
      source.windowStart,
      source.windowEnd,
    ],
  );
  return rowCount === 1;
}

async function requireOwnScope(
  client: DatabaseClient,
  context: BurstContext,
  source: VerifiedSource,
): Promise<void> {
  const { rows } = await client.query<{ execution_id: string; source_sha256: string; closed: boolean }>(
    'select execution_id, source_sha256, closed_at is not null as closed from ingest.run_scopes where run_id = $1',
    [context.launch.runId],
  );
  const [scope] = rows;
  const own =
    scope?.execution_id === context.launch.executionId &&
    scope.source_sha256 === source.sourceSha256 &&
    !scope.closed;
  if (!own) refuseUsed(context, [`a scope of ${scope?.execution_id}`]);
}

/** What was done under a run id before, in words. */
async function tracesOf(client: DatabaseClient, runId: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ trace: string }>(
    `select 'an admission' as trace where exists (select from ingest.admissions where run_id = $1)
     union all select 'a rejection' where exists (select from ingest.rejections where run_id = $1)
     union all select 'a checkpoint' where exists (select from ingest.checkpoints where run_id = $1)`,
    [runId],
  );
  return rows.map(({ trace }) => trace);
}

function refuseUsed({ launch }: BurstContext, traces: readonly string[]): never {
  return fail({
    exit: 'data',
    code: 'RUN_SCOPE_NOT_FRESH',
    message: `the run scope was used before: there is ${traces.join(', ')}`,
    where: 'ingest',
    value: launch.runId,
    remedy: 'Make a new scope (fraudctl run new) and start the burst in it.',
  });
}
