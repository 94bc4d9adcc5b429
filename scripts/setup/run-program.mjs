import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { say } from './report.mjs';

/**
 * Runs a program of the project on the Node that set-up brought, and ends as it ends. A shell that ran
 * `setup && node program` would still take the Node it had looked up before there was another.
 */
export function runProgram(root, program, programArguments) {
  const bin = join(root, 'node_modules', '.bin');
  const child = spawn(join(bin, 'node'), [join(root, program), ...programArguments], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH || ''}` },
  });
  // Ctrl-C reaches the whole group by itself; this process only waits for how the program ends.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    say(`setup: ${error.message}`);
    process.exitCode = 70;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + (constants.signals[signal] || 0) : code;
  });
}
