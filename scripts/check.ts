import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/**
 * `npm run check`, the inner loop: types, lint and the tests that decide on data alone. Says nothing of what
 * is well but how long it took, and everything of what is not.
 */
const root = join(import.meta.dirname, '..');
const program = (name: string) => join(root, 'node_modules', '.bin', name);

const checks = {
  types: [program('tsc'), '--noEmit'],
  lint: [program('biome'), 'check', '--error-on-warnings', '.'],
  unit: [process.execPath, join(root, 'scripts', 'test.ts'), 'unit'],
} as const;

const began = performance.now();
const passed = await Promise.all(
  Object.entries(checks).map(async ([name, [command, ...parameters]]) => {
    const child = spawn(command, parameters, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const well = (await ended) === 0;
    const took = `${((performance.now() - began) / 1_000).toFixed(1)} s`;
    process.stdout.write(well ? `${name} ok, ${took}${tests(stdout)}\n` : `${name} FAILED, ${took}\n`);
    if (!well) process.stdout.write(`${failures(stdout)}${stderr}\n`);
    return well;
  }),
);
process.exitCode = passed.every(Boolean) ? 0 : 1;

/** How many tests passed, where tests ran. */
function tests(output: string): string {
  const count = /^ℹ pass (?<count>\d+)$/m.exec(output)?.groups?.count;
  return count === undefined ? '' : `, ${count} tests`;
}

/** What failed of tests, which the runner tells again at the end; all of any other output. */
function failures(output: string): string {
  const at = output.indexOf('✖ failing tests:');
  return at < 0 ? output : output.slice(at);
}
