import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail, isPlatformError, messageOf } from '../../lib/vocabulary/failure.ts';
import type { Bench } from './definition.ts';
import { renderMarkdown, renderResult } from './render.ts';
import { type BenchResult, runBench } from './run-bench.ts';

/**
 * `npm run bench` lists the benches; `npm run bench -- <name> [--runs N] [--json | --markdown]` runs the one of that
 * name and those whose name continues it (`launch`, `launch-cold-start`). Progress
 * goes to standard error. With `--json` the last line of standard output is one object. Exits 65 when
 * a target is missed.
 */
const suffix = '.bench.ts';
const fewestRuns = 5;

async function main(): Promise<number> {
  const { values, positionals } = parseArguments();
  const names = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
  const [name] = positionals;
  if (name === undefined) {
    for (const each of names) console.log(`${each.padEnd(16)} ${(await load(each)).what}`);
    if (names.length === 0) console.log('no benches yet: add test/bench/<name>.bench.ts');
    return exitCodes.done;
  }
  const chosen = names.filter((each) => each === name || each.startsWith(`${name}-`));
  if (chosen.length === 0) {
    fail({
      exit: 'usage',
      code: 'UNKNOWN_BENCH',
      message: `There is no bench '${name}'.`,
      value: name,
      remedy: `Use one of: ${names.join(', ')}.`,
    });
  }
  const results: BenchResult[] = [];
  for (const each of chosen) {
    const progress = (line: string) => console.error(`${each}: ${line}`);
    const result = await runBench(await load(each), runsOf(values.runs), progress);
    results.push(result);
    if (!values.json && !values.markdown) console.log(renderResult(result));
  }
  if (values.markdown) console.log(renderMarkdown(results));
  if (values.json) console.log(JSON.stringify({ bench: name, results }));
  const missed = results.some(({ targets }) => targets.some(({ verdict }) => verdict === 'MISS'));
  return missed ? exitCodes.data : exitCodes.done;
}

function parseArguments() {
  try {
    return parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        runs: { type: 'string', default: String(fewestRuns) },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return fail({
      exit: 'usage',
      code: 'USAGE',
      message: messageOf(error),
      remedy: 'Use <name> [--runs N] [--json | --markdown].',
    });
  }
}

function runsOf(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= fewestRuns) return runs;
  return fail({
    exit: 'usage',
    code: 'TOO_FEW_RUNS',
    message: `A bench takes at least ${fewestRuns} whole runs.`,
    where: '--runs',
    value: text,
    remedy: `Give --runs ${fewestRuns} or more.`,
  });
}

async function load(name: string): Promise<Bench> {
  const module: { readonly bench: Bench } = await import(`./${name}${suffix}`);
  return module.bench;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isPlatformError(error)) throw error;
  console.error(`${error.failure.code}: ${error.message} ${error.failure.remedy}`);
  process.exitCode = error.exitCode;
}
