import { localEnvironment } from '../../config/names.ts';
import { localCloudStatus } from '../../lib/local-cloud/control.ts';
import { accountOf } from '../../lib/operator/caller-identity.ts';
import { type PowerPlan, planStart, planStop } from '../../lib/operator/database-power/plan-power.ts';
import {
  carryOutPower,
  type DatabaseSwitch,
  type PowerWait,
} from '../../lib/operator/database-power/power-database.ts';
import { rdsSwitch } from '../../lib/operator/database-power/rds-switch.ts';
import { type AccountClients, connectAccount } from '../../lib/operator/doctor/account-clients.ts';
import type { DatabaseFact } from '../../lib/operator/doctor/facts.ts';
import { readIdentity } from '../../lib/operator/doctor/read-account.ts';
import { readLiveWork } from '../../lib/operator/live-work.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';
import { localHome, readEnvironment } from './open-environment.ts';
import { requireAws } from './require-aws.ts';

/** RDS takes minutes, and up to twenty for an instance with a standby. */
const patienceMillis = 30 * 60_000;
const pollMillis = 15_000;

type Place = { readonly environment: string; readonly account: string; readonly region: string };

/** `fraudctl db status`: exit 0 when the database takes connections, else 75. */
export async function databaseStatus(context: CommandContext): Promise<number> {
  if (context.environmentName === localEnvironment) return await localDatabaseStatus(context);
  return await withDatabase(context, async (database) => {
    const fact = await database.read();
    return report(context, fact, fact?.status === 'available' ? 0 : 75);
  });
}

/** `fraudctl db start`: takes the tag of a stop away, starts the instance, waits until it is available. */
export async function databaseStart(context: CommandContext): Promise<number> {
  return await withDatabase(context, async (database, { environment }) =>
    report(context, await carryOut(context, planStart(environment, await database.read()), database), 0),
  );
}

/** `fraudctl db stop`: refuses while anything runs; tags the instance, stops it, waits until it is stopped. */
export async function databaseStop(context: CommandContext): Promise<number> {
  return await withDatabase(context, async (database, place, clients) => {
    const [fact, work] = await Promise.all([database.read(), readLiveWork(clients, place, context.signal)]);
    return report(context, await carryOut(context, planStop(place.environment, fact, work), database), 0);
  });
}

async function carryOut(
  context: CommandContext,
  plan: PowerPlan,
  database: DatabaseSwitch,
): Promise<DatabaseFact> {
  if (plan.kind === 'refuse') return fail(plan.failure);
  const wait: PowerWait = {
    pollMillis,
    patienceMillis,
    now: context.now,
    progress: context.output.progress,
    signal: context.signal,
  };
  return await carryOutPower(plan, database, wait);
}

function report(context: CommandContext, fact: DatabaseFact, exitCode: number): number {
  const text =
    fact === undefined
      ? 'absent  this environment has no database'
      : `${fact.status}  PostgreSQL ${fact.engineVersion}${fact.stoppedOnPurpose ? ', stopped on purpose: the reaper keeps it stopped' : ''}`;
  context.output.result(text, {
    schema: 'fraudctl/database/v1',
    environment: context.environmentName,
    status: fact?.status ?? 'absent',
    engine_version: fact?.engineVersion ?? null,
    stopped_on_purpose: fact?.stoppedOnPurpose ?? false,
  });
  return exitCode;
}

async function withDatabase(
  context: CommandContext,
  use: (database: DatabaseSwitch, place: Place, clients: AccountClients) => Promise<number>,
): Promise<number> {
  requireAws(
    context,
    'db start and db stop',
    'Use fraudctl local up and fraudctl local down, or name an environment: --env <name>.',
  );
  const settings = await readEnvironment(context.environmentName);
  const clients = connectAccount({ region: settings.region });
  try {
    const account = accountOf(settings.name, settings.account, await readIdentity(clients, context.signal));
    const place = { environment: settings.name, account, region: settings.region };
    return await use(rdsSwitch(clients.rds, place, context.now, context.signal), place, clients);
  } finally {
    clients.close();
  }
}

async function localDatabaseStatus(context: CommandContext): Promise<number> {
  const status = await localCloudStatus(localHome());
  const up = status?.state === 'ready' && status.postgres !== null;
  return report(
    context,
    up
      ? { status: 'available', engineVersion: '17', stoppedOnPurpose: false }
      : { status: 'stopped', engineVersion: '17', stoppedOnPurpose: false },
    up ? 0 : 75,
  );
}
