import { type ConnectionWish, connect } from '../../lib/database/connect.ts';
import { asInterruption } from '../../lib/database/interruption.ts';
import { fail, messageOf } from '../../lib/vocabulary/failure.ts';

/** What a lane's checkpoint belongs to; another source or another number of lanes is another stream. */
export type CheckpointOwner = {
  readonly runId: string;
  readonly executionId: string;
  readonly lane: number;
  readonly lanes: number;
  readonly sourceSha256: string;
  readonly launchKey: string;
};

/** The durable frontier of a lane, written by its newest producer alone. */
export type Checkpoint = {
  readonly epoch: string;
  /** Events that were acknowledged before this producer. */
  readonly start: number;
  /** Milliseconds since the lane's first producer began, by the database's clock. */
  readonly elapsedMillis: number;
  /**
   * Writes a frontier. Throws `PRODUCER_SUPERSEDED` (65) when a newer producer has taken the lane, and
   * `CHECKPOINT_NOT_WRITTEN` (75) when the database does not take it: a relaunch goes on from the last one.
   */
  readonly write: (frontier: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Takes the lane: the next epoch, from which on no earlier producer can write. Throws `RUN_SCOPE_FOREIGN`
 * or `CHECKPOINT_FOREIGN` (65) when the scope is not this execution's or the checkpoint is of another
 * stream, and `DATABASE_INTERRUPTED` (75).
 */
export async function takeCheckpoint(wish: ConnectionWish, owner: CheckpointOwner): Promise<Checkpoint> {
  const client = await connect({ ...wish, statementTimeoutMillis: 10_000 });
  try {
    const { rows: scopes } = await client.query(
      `select from ingest.run_scopes
        where run_id = $1 and execution_id = $2 and source_sha256 = $3 and closed_at is null`,
      [owner.runId, owner.executionId, owner.sourceSha256],
    );
    if (scopes.length === 0)
      foreign('RUN_SCOPE_FOREIGN', 'the run scope is not open for this execution', owner);
    const { rows } = await client.query<{ epoch: string; frontier: string; elapsed: number }>(
      `insert into ingest.checkpoints as c (run_id, lane, lanes, source_sha256, epoch, launch_key)
       values ($1, $2, $3, $4, 1, $5)
       on conflict (run_id, lane) do update
         set epoch = c.epoch + 1, launch_key = excluded.launch_key, updated_at = now()
         where c.lanes = excluded.lanes and c.source_sha256 = excluded.source_sha256
       returning epoch::text, frontier::text,
         (extract(epoch from clock_timestamp() - started_at) * 1000)::float8 as elapsed`,
      [owner.runId, owner.lane, owner.lanes, owner.sourceSha256, owner.launchKey],
    );
    const [taken] = rows;
    if (taken === undefined) {
      return foreign('CHECKPOINT_FOREIGN', 'the checkpoint of the lane is of another stream', owner);
    }
    return {
      epoch: taken.epoch,
      start: Number(taken.frontier),
      elapsedMillis: Math.max(0, taken.elapsed),
      write: async (frontier) => {
        const { rowCount } = await client
          .query({
            name: 'write-checkpoint',
            text: `update ingest.checkpoints set frontier = $4, updated_at = now()
                    where run_id = $1 and lane = $2 and epoch = $3 and frontier <= $4`,
            values: [owner.runId, owner.lane, taken.epoch, frontier],
          })
          .catch((error: unknown) => notWritten(owner, error));
        if (rowCount !== 1) superseded(owner);
      },
      close: async () => {
        await client.end().catch(() => undefined);
      },
    };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw asInterruption(error, wish.dsn);
  }
}

function foreign(code: string, message: string, { runId, lane }: CheckpointOwner): never {
  return fail({
    exit: 'data',
    code,
    message,
    where: `ingest, lane ${lane}`,
    value: runId,
    remedy: 'Start the burst anew in a fresh scope (fraudctl run new).',
  });
}

function superseded({ runId, lane }: CheckpointOwner): never {
  return fail({
    exit: 'data',
    code: 'PRODUCER_SUPERSEDED',
    message: 'a newer producer has taken the lane; this one writes nothing more',
    where: `ingest.checkpoints, lane ${lane}`,
    value: runId,
    remedy: 'Nothing: the newer producer goes on from the last checkpoint.',
  });
}

function notWritten({ runId, lane }: CheckpointOwner, error: unknown): never {
  return fail(
    {
      exit: 'transient',
      code: 'CHECKPOINT_NOT_WRITTEN',
      message: `the database did not take the checkpoint: ${messageOf(error)}`,
      where: `ingest.checkpoints, lane ${lane}`,
      value: runId,
      remedy: 'Launch the lane again; it goes on from its last checkpoint.',
    },
    error,
  );
}
