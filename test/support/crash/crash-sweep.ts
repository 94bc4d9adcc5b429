import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Finished, finished } from '../local-environment.ts';

const program = fileURLToPath(new URL('../../../bin/fraudctl.mjs', import.meta.url));
const preload = pathToFileURL(join(import.meta.dirname, 'die-at-await.ts')).href;

/** One way to die: at the n-th of what a command does and waits for. */
export type Death = {
  /** `<what> <place>#<n>`, as `die-at-await.ts` counts it. */
  readonly at: string;
  readonly moment: 'before' | 'half' | 'after';
};

export const nameOfDeath = ({ at, moment }: Death) => `${moment} ${at}`;

/** Where the operator writes: its home with the evidence and its mirror, and folders of the command. */
export type CrashPlaces = { readonly home: string; readonly folders?: Readonly<Record<string, string>> };

function placesOf({ home, folders = {} }: CrashPlaces): string {
  const evidence = join(home, 'evidence');
  const places = {
    home,
    evidence,
    mirror: join(home, 'mirror'),
    staging: join(evidence, '~staging'),
    'mirror-staging': join(home, 'mirror', '~staging'),
    ...folders,
  };
  return Object.entries(places)
    .map(([name, folder]) => `${name}=${folder}`)
    .join(',');
}

function start(places: CrashPlaces, parameters: readonly string[], crash: Readonly<Record<string, string>>) {
  return finished(
    spawn(process.execPath, ['--import', preload, program, ...parameters], {
      env: {
        ...process.env,
        FRAUD_PLATFORM_HOME: places.home,
        NO_COLOR: '1',
        CRASH_PLACES: placesOf(places),
        ...crash,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Runs fraudctl to its end and says what it did and waited for, in order. */
export async function traceOf(
  places: CrashPlaces,
  parameters: readonly string[],
): Promise<{ readonly ended: Finished; readonly awaits: readonly string[] }> {
  const file = join(tmpdir(), `crash-trace-${randomBytes(6).toString('hex')}`);
  try {
    const ended = await start(places, parameters, { CRASH_TRACE: file });
    const text = await readFile(file, 'utf8').catch(() => '');
    return { ended, awaits: text.split('\n').filter((line) => line !== '') };
  } finally {
    await rm(file, { force: true });
  }
}

/** Runs fraudctl until it dies; it lives when it never comes to that await. */
export function runToDeath(
  places: CrashPlaces,
  parameters: readonly string[],
  { at, moment }: Death,
): Promise<Finished> {
  return start(places, parameters, { CRASH_AT: at, CRASH_MOMENT: moment });
}

/** What only looks, again and again: how often depends on the day. */
const looks = new Set(
  ['GetExecutionHistory', 'GetLogEvents', 'DescribeExecution', 'DescribeTasks'].map((one) => `send ${one}`),
);
/** What gives a name, or tells the cloud to do something; the rest only prepares it or cleans up. */
const decisive = /^(?:link|rename|writeFile|send) /;

export type Thinning = {
  /** Deaths at one kind of decisive await, at most; of the other kinds, a third of it. */
  readonly most: number;
};

/**
 * The ways to die in a traced run: after every await, before the first, and with half a file at every write.
 * To die before an await is to die after the one before it. `undefined`: all of them; else thinned evenly for each kind of await.
 * What only looks is died at twice.
 */
export function deathsOf(awaits: readonly string[], thinning: Thinning | undefined): readonly Death[] {
  const kinds = Map.groupBy(awaits, (label) => label.slice(0, label.lastIndexOf('#')));
  const deaths = [...kinds].flatMap(([kind, labels]) => {
    const most = looks.has(kind)
      ? 2
      : thinning === undefined
        ? labels.length
        : decisive.test(kind)
          ? thinning.most
          : Math.max(1, Math.floor(thinning.most / 3));
    return evenly(labels, most).flatMap((at): readonly Death[] => [
      ...(/^write/.test(kind) ? [{ at, moment: 'half' as const }] : []),
      { at, moment: 'after' },
    ]);
  });
  const [first] = awaits;
  return first === undefined ? [] : [{ at: first, moment: 'before' }, ...deaths];
}

/** At most so many of a list, the first and the last among them. */
function evenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  const step = (list.length - 1) / Math.max(1, most - 1);
  return [...new Set(Array.from({ length: most }, (_, index) => list[Math.round(index * step)]))].flatMap(
    (one) => (one === undefined ? [] : [one]),
  );
}
