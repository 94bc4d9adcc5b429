import { setTimeout as delay } from 'node:timers/promises';
import type { ClosedScope } from '../../lib/burst/scope-results.ts';
import { withConnection } from '../../lib/database/connect.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { instantSchema } from '../../lib/vocabulary/instant.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { type BurstContext, databaseWish } from './burst-context.ts';

/** Longer than the gate remembers a scope: what it decides afterwards it decides about a closed one. */
const gateForgetsMillis = 1_000;

/**
 * Closes the run scope, so that nothing is admitted any more, waits until the gate knows, and counts what
 * the database holds: the measured truth about the burst. Running it again counts the same.
 */
export async function closeScope(context: BurstContext): Promise<JsonObject> {
  const { launch, signal } = context;
  return await withConnection(
    { ...databaseWish(context), statementTimeoutMillis: 120_000 },
    async (client) => {
      const { rowCount } = await client.query(
        `update ingest.run_scopes set closed_at = coalesce(closed_at, now())
          where run_id = $1 and execution_id = $2`,
        [launch.runId, launch.executionId],
      );
      if (rowCount !== 1) {
        fail({
          exit: 'data',
          code: 'RUN_SCOPE_FOREIGN',
          message: 'this execution has opened no scope of the run',
          where: 'ingest.run_scopes',
          value: launch.runId,
          remedy: 'Start the burst anew in a fresh scope; its first step opens it.',
        });
      }
      await delay(gateForgetsMillis, undefined, { signal });
      const { rows } = await client.query<Measured>(
        `select decision, reason, count(*)::int as events,
                to_char(min(decided_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first,
                to_char(max(decided_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last
           from ingest.receipts where run_id = $1 group by decision, reason order by decision, reason`,
        [launch.runId],
      );
      const { rows: lanes } = await client.query<{ lane: number; frontier: string; epoch: string }>(
        'select lane, frontier::text, epoch::text from ingest.checkpoints where run_id = $1 order by lane',
        [launch.runId],
      );
      context.log('scope-closed', { run_id: launch.runId });
      const of = (decision: string) =>
        rows.filter((row) => row.decision === decision).reduce((sum, { events }) => sum + events, 0);
      const closed: ClosedScope = {
        schema: 'fraud-platform/closed-scope/v1',
        run_id: launch.runId,
        admitted: of('ADMIT'),
        duplicates: of('DUPLICATE'),
        quarantined: of('QUARANTINE'),
        quarantine_reasons: Object.fromEntries(
          rows.flatMap(({ decision, reason, events }) =>
            decision === 'QUARANTINE' && reason !== null ? [[reason, events]] : [],
          ),
        ),
        first_decision_at: instantOrNull(rows.map(({ first }) => first).sort()[0]),
        last_decision_at: instantOrNull(
          rows
            .map(({ last }) => last)
            .sort()
            .at(-1),
        ),
        checkpoints: lanes,
      };
      return { ...closed, checkpoints: lanes.map((lane) => ({ ...lane })) };
    },
  );
}

const instantOrNull = (text: string | undefined) => (text === undefined ? null : instantSchema.parse(text));

type Measured = {
  readonly decision: string;
  readonly reason: string | null;
  readonly events: number;
  readonly first: string;
  readonly last: string;
};
