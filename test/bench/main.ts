import { freemem } from 'node:os';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail, isPlatformError } from '../../lib/vocabulary/failure.ts';
import { type BenchRequest, chooseBenches, limitMinutes, obstacleOf, parseRequest } from './arguments.ts';
import { benchNames, loadBench } from './catalogue.ts';
import type { Bench } from './definition.ts';
import { readRecord, recordWith, requireOneMachine, textOf, writePage } from './page/files.ts';
import { holdRatios } from './page/hold-ratios.ts';
import { loadNow } from './page/machine.ts';
import { type BenchRecord, hasResult } from './page/record.ts';
import { renderHeldRatios } from './page/render-page.ts';
import { renderMarkdown, renderResult } from './render.ts';
import { runApart } from './run-apart.ts';

/**
 * `npm run bench`: measures, each bench in a process of its own, and prints; see `help` in arguments.ts.
 * Progress goes to standard error. Exits 65 when a target is missed or, with --check, a ratio has moved, and 124
 * when the time is up.
 */
async function main(): Promise<number> {
  const request = parseRequest(process.argv.slice(2));
  const known = await Promise.all(benchNames().map(loadBench));
  const names = chooseBenches(benchNames(), request.names);
  const benches = known.filter(({ name }) => names.includes(name));
  const chosen = request.quick ? benches.filter(({ quick }) => quick === true) : benches;
  if (request.list) {
    for (const { name, what } of benches) console.log(`${name.padEnd(28)} ${what}`);
    return exitCodes.done;
  }
  const before = readRecord();
  const standing = known.filter((bench) => !chosen.includes(bench)).map(({ name }) => name);
  // Refused before anything is measured.
  if (request.docs) requireOneMachine(before, standing);
  const measured = await runAll(chosen, request);
  const results = measured.map(({ result }) => result).filter(hasResult);
  const held = holdRatios((before?.benches ?? []).map(({ result }) => result).filter(hasResult), results);
  if (request.output === 'json') console.log(JSON.stringify({ results, held }));
  if (request.output === 'markdown') console.log(renderMarkdown(results));
  if (request.check || request.docs) console.error(renderHeldRatios(held));
  if (request.docs) writePage(recordWith(before, measured, known, today()));
  const missed = results.some(({ targets }) => targets.some(({ verdict }) => verdict === 'MISS'));
  const moved = request.check && held.some(({ holds }) => !holds);
  return missed || moved ? exitCodes.data : exitCodes.done;
}

async function runAll(benches: readonly Bench[], request: BenchRequest): Promise<readonly BenchRecord[]> {
  const stop = new AbortController();
  const stopped = () => stop.abort();
  process.on('SIGINT', stopped).on('SIGTERM', stopped);
  const minutes = request.quick ? limitMinutes.quick : limitMinutes.full;
  const timeUp = AbortSignal.timeout(minutes * 60_000);
  const signal = AbortSignal.any([stop.signal, timeUp]);
  const records: BenchRecord[] = [];
  try {
    for (const [index, bench] of benches.entries()) {
      console.error(`[${index + 1} of ${benches.length}] ${bench.name}: ${bench.what}`);
      const record = await runRecorded(bench, request.rounds, signal);
      if (request.output === 'text' && hasResult(record.result)) console.log(renderResult(record.result));
      records.push(record);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    fail({
      exit: timeUp.aborted ? 'deadline' : 'stopped',
      code: timeUp.aborted ? 'BENCH_TIME_UP' : 'BENCH_STOPPED',
      message: timeUp.aborted ? `The ${minutes} minutes of a run are up.` : 'The run was stopped.',
      remedy: 'Run it where nothing else runs, or name the benches that matter.',
    });
  }
  return records;
}

async function runRecorded(bench: Bench, rounds: number, signal: AbortSignal): Promise<BenchRecord> {
  const loadBefore = loadNow();
  const began = performance.now();
  const obstacle = obstacleOf(bench, freemem());
  if (obstacle !== undefined) console.error(`${bench.name}: not measured: it ${obstacle}`);
  const result =
    obstacle === undefined ? await runApart(bench.name, rounds, signal) : { notMeasured: `it ${obstacle}` };
  return {
    ...textOf(bench),
    date: today(),
    seconds: Math.round((performance.now() - began) / 1_000),
    loadBefore,
    result,
  };
}

const today = () => new Date().toISOString().slice(0, 10);

try {
  process.exitCode = await main();
} catch (error) {
  if (!isPlatformError(error)) throw error;
  console.error(`${error.failure.code}: ${error.message} ${error.failure.remedy}`);
  process.exitCode = error.exitCode;
}
