import { setTimeout as delay } from 'node:timers/promises';
import { fail } from '../../vocabulary/failure.ts';
import { formatDuration } from '../../vocabulary/instant.ts';
import type { DatabaseFact } from '../doctor/facts.ts';
import { isUnderWay, judgeWait, type PowerPlan, type PowerStep } from './plan-power.ts';

/** What can be done to one database instance. Every method may be tried again. */
export type DatabaseSwitch = {
  readonly read: () => Promise<DatabaseFact>;
  /** Marks it as stopped on purpose, with the time. */
  readonly tag: () => Promise<void>;
  readonly untag: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
};

export type PowerWait = {
  /** Milliseconds between looks, and after which nobody waits any longer. */
  readonly pollMillis: number;
  readonly patienceMillis: number;
  readonly now: () => number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
};

/**
 * Carries a plan out, and returns what the database is then. A stop that RDS refuses takes its tag back, so that
 * the reaper does not do later what was refused now. Throws `DATABASE_WAIT_OVER` (75) when the wait is spent or
 * can come to nothing; what was asked of RDS goes on.
 */
export async function carryOutPower(
  plan: Extract<PowerPlan, { kind: 'do' }>,
  database: DatabaseSwitch,
  wait: PowerWait,
): Promise<DatabaseFact> {
  for (const step of plan.steps) await takeStep(step, plan.target, database, wait);
  return await database.read();
}

async function takeStep(
  step: PowerStep,
  target: 'available' | 'stopped',
  database: DatabaseSwitch,
  wait: PowerWait,
): Promise<void> {
  switch (step) {
    case 'tag':
      return await database.tag();
    case 'untag':
      return await database.untag();
    case 'start':
      return await ask(database.start, target, database);
    case 'stop':
      try {
        return await ask(database.stop, target, database);
      } catch (error) {
        await database.untag().catch(() => wait.progress('the tag of the stop could not be taken back'));
        throw error;
      }
    case 'wait':
      return await waitFor(target, database, wait);
  }
}

/**
 * When the answer to a stop or a start is lost, it is asked again, and RDS refuses what it does already: the state
 * then tells that nothing was refused. Where it cannot be read, the refusal stands.
 */
async function ask(
  change: () => Promise<void>,
  target: 'available' | 'stopped',
  database: DatabaseSwitch,
): Promise<void> {
  try {
    await change();
  } catch (error) {
    const fact = await database.read().catch(() => undefined);
    if (!isUnderWay(target, fact)) throw error;
  }
}

async function waitFor(
  target: 'available' | 'stopped',
  database: DatabaseSwitch,
  { pollMillis, patienceMillis, now, progress, signal }: PowerWait,
): Promise<void> {
  const began = now();
  for (;;) {
    const fact = await database.read();
    const state = judgeWait(target, fact);
    if (state === 'reached') return;
    const waited = now() - began;
    const status = fact?.status ?? 'gone';
    if (state === 'lost' || waited >= patienceMillis) {
      return fail({
        exit: 'transient',
        code: 'DATABASE_WAIT_OVER',
        message: `after ${formatDuration(waited)} the database is ${status}, not ${target}`,
        value: status,
        remedy: 'What was asked goes on: look again with fraudctl db status.',
      });
    }
    progress(`${status}, for ${formatDuration(waited)}`);
    await delay(pollMillis, undefined, { signal });
  }
}
