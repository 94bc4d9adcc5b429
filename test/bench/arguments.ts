import { parseArgs } from 'node:util';
import { fail, messageOf } from '../../lib/vocabulary/failure.ts';
import type { Bench } from './definition.ts';

export const help = `npm run bench                 every bench, each side in turn, with ratios and targets
npm run bench -- <name> …     those of these names, and those whose name continues one
npm run bench -- --quick      a choice of them with fewer rounds
npm run bench -- --docs       every bench, then docs/benchmarks.md and .json from what was measured
npm run bench -- <name> --docs   these again; what the page says of the others stays
npm run bench -- --check      holds the ratios beside those of docs/benchmarks.json; exits 65 when one has moved
npm run bench -- --list       names and what they measure
  --runs N                    rounds of each bench (5; --quick 3)
  --json, --markdown          the results as one object, or as tables, on standard output`;

export const usualRounds = 5;
const quickRounds = 3;

/** Minutes after which what still runs is stopped: a run ends by itself, whatever hangs. */
export const limitMinutes = { full: 75, quick: 10 } as const;

export type BenchRequest = {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly docs: boolean;
  readonly check: boolean;
  readonly list: boolean;
  readonly output: 'text' | 'json' | 'markdown';
  readonly rounds: number;
};

/** Throws `USAGE` or `TOO_FEW_RUNS` (64). */
export function parseRequest(words: readonly string[]): BenchRequest {
  const { values, positionals } = parse(words);
  const { quick, docs, check, list, json, markdown } = values;
  if (docs && (quick || values.runs !== undefined)) {
    usage('the page is made with the usual rounds: give --docs alone, or with names');
  }
  if (json && markdown) usage('give --json or --markdown');
  const rounds = values.runs === undefined ? (quick ? quickRounds : usualRounds) : roundsOf(values.runs);
  const output = json ? 'json' : markdown ? 'markdown' : 'text';
  return { names: positionals, quick, docs, check, list, output, rounds };
}

/** Names that are equal to one of the wished ones or continue it; all when none is wished. Throws `UNKNOWN_BENCH` (64). */
export function chooseBenches(known: readonly string[], wished: readonly string[]): readonly string[] {
  if (wished.length === 0) return known;
  const matches = (name: string, wish: string) => name === wish || name.startsWith(`${wish}-`);
  const stray = wished.find((wish) => !known.some((name) => matches(name, wish)));
  if (stray !== undefined) {
    fail({
      exit: 'usage',
      code: 'UNKNOWN_BENCH',
      message: `There is no bench '${stray}'.`,
      value: stray,
      remedy: `Use some of: ${known.join(', ')}.`,
    });
  }
  return known.filter((name) => wished.some((wish) => matches(name, wish)));
}

/** Why a bench cannot be run on a machine with so much memory free, if it cannot. */
export function obstacleOf({ needsBytes }: Pick<Bench, 'needsBytes'>, freeBytes: number): string | undefined {
  if (needsBytes === undefined || freeBytes >= needsBytes) return undefined;
  const gibibytes = (bytes: number) => (bytes / 2 ** 30).toFixed(0);
  return `needs ${gibibytes(needsBytes)} GiB of free memory, there were ${gibibytes(freeBytes)}`;
}

function parse(words: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...words],
      options: {
        quick: flag,
        docs: flag,
        check: flag,
        list: flag,
        json: flag,
        markdown: flag,
        runs: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return usage(messageOf(error));
  }
}

function usage(message: string): never {
  return fail({ exit: 'usage', code: 'USAGE', message, remedy: `Use:\n${help}` });
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= quickRounds && rounds <= 100) return rounds;
  return fail({
    exit: 'usage',
    code: 'TOO_FEW_RUNS',
    message: `A bench takes ${quickRounds} … 100 whole rounds.`,
    where: '--runs',
    value: text,
    remedy: `Give --runs ${usualRounds}, or more where the machine is busy.`,
  });
}
