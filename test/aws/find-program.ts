import { spawnSync } from 'node:child_process';

/** Path of a program on the PATH, or `undefined`. */
export function findProgram(name: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
