import type { Failure } from '../../vocabulary/failure.ts';
import type { DatabaseFact, LiveWork } from '../doctor/facts.ts';
import { describeLiveWork } from '../doctor/judge-deployment.ts';

/** What to do about a database, in this order; `wait` ends when RDS says the state that was asked for. */
export type PowerStep = 'tag' | 'untag' | 'stop' | 'start' | 'wait';
export type PowerPlan =
  | { readonly kind: 'refuse'; readonly failure: Failure }
  | { readonly kind: 'do'; readonly steps: readonly PowerStep[]; readonly target: 'available' | 'stopped' };

/** States out of which RDS becomes available by itself. */
const becomingAvailable: ReadonlySet<string> = new Set([
  'backing-up',
  'configuring-enhanced-monitoring',
  'configuring-log-exports',
  'creating',
  'maintenance',
  'modifying',
  'rebooting',
  'renaming',
  'resetting-master-credentials',
  'starting',
  'storage-optimization',
  'upgrading',
]);

/**
 * How to stop the database, or why not: never while anything runs that may speak to it. The tag comes first,
 * because RDS starts a stopped instance after seven days and the reaper stops what is tagged. Pure.
 */
export function planStop(environment: string, database: DatabaseFact, work: LiveWork): PowerPlan {
  const running = describeLiveWork(work);
  if (running.length > 0) {
    return refuse(
      'DATABASE_IN_USE',
      `something runs that may need the database: ${running.join('; ')}`,
      environment,
      'Wait for it, or end it: fraudctl stop <execution>.',
    );
  }
  if (database === undefined) return refuseAbsent(environment);
  switch (database.status) {
    case 'available':
      return { kind: 'do', steps: ['tag', 'stop', 'wait'], target: 'stopped' };
    case 'stopping':
      return {
        kind: 'do',
        steps: [...(database.stoppedOnPurpose ? [] : (['tag'] as const)), 'wait'],
        target: 'stopped',
      };
    case 'stopped':
      return { kind: 'do', steps: database.stoppedOnPurpose ? [] : ['tag'], target: 'stopped' };
    default:
      return refuseBusy(environment, database.status, 'stop');
  }
}

/**
 * How to start the database, or why not. The tag goes first: the reaper stops a tagged instance within a minute
 * of its being available. Pure.
 */
export function planStart(environment: string, database: DatabaseFact): PowerPlan {
  if (database === undefined) return refuseAbsent(environment);
  const untag = database.stoppedOnPurpose ? (['untag'] as const) : [];
  if (database.status === 'available') return { kind: 'do', steps: untag, target: 'available' };
  if (database.status === 'stopped')
    return { kind: 'do', steps: [...untag, 'start', 'wait'], target: 'available' };
  return becomingAvailable.has(database.status)
    ? { kind: 'do', steps: [...untag, 'wait'], target: 'available' }
    : refuseBusy(environment, database.status, 'start');
}

/** Whether a wait is over, goes on, or can come to nothing. Pure. */
export function judgeWait(
  target: 'available' | 'stopped',
  database: DatabaseFact,
): 'reached' | 'going on' | 'lost' {
  if (database === undefined) return 'lost';
  if (database.status === target) return 'reached';
  const under =
    target === 'stopped'
      ? database.status === 'stopping' || database.status === 'available'
      : becomingAvailable.has(database.status) || database.status === 'stopped';
  return under ? 'going on' : 'lost';
}

/** Whether RDS does, or has done, what it was asked for, whatever it answered: the answer may be one to a retry. Pure. */
export function isUnderWay(target: 'available' | 'stopped', database: DatabaseFact): boolean {
  if (database === undefined) return false;
  return database.status === target || database.status === (target === 'stopped' ? 'stopping' : 'starting');
}

function refuse(code: string, message: string, environment: string, remedy: string): PowerPlan {
  return { kind: 'refuse', failure: { exit: 'transient', code, message, where: environment, remedy } };
}

function refuseBusy(environment: string, status: string, verb: string): PowerPlan {
  return refuse(
    'DATABASE_BUSY',
    `RDS does not ${verb} an instance that is ${status}`,
    environment,
    `Look again in a few minutes: fraudctl db status --env ${environment}`,
  );
}

function refuseAbsent(environment: string): PowerPlan {
  return {
    kind: 'refuse',
    failure: {
      exit: 'usage',
      code: 'DATABASE_NOT_DEPLOYED',
      message: 'the environment has no database',
      where: environment,
      remedy: `Deploy it: npm run deploy -- --env ${environment}`,
    },
  };
}
