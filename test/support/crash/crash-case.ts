import assert from 'node:assert/strict';
import type { Finished } from '../local-environment.ts';
import { auditEvidence, launchKeysOf } from './audit-evidence.ts';
import {
  type CrashPlaces,
  deathsOf,
  nameOfDeath,
  runToDeath,
  type Thinning,
  traceOf,
} from './crash-sweep.ts';

/** A command that is killed at its awaits and run again. */
export type CrashCase = {
  readonly places: CrashPlaces;
  /** Fresh ground for one run that may die, and the command on it. Called with a number of its own each time. */
  readonly command: (number: number) => Promise<readonly string[]>;
  /** What of an end must be the same, whatever happened before: exit code, verdict, figures without clocks. */
  readonly verdict: (ended: Finished) => unknown;
  /** What else must hold after the run that died, and after the one that followed it. */
  readonly check?: (number: number, moment: 'dead' | 'again') => Promise<void>;
  /** Runs the command again, unless that is simply the command. */
  readonly again?: (parameters: readonly string[]) => Promise<Finished>;
  /** Deaths at a time; 1 where grounds meet. */
  readonly atOnce?: number;
};

export type SweepFigures = { readonly awaits: number; readonly deaths: number; readonly survived: number };

/**
 * Kills the command at its awaits and runs it again each time: the same verdict, at most one task for each
 * launch key, whole evidence and none that nobody names. Throws an `AssertionError` that names the death.
 */
export async function sweep(one: CrashCase, thinning: Thinning | undefined): Promise<SweepFigures> {
  const { places } = one;
  const whole = await traceOf(places, await one.command(0));
  const verdict = one.verdict(whole.ended);
  const deaths = deathsOf(whole.awaits, thinning);
  let survived = 0;
  const queue = deaths.map((death, index) => ({ death, number: index + 1 }));
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { death, number } = next;
      const parameters = await one.command(number);
      const dead = await runToDeath(places, parameters, death);
      if (dead.exitCode !== null) survived += 1;
      await one.check?.(number, 'dead');
      const again = await (one.again?.(parameters) ?? traceOf(places, parameters).then(({ ended }) => ended));
      const told = `${nameOfDeath(death)}, then again: ${again.stdout}${again.stderr}`;
      assert.deepEqual(one.verdict(again), verdict, told);
      await one.check?.(number, 'again');
    }
  };
  await Promise.all(Array.from({ length: one.atOnce ?? 2 }, work));
  const keys = await launchKeysOf(places.home);
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  assert.deepEqual(twice, [], 'a launch key has one task at most');
  assert.deepEqual((await auditEvidence(places.home)).broken, []);
  return { awaits: whole.awaits.length, deaths: deaths.length, survived };
}
