import { once } from 'node:events';
import { localEnvironment } from '../../config/names.ts';
import { createPool, withPooled } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import type { ServiceProgram } from '../../lib/runtime/service-program.ts';
import { fail, messageOf } from '../../lib/vocabulary/failure.ts';
import { createKeyCheck } from './api-keys.ts';
import { decideGroup } from './decide-group.ts';
import { GroupCommit } from './group-commit.ts';
import { gateLimits } from './limits.ts';
import { GateMetrics } from './metrics.ts';
import { RunScopes } from './run-scopes.ts';
import { createGateServer, type EventDecision } from './server.ts';
import { TokenBucket } from './token-bucket.ts';

/** One group is on its way while the next is sent; more writers than that only wait for the same disk. */
const writers = 2;
const groupEvents = 2_000;
const metricsMillis = 10_000;

/** Opens the gate, serves until asked to stop, then answers what has begun and closes. */
export const gate: ServiceProgram = async (context) => {
  const { secrets, port, signal, log } = context;
  const pool = createPool(
    {
      dsn: parseDsn(secrets.DATABASE_DSN ?? '', 'DATABASE_DSN'),
      authorities: context.databaseAuthorities ?? '',
      applicationName: 'gate',
      statementTimeoutMillis: 10_000,
    },
    writers + 2,
  );
  const now = () => performance.now();
  const metrics = new GateMetrics(log, context.environment);
  const scopes = new RunScopes(pool, now);
  // A replay sends what is known, a fresh burst what is not: the last group says what the next will be.
  let mostlyKnown = false;
  const commit = new GroupCommit(
    async (events) => {
      const decisions = await withPooled(pool, (client) => decideGroup(client, events, mostlyKnown));
      mostlyKnown = decisions.filter(({ decision }) => decision === 'DUPLICATE').length * 2 > events.length;
      return decisions;
    },
    { writers, groupEvents, waitingEvents: gateLimits.waitingEvents },
  );
  const server = createGateServer({
    limits: gateLimits,
    isKey: createKeyCheck([secrets.GATE_API_KEY ?? '', secrets.GATE_API_KEY_NEXT ?? '']),
    findScopes: (runIds) => scopes.find(runIds),
    commit,
    rate: new TokenBucket(gateLimits.eventsPerSecond, gateLimits.burstEvents, now()),
    metrics,
    ping: async () => void (await withPooled(pool, (client) => client.query('select'))),
    decisionsAbout: async (eventId) => {
      const { rows } = await withPooled(pool, (client) =>
        client.query<EventDecision>({
          name: 'decisions-about',
          text: `select run_id, event_class, decision, reason,
                        to_char(decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as decided_at
                   from ingest.receipts where event_id = $1 order by decided_at, decision limit 100`,
          values: [eventId],
        }),
      );
      return rows;
    },
    now,
  });
  const flush = setInterval(() => metrics.flush(Date.now(), commit.waiting), metricsMillis);
  try {
    await server.listen({ host: listenAddress(context.environment), port }).catch((error: unknown) =>
      fail(
        {
          exit: 'transient',
          code: 'PORT_TAKEN',
          message: `the gate cannot listen: ${messageOf(error)}`,
          where: 'PORT',
          value: String(port),
          remedy: 'Free the port; the service tries again by itself.',
        },
        error,
      ),
    );
    log('listening', { port });
    if (!signal.aborted) await once(signal, 'abort');
    log('draining', { waiting: commit.waiting });
    // A connection that is kept alive becomes idle only when its last answer is sent.
    const hangUp = setInterval(() => server.server.closeIdleConnections(), 20);
    await server.close().finally(() => clearInterval(hangUp));
  } finally {
    clearInterval(flush);
    metrics.flush(Date.now(), commit.waiting);
    await pool.end();
  }
};

/** On a machine that others may reach, only the machine itself; in a VPC the security group decides. */
function listenAddress(environment: string): string {
  return environment === localEnvironment ? '127.0.0.1' : '0.0.0.0';
}
