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
const looks = new Set([
  ...['GetExecutionHistory', 'GetLogEvents', 'DescribeExecution', 'DescribeTasks', 'ListExecutions'].map(
    (one) => `send ${one}`,
  ),
  'ask cloud',
]);
/** What gives a name, or tells the cloud to do something; the rest only prepares it or cleans up. */
const decisive = /^(?:link|rename|writeFile|send|spawn) /;

/**
 * What a store of folders does to put one object, other than to give it its name. Readers see none of it: to die
 * there is to die before the object or after it, with a file more or less in the staging.
 */
const inner = new Map(
  ['mkdir', 'open', 'write', 'sync', 'rm'].map((does, position) => [does, position] as const),
);

/** The position among the inner awaits of a put, or `undefined` for an await that others can see. */
function innerPosition(kind: string): number | undefined {
  const [does = '', place = ''] = kind.split(' ', 2);
  const isInner = /^(?:(?:mirror-)?staging|file)$/.test(place) || /^mkdir (?:evidence|mirror)$/.test(kind);
  return isInner ? inner.get(does) : undefined;
}

/** How many of the ways to die are died, and which when every one is asked for. */
export type Extent = {
  /** Whether each object dies at all of the inner awaits of its put, or at one of them in turn. */
  readonly inside: 'all' | 'in-turn';
} & (
  | /** So many deaths at one kind of decisive await, at most; of the other kinds, a third of it. */
  { readonly kind: 'thinned'; readonly most: number }
  /** After so many awaits of the run, evenly from the first to the last. */
  | { readonly kind: 'few'; readonly deaths: number }
  /** Every `of`-th of all, the first of them being the `number`-th: what many sessions share. */
  | { readonly kind: 'slice'; readonly number: number; readonly of: number }
);

export const everyDeath = { kind: 'slice', number: 1, of: 1, inside: 'all' } as const satisfies Extent;

/** Reads `CRASH_SWEEP`: `every`, or `2/8` for the second of eight parts of every; what is usual when it is not set. */
export function readExtent(text: string | undefined, usual: Extent): Extent {
  if (text === undefined || text === '') return usual;
  const { inside } = usual;
  if (text === 'every') return { ...everyDeath, inside };
  const [, number, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (number === undefined || of === undefined || Number(number) > Number(of)) {
    throw new Error(`CRASH_SWEEP=${text}: give \`every\`, or a part such as \`2/8\``);
  }
  return { kind: 'slice', number: Number(number), of: Number(of), inside };
}

/**
 * The ways to die in a traced run: after every await, before the first, and with half a file at every write.
 * To die before an await is to die after the one before it. Thinned, they are spread evenly over each kind of
 * await. What only looks is died at twice.
 */
export function deathsOf(awaits: readonly string[], extent: Extent): readonly Death[] {
  const [first] = awaits;
  if (first === undefined) return [];
  const before: Death = { at: first, moment: 'before' };
  if (extent.kind === 'few') return evenly(awaits, extent.deaths).map((at) => ({ at, moment: 'after' }));
  const kinds = [...Map.groupBy(awaits, (label) => label.slice(0, label.lastIndexOf('#')))];
  if (extent.kind === 'thinned') {
    return [
      before,
      ...kinds.flatMap(([kind, labels]) => deathsAt(kind, evenly(labels, mostOf(kind, extent.most)))),
    ];
  }
  const all = kinds.flatMap(([kind, labels]) => {
    const position = extent.inside === 'in-turn' ? innerPosition(kind) : undefined;
    if (position === undefined) return deathsAt(kind, looks.has(kind) ? evenly(labels, 2) : labels);
    return deathsAt(
      kind,
      labels.filter((_, index) => index % inner.size === position),
    );
  });
  return [before, ...all].filter((_, index) => index % extent.of === extent.number - 1);
}

function deathsAt(kind: string, labels: readonly string[]): readonly Death[] {
  const moments = /^write/.test(kind) ? (['half', 'after'] as const) : (['after'] as const);
  return labels.flatMap((at) => moments.map((moment) => ({ at, moment })));
}

function mostOf(kind: string, most: number): number {
  if (looks.has(kind)) return 2;
  return decisive.test(kind) ? most : Math.max(1, Math.floor(most / 3));
}

/** At most so many of a list, the first and the last among them. */
function evenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  const step = (list.length - 1) / Math.max(1, most - 1);
  return [...new Set(Array.from({ length: most }, (_, index) => list[Math.round(index * step)]))].flatMap(
    (one) => (one === undefined ? [] : [one]),
  );
}
