import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import type { Finished, TestEnvironment } from '../local-environment.ts';
import { age, auditEvidence, unfinishedFiles } from './audit-evidence.ts';
import { type CrashCase, type SweepFigures, sweep } from './crash-case.ts';
import { type Extent, everyDeath, readExtent, traceOf } from './crash-sweep.ts';

/** What a file of sweeps works on. */
export type CrashGround = {
  readonly environment: TestEnvironment;
  /** For what commands write outside of the environment. */
  readonly folder: string;
};

export type SuiteCase = Omit<CrashCase, 'places'> & {
  /** Folders that the command writes to, other than the home. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Homes of their own, for a command about homes. */
  readonly home?: (number: number) => string;
};

/** Commands that start nothing are quick: they die at every await, unless a part of every is asked for. */
export const quick = everyDeath;
/** Of commands that take many seconds. */
export const slow: Extent = { kind: 'few', deaths: 12, inside: 'in-turn' };
const usual: Extent = { kind: 'thinned', most: 6, inside: 'all' };
/** Of commands of two seconds that launch one task, as `task run` does, and do more of their own. */
export const launching: Extent = { kind: 'thinned', most: 6, inside: 'in-turn' };

/** A sweep over every await of a launch takes an hour, and no test hangs unseen for longer than a third of that. */
const timeout = (process.env.CRASH_SWEEP ?? '') === '' ? 20 * 60_000 : 6 * 3_600_000;

const progressEvery = 60_000;

/**
 * The sweeps of one file over one local environment. `CRASH_SWEEP=every` dies at every await of every command,
 * `CRASH_SWEEP=2/8` at the second of eight parts of that; otherwise each kind of await of a command that
 * launches is thinned.
 */
export function crashSuite(
  open: () => Promise<{ environment: TestEnvironment; close: () => Promise<unknown> }>,
) {
  let ground: CrashGround | undefined;
  let close = async (): Promise<unknown> => undefined;
  before(async () => {
    const opened = await open();
    ({ close } = opened);
    ground = { environment: opened.environment, folder: await mkdtemp(join(tmpdir(), 'crash-')) };
  });
  const figures = new Map<string, SweepFigures>();
  after(async () => {
    for (const [name, { awaits, deaths, survived }] of figures) {
      process.stderr.write(`${name}: ${awaits} awaits, ${deaths} deaths, ${survived} not come to\n`);
    }
    await close();
    if (ground !== undefined) await rm(ground.folder, { recursive: true, force: true });
  });
  const opened = () => ground ?? assert.fail('the ground is not there yet');
  return {
    ground: opened,
    /** A command that is killed at its awaits and run again comes to the same. */
    crash: (name: string, make: (ground: CrashGround) => SuiteCase, extent: Extent = usual) => {
      test(`${name}: killed at its awaits and run again, it comes to the same`, { timeout }, async () => {
        const { folders = {}, home = () => opened().environment.home, ...rest } = make(opened());
        const places = (number: number) => ({ home: home(number), folders });
        const wanted = readExtent(process.env.CRASH_SWEEP, extent);
        let told = performance.now();
        figures.set(
          name,
          await sweep({ ...rest, places }, wanted, (died, of) => {
            if (performance.now() - told < progressEvery) return;
            told = performance.now();
            process.stderr.write(`${name}: ${died} of ${of} deaths\n`);
          }),
        );
      });
    },
    /** A command that only asks does nothing at which it could leave something. */
    asks: (name: string, command: (ground: CrashGround) => readonly string[]) => {
      test(`${name}: changes nothing, so it can leave nothing`, async () => {
        const { environment, folder } = opened();
        const places = { home: environment.home, folders: { out: folder } };
        const { ended, awaits } = await traceOf(places, command(opened()));
        assert.equal(ended.stdout === '', false, ended.stderr);
        assert.deepEqual(
          awaits.filter((label) => !/^(?:send (?:Describe|Get|List)\w*|ask cloud)#/.test(label)),
          [],
        );
      });
    },
    /**
     * Last of a file: nothing of those that died is left over, once somebody has looked after it. What died while
     * it wrote into one of `folders` is removed by the next who writes there: `writers` are commands that do.
     */
    nothingIsLeft: (
      folders: (ground: CrashGround) => readonly string[],
      writers: () => readonly (readonly string[])[] = () => [],
    ) => {
      test('what those that died did not seal is sealed by whoever attaches, and nothing is left over', {
        timeout,
      }, async () => {
        const { environment } = opened();
        const { unfinished } = await auditEvidence(environment.home);
        for (const id of new Set(unfinished.map((prefix) => prefix.split('/').at(-2) ?? ''))) {
          const attached = await environment.fraudctl('--json', 'attach', id);
          assert.notEqual(JSON.parse(attached.stdout).bundle, null, `${id}: ${attached.stdout}`);
        }
        assert.deepEqual(await auditEvidence(environment.home), { broken: [], unfinished: [] });
      });

      test('what those that died left unfinished is gone once it is old', async () => {
        const { environment, folder } = opened();
        const places = [folder, ...folders(opened())];
        await age(await unfinishedFiles(environment.home, places));
        for (const writer of [['task', 'run', 'probe'], ...writers()])
          assert.equal((await environment.fraudctl(...writer)).exitCode, 0, writer.join(' '));
        const out = ['--out', join(folder, 'last.json')];
        const asked = await environment.fraudctl('query', 'schema_status', '--format', 'json', ...out);
        assert.equal(asked.exitCode, 0, asked.stderr);
        assert.deepEqual(await unfinishedFiles(environment.home, places), []);
      });
    },
  };
}

/** Executions are named to the second. */
export function executionOf(lane: string, number: number): string {
  const at = new Date(Date.UTC(2026, 1, 21) + number * 1_000);
  return `${lane}_${at.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
}

/** What must be the same at the end of an execution. */
export function ended({ exitCode, stdout }: Finished) {
  const told = z
    .looseObject({
      verdict: z.string().optional(),
      cause: z.string().optional(),
      launches: z.array(z.unknown()).optional(),
    })
    .parse(JSON.parse(stdout || '{}'));
  return { exitCode, verdict: told.verdict, cause: told.cause, launches: told.launches?.length };
}
