import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../tasks/main.mjs', import.meta.url));

/** Runs what a container runs, to its end. */
export async function runMain(
  task: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly exitCode: number | null; readonly stdout: string }> {
  const child = spawn(process.execPath, [main, task], {
    env: { ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const stdout = await text(child.stdout);
  return { exitCode: await ended, stdout };
}
