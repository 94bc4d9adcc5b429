import type { EnvironmentName } from '../../../config/names.ts';
import { secretParameterName, workflowRoleName } from '../../../config/names.ts';
import { expectedSchemaVersion } from '../../database/migrations.ts';
import type { EnvironmentSettings } from '../../stacks/environment/environment-settings.ts';
import { migrateContract } from '../../task-contracts/migrate.ts';
import { workflows } from '../../workflows/catalogue.ts';
import type {
  DatabaseFact,
  LiveWork,
  LogGroupFact,
  MigrationFact,
  RoleFact,
  SecretFact,
  StateMachineFact,
  WriteProbeFact,
} from './facts.ts';
import { busy, failed, type Judgement, ok } from './finding.ts';

/** Of the passwords that migrate sets. */
const passwordPaths = Object.values(migrateContract.secrets).flatMap(({ kind, path }) =>
  kind === 'role-dsn' ? [path] : [],
);

const deployAgain = (environment: EnvironmentName) => `Deploy it: npm run deploy -- --env ${environment}`;

/** Whether every log group is there and ends when the file says. Pure. */
export function judgeLogGroups(
  { name, logs }: EnvironmentSettings,
  groups: readonly LogGroupFact[],
): Judgement {
  const faults = groups.flatMap(({ name: group, retentionDays }) => {
    if (retentionDays === undefined) return [`${group} is missing`];
    return retentionDays === logs.retentionDays
      ? []
      : [`${group} keeps ${retentionDays === null ? 'everything for ever' : `${retentionDays} days`}`];
  });
  return faults.length === 0
    ? ok(`${groups.length} groups, ${logs.retentionDays} days each`)
    : failed(faults.join('; '), deployAgain(name));
}

/** Whether every workflow has its state machine; `ownRoles`: which runs as its own role. Pure. */
export function judgeStateMachines(
  environment: EnvironmentName,
  machines: readonly StateMachineFact[],
  { ownRoles, remedy }: { readonly ownRoles: boolean; readonly remedy: string },
): Judgement {
  const roles = new Set(Object.keys(workflows).map((workflow) => workflowRoleName(environment, workflow)));
  const faults = machines.flatMap(({ name, machine }) => {
    if (machine === undefined) return [`${name} is missing`];
    if (machine.status !== 'ACTIVE') return [`${name} is ${machine.status}`];
    const role = machine.roleArn?.split('/').at(-1);
    return ownRoles && (role === undefined || !roles.has(role) || role !== `${name}-workflow`)
      ? [`${name} runs as ${role ?? 'no role'}`]
      : [];
  });
  return faults.length === 0
    ? ok(machines.map(({ name }) => name).join(', '))
    : failed(faults.join('; '), remedy);
}

/** Whether every role that something runs as exists. Pure. */
export function judgeRoles(environment: EnvironmentName, roles: readonly RoleFact[]): Judgement {
  const missing = roles.filter(({ exists }) => !exists).map(({ name }) => name);
  return missing.length === 0
    ? ok(`${roles.length} roles`)
    : failed(`missing: ${missing.join(', ')}`, deployAgain(environment));
}

/** Whether the database takes connections. Pure. */
export function judgeDatabase(environment: EnvironmentName, database: DatabaseFact): Judgement {
  if (database === undefined) return failed('there is no database', deployAgain(environment));
  const found = `${database.status}, PostgreSQL ${database.engineVersion}`;
  if (database.status === 'available') {
    return database.stoppedOnPurpose
      ? failed(
          `${found}, and tagged as stopped: the reaper stops it within a minute`,
          `fraudctl db start --env ${environment} removes the tag; fraudctl db stop --env ${environment} stops it now.`,
        )
      : ok(found);
  }
  return ['stopped', 'stopping'].includes(database.status)
    ? failed(found, `Start it: fraudctl db start --env ${environment}`)
    : busy(found, 'Wait until it is available: fraudctl db status.');
}

/**
 * Whether the last migrate brought the schema to what this version expects, and is younger than every password that
 * it sets: one that was drawn later is not the database's yet. The owner's password is the database's first, and RDS
 * draws it anew every week. Pure.
 */
export function judgeSchema(
  environment: EnvironmentName,
  migration: MigrationFact,
  secrets: readonly SecretFact[],
): Judgement {
  const migrate = `Run it: fraudctl db migrate --env ${environment}`;
  if (migration === undefined) return failed('no migrate was ever done here', migrate);
  const { schemaVersion, executionId, endedAt } = migration;
  if (schemaVersion > expectedSchemaVersion) {
    return failed(
      `version ${schemaVersion} by ${executionId}, and this version of fraudctl expects ${expectedSchemaVersion}`,
      'Use the version that migrated it.',
    );
  }
  if (schemaVersion < expectedSchemaVersion) {
    return failed(`version ${schemaVersion} by ${executionId}, expected ${expectedSchemaVersion}`, migrate);
  }
  const set = new Set(passwordPaths.map((path) => secretParameterName(environment, path)));
  const later = secrets
    .filter(({ name, parameter }) => set.has(name) && (parameter?.writtenAt ?? 0) > endedAt)
    .map(({ name }) => name);
  return later.length === 0
    ? ok(`version ${schemaVersion}, by ${executionId}`)
    : failed(`written after ${executionId}: ${later.join(', ')}`, migrate);
}

/** Whether the evidence store keeps what it was given first. Pure. */
export function judgeWriteProbe(url: string, probe: WriteProbeFact): Judgement {
  switch (probe) {
    case 'refused':
      return ok(`${url} takes a key once: a second put is refused`);
    case 'overwritten':
      return failed(
        `${url} took a second put of the same key`,
        'Evidence can be overwritten there: deploy the bucket’s policy.',
      );
    case 'changed':
      return failed(
        `${url} holds another probe than was put`,
        'Somebody changed evidence: look at the bucket’s access log.',
      );
  }
}

/** Whether anything runs that a deploy, or a stop of the database, would disturb. Pure. */
export function judgeLiveWork(work: LiveWork): Judgement {
  const running = describeLiveWork(work);
  return running.length === 0
    ? ok('nothing runs')
    : busy(
        running.join('; '),
        'Wait for it, or end it: fraudctl stop <execution>. A gate goes down within three minutes.',
      );
}

/** What runs, in words; nothing when nothing does. Pure. */
export function describeLiveWork({ executions, tasks, services }: LiveWork): readonly string[] {
  const some = (names: readonly string[]) => names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  return [
    ...(executions.length === 0 ? [] : [`running executions: ${some(executions)}`]),
    ...(tasks.length === 0
      ? []
      : [`running tasks: ${some(tasks.map((arn) => arn.split('/').at(-1) ?? arn))}`]),
    ...services
      .filter(({ desiredCount }) => desiredCount > 0)
      .map(({ name, desiredCount }) => `wanted of ${name}: ${desiredCount}`),
  ];
}
