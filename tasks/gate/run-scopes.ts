import { type DatabasePool, withPooled } from '../../lib/database/connect.ts';
import type { RunScope } from './judge-event.ts';

/** How long an answer about a run scope holds; a scope that closes is closed for everybody after this. */
const freshMillis = 500;
/** Producers may name any run id: no more of them are remembered than this. */
const remembered = 1_000;

type Known = { readonly scope: RunScope | undefined; readonly askedAt: number };

/** The run scopes of the database, asked at most twice a second for each run id. */
export class RunScopes {
  readonly #pool: DatabasePool;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<RunScope | undefined>>();

  /** `now` is monotonic milliseconds. */
  constructor(pool: DatabasePool, now: () => number) {
    this.#pool = pool;
    this.#now = now;
  }

  /** Scopes of the given run ids; one that nobody opened is absent. Throws what the driver throws. */
  async find(runIds: ReadonlySet<string>): Promise<ReadonlyMap<string, RunScope>> {
    const found = new Map<string, RunScope>();
    await Promise.all(
      [...runIds].map(async (runId) => {
        const known = this.#known.get(runId);
        const fresh = known !== undefined && this.#now() - known.askedAt < freshMillis;
        const scope = fresh ? known.scope : await this.#ask(runId);
        if (scope !== undefined) found.set(runId, scope);
      }),
    );
    return found;
  }

  #ask(runId: string): Promise<RunScope | undefined> {
    const asking = this.#asking.get(runId);
    if (asking !== undefined) return asking;
    const askedAt = this.#now();
    const answer = this.#read(runId)
      .then((scope) => {
        if (this.#known.size >= remembered) this.#known.clear();
        this.#known.set(runId, { scope, askedAt });
        return scope;
      })
      .finally(() => this.#asking.delete(runId));
    this.#asking.set(runId, answer);
    return answer;
  }

  async #read(runId: string): Promise<RunScope | undefined> {
    const { rows } = await withPooled(this.#pool, (client) =>
      client.query<RunScope>({
        name: 'run-scope',
        text: `select run_id as "runId", manifest_fingerprint as "manifestFingerprint",
                      parameter_hash as "parameterHash", scenario_id as "scenarioId",
                      to_char(window_start, '${microseconds}') as "windowStart",
                      to_char(window_end, '${microseconds}') as "windowEnd",
                      closed_at is not null as closed
                 from ingest.run_scopes where run_id = $1`,
        values: [runId],
      }),
    );
    return rows[0];
  }
}

/** Instants as the envelope writes them, so that text compares as time does. */
const microseconds = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
