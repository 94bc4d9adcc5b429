import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fail } from '../../lib/vocabulary/failure.ts';
import { benchResultSchema, type RecordedResult } from './page/record.ts';

const program = join(import.meta.dirname, 'run-one.ts');
/** What a bench may take to clear away when it is asked to stop. */
const graceMilliseconds = 60_000;

/** Runs one bench in a process of its own. When the signal aborts it is asked to stop, and waited for. */
export async function runApart(name: string, rounds: number, signal: AbortSignal): Promise<RecordedResult> {
  signal.throwIfAborted();
  // A group of its own: an interrupt at the terminal reaches it through us, once.
  const child = spawn(process.execPath, [program, name, String(rounds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  let killer: NodeJS.Timeout | undefined;
  const killGroup = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const stop = () => {
    child.kill('SIGTERM');
    killer = setTimeout(killGroup, graceMilliseconds);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const end = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, killed) => resolve(code ?? killed));
    });
    signal.throwIfAborted();
    if (end === 0) return benchResultSchema.parse(JSON.parse(output));
    return fail({
      exit: 'internal',
      code: 'BENCH_FAILED',
      message: `the bench ${name} ended with ${String(end)}`,
      where: name,
      value: String(end),
      remedy: `What it said stands above; run npm run bench -- ${name} alone.`,
    });
  } finally {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
  }
}
