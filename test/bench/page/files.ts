import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { fail } from '../../../lib/vocabulary/failure.ts';
import type { Bench } from '../definition.ts';
import { holdRatios } from './hold-ratios.ts';
import { theseVersions, thisMachine } from './machine.ts';
import { type BenchmarkRecord, type BenchRecord, hasResult, recordSchema } from './record.ts';
import { describeMove, renderPage } from './render-page.ts';

const docs = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));
const recordFile = docs('benchmarks.json');

/** What the page was made of last; `undefined` before the first. */
export function readRecord(): BenchmarkRecord | undefined {
  return existsSync(recordFile)
    ? recordSchema.parse(JSON.parse(readFileSync(recordFile, 'utf8')))
    : undefined;
}

export function writePage(record: BenchmarkRecord): void {
  writeFileSync(recordFile, `${JSON.stringify(recordSchema.parse(record), null, 2)}\n`);
  writeFileSync(docs('benchmarks.md'), renderPage(record));
  console.error('wrote docs/benchmarks.md and docs/benchmarks.json');
}

const here = (): Pick<BenchmarkRecord, 'machine' | 'versions'> => ({
  machine: thisMachine(),
  versions: theseVersions(),
});

/**
 * Benches that are not measured now keep the figures of the record before. Throws `BENCH_OTHER_MACHINE` (64)
 * when another machine or other versions measured them: figures of two do not belong in one table.
 */
export function requireOneMachine(
  before: BenchmarkRecord | undefined,
  standing: readonly string[],
  { machine, versions } = here(),
): void {
  const stays = before?.benches.some(({ name }) => standing.includes(name)) ?? false;
  if (!stays) return;
  if (isDeepStrictEqual(before?.machine, machine) && isDeepStrictEqual(before?.versions, versions)) return;
  fail({
    exit: 'usage',
    code: 'BENCH_OTHER_MACHINE',
    message: 'The page was measured on another machine or with other versions.',
    remedy: 'Measure all of it here: npm run bench -- --docs.',
  });
}

/** What a bench says of itself, measured or not. */
export function textOf({ name, what, reading, measured, ownSides, targets }: Bench) {
  return {
    name,
    what,
    ...(reading === undefined ? {} : { reading }),
    ...(measured === undefined ? {} : { measured }),
    ...(ownSides === undefined ? {} : { ownSides }),
    targets,
  };
}

/**
 * The record of all known benches: those that were measured now, each beside what it was before, and the
 * others as they stand. One that nobody has measured is in it, too, and says so.
 */
export function recordWith(
  before: BenchmarkRecord | undefined,
  measured: readonly BenchRecord[],
  known: readonly Bench[],
  date: string,
): BenchmarkRecord {
  const benches = known.map((bench): BenchRecord => {
    const now = measured.find(({ name }) => name === bench.name);
    if (now !== undefined) return besideEarlier(now, before);
    const standing = before?.benches.find(({ name }) => name === bench.name);
    const never = { notMeasured: 'no run has measured it yet' };
    return standing ?? { ...textOf(bench), date, seconds: 0, loadBefore: 0, result: never };
  });
  return { schema: 'fraud-platform/benchmarks/v1', ...here(), benches };
}

function besideEarlier(bench: BenchRecord, before: BenchmarkRecord | undefined): BenchRecord {
  const earlier = before?.benches.find(({ name }) => name === bench.name);
  if (earlier === undefined || !hasResult(earlier.result) || !hasResult(bench.result)) return bench;
  const held = holdRatios([earlier.result], [bench.result]);
  const moved = held.filter(({ holds }) => !holds).map(describeMove);
  return { ...bench, again: { date: earlier.date, ratios: held.length, moved } };
}
