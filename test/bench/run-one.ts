/**
 * Runs one bench in a process that has run no other, so that no bench inherits another's memory:
 * `node run-one.ts <name> <rounds>`. Progress goes to standard error, the result to standard output as one
 * object. SIGINT and SIGTERM end what runs, clear away what was prepared, and exit 143.
 */
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { messageOf } from '../../lib/vocabulary/failure.ts';
import { loadBench } from './catalogue.ts';
import { runBench } from './run-bench.ts';

const [name = '', rounds = ''] = process.argv.slice(2);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

try {
  const progress = (line: string) => console.error(`${name}: ${line}`);
  const result = await runBench(await loadBench(name), Number(rounds), progress, stop.signal);
  console.log(JSON.stringify(result));
} catch (error) {
  console.error(stop.signal.aborted ? `${name}: stopped` : messageOf(error));
  process.exitCode = stop.signal.aborted ? exitCodes.stopped : exitCodes.internal;
}
