import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Finished } from '../local-environment.ts';
import { auditEvidence, launchKeysOf } from './audit-evidence.ts';
import { type CrashPlaces, deathsOf, type Extent, nameOfDeath, runToDeath, traceOf } from './crash-sweep.ts';

/** A command that is killed at its awaits and run again. */
export type CrashCase = {
  /** Where the run of a number works. */
  readonly places: (number: number) => CrashPlaces;
  /** Fresh ground for one run that may die, and the command on it. Called with a number of its own each time. */
  readonly command: (number: number) => Promise<readonly string[]>;
  /** What of an end must be the same, whatever happened before: exit code, verdict, figures without clocks. */
  readonly verdict: (ended: Finished) => unknown;
  /** What that verdict is when nobody dies, where it is known beforehand. */
  readonly holds?: unknown;
  /** What else must hold after the run that died, and after the one that followed it. */
  readonly check?: (number: number, moment: 'dead' | 'again') => Promise<void>;
  /** How it ends when nobody dies; 0 unless it says otherwise. */
  readonly exits?: number;
  /** Deaths at a time; 1 where grounds meet. */
  readonly atOnce?: number;
  /**
   * It names its execution by the second. One that dies must not come upon a name that is taken, or what it
   * waits for is counted otherwise than in the run that was traced.
   */
  readonly namedByClock?: boolean;
};

/** Each death has two whole seconds of its own: one for who dies, and the next for who follows. */
const secondsOfADeath = 2_000;
/** So many deaths that went wrong are told; then it is enough. */
const enough = 3;

export type SweepFigures = {
  readonly awaits: number;
  readonly deaths: number;
  /** Deaths that were not died: that day the command did not come to that await. */
  readonly survived: number;
};

/**
 * Kills the command at its awaits and runs it again each time: the same verdict, at most one task for each
 * launch key, whole evidence and none that nobody names. Throws an `AssertionError` that names the death.
 */
export async function sweep(
  one: CrashCase,
  extent: Extent,
  progress: (died: number, of: number) => void,
): Promise<SweepFigures> {
  const whole = await traceOf(one.places(0), await one.command(0));
  assert.equal(whole.ended.exitCode, one.exits ?? 0, whole.ended.stderr);
  const verdict = one.verdict(whole.ended);
  if (one.holds !== undefined) assert.deepEqual(verdict, one.holds, whole.ended.stdout + whole.ended.stderr);
  await one.check?.(0, 'again');
  const deaths = deathsOf(whole.awaits, extent);
  assert.ok(deaths.length > 0, 'a command that waits for nothing cannot die');
  let survived = 0;
  let died = 0;
  const wrong: unknown[] = [];
  const queue = deaths.map((death, index) => ({ death, number: index + 1 }));
  let turn = 0;
  const ownSeconds = async () => {
    if (one.namedByClock !== true) return;
    const mine = Math.max(turn, Math.ceil(Date.now() / 1_000) * 1_000);
    turn = mine + secondsOfADeath;
    await delay(mine - Date.now());
  };
  const dieAndFollow = async ({ death, number }: (typeof queue)[number]) => {
    const parameters = await one.command(number);
    await ownSeconds();
    const dead = await runToDeath(one.places(number), parameters, death);
    if (dead.exitCode !== null) survived += 1;
    await named(death, 'dead', one.check?.(number, 'dead'));
    const { ended } = await traceOf(one.places(number), parameters);
    const told = `${nameOfDeath(death)}, then again: ${ended.stdout}${ended.stderr}`;
    assert.deepEqual(one.verdict(ended), verdict, told);
    await named(death, 'again', one.check?.(number, 'again'));
  };
  const work = async () => {
    for (let next = queue.shift(); next !== undefined && wrong.length < enough; next = queue.shift()) {
      await dieAndFollow(next).catch((error: unknown) => wrong.push(error));
      died += 1;
      progress(died, deaths.length);
    }
  };
  // Whoever is under way is let end: what it starts must not outlive its ground.
  await Promise.all(Array.from({ length: one.atOnce ?? 2 }, work));
  if (wrong.length === 1) throw wrong[0];
  if (wrong.length > 1) throw new AggregateError(wrong, `${wrong.length} of ${died} deaths`);
  await assertWholeHome(one.places(0).home);
  return { awaits: whole.awaits.length, deaths: deaths.length, survived };
}

async function named(
  death: Parameters<typeof nameOfDeath>[0],
  moment: 'dead' | 'again',
  check: Promise<void> | undefined,
): Promise<void> {
  await check?.catch((error: unknown) => {
    throw new Error(`${nameOfDeath(death)}, ${moment}`, { cause: error });
  });
}

/** A launch key has one task at most, and no evidence is broken. */
export async function assertWholeHome(home: string): Promise<void> {
  const keys = await launchKeysOf(home);
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  assert.deepEqual(twice, [], 'a launch key has one task at most');
  assert.deepEqual((await auditEvidence(home)).broken, []);
}
