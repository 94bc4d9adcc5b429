import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, delimiter, dirname, join, sep } from 'node:path';
import { endTree } from './process-tree.mjs';
import { SetupFailure } from './report.mjs';

/** The Node that everything here runs on; the devDependency `node` has the same version. */
export const pinnedNode = '24.21.0';

const npmProgram = 'npm-cli.js';

/**
 * The JavaScript file of npm, so that it can be run by a Node of our choice: the npm that started us,
 * else the one beside our Node, else the one on the PATH.
 */
export function findNpm() {
  const candidates = [process.env.npm_execpath, ...npmBeside(process.execPath)];
  for (const folder of (process.env.PATH || '').split(delimiter)) {
    if (folder === '') continue;
    const command = join(folder, 'npm');
    if (existsSync(command)) candidates.push(realpathSync(command), ...npmBeside(command));
  }
  const found = candidates.find(
    (path) => path !== undefined && basename(path) === npmProgram && existsSync(path),
  );
  if (found === undefined) {
    throw new SetupFailure('npm was not found beside Node or on the PATH: install npm 10 or newer.', 78);
  }
  return found;
}

function npmBeside(program) {
  const folder = dirname(program);
  return [
    join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', npmProgram),
    join(folder, 'node_modules', 'npm', 'bin', npmProgram),
    join(folder, '..', 'share', 'nodejs', 'npm', 'bin', npmProgram),
  ];
}

/**
 * A Node 24 to run npm with. npm leaves out, without a word, optional packages whose `engines` do not
 * fit the Node it runs on; the polars binary is one. Never a Node inside `node_modules`, which
 * an installation may remove under its feet.
 */
export async function findNodeForNpm(root, npm) {
  const modules = join(root, 'node_modules') + sep;
  const running = realpathSync(process.execPath);
  if (process.versions.node.startsWith('24.') && !running.startsWith(modules)) return running;

  const toolchain = join(root, '.toolchain');
  const node = join(toolchain, 'node_modules', 'node', 'bin', 'node');
  if (versionOf(node) === `v${pinnedNode}`) return node;
  mkdirSync(toolchain, { recursive: true });
  writeFileSync(join(toolchain, 'package.json'), '{ "private": true }\n');
  await runNpm({
    node: running,
    npm,
    root: toolchain,
    args: ['install', '--no-save', '--no-package-lock', `node@${pinnedNode}`],
  });
  if (versionOf(node) !== `v${pinnedNode}`) {
    throw new SetupFailure(
      `npm installed node@${pinnedNode}, but ${node} does not run: allow install scripts (ignore-scripts=false).`,
      78,
    );
  }
  return node;
}

function versionOf(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return stdout ? stdout.trim() : undefined;
}

/**
 * Exactly what the lock file says. Not `npm ci`: that one demands a lock entry for the optional binaries
 * of every other platform, which npm cannot
 * write against a registry that does not carry them all (complete-lock.ts adds them by hand).
 */
export function installPackages({ node, npm, root }) {
  return runNpm({ node, npm, root, args: ['install', '--no-save'] });
}

const trash = '.removed-packages-';

/**
 * Takes away every package below a folder, whole or half: out of the way at once, and off the disk as far as it
 * goes. What an earlier one could not remove is tried again.
 */
export async function removePackages(folder) {
  const modules = join(folder, 'node_modules');
  if (existsSync(modules)) renameSync(modules, join(folder, `${trash}${Date.now()}`));
  for (const name of readdirSync(folder).filter((found) => found.startsWith(trash))) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Runs npm in `root` on `node`; silent when it works, its last lines and a sentence when not. */
function runNpm({ node, npm, root, args }) {
  // A Node found in a node_modules must not win over the one chosen here in install scripts.
  const environment = { ...process.env, PATH: dirname(node) + delimiter + (process.env.PATH || '') };
  // Left by the npm that started us; they would name its Node and its folder.
  for (const name of ['npm_node_execpath', 'npm_execpath', 'NODE', 'npm_config_local_prefix', 'INIT_CWD']) {
    delete environment[name];
  }
  return new Promise((resolve, reject) => {
    const child = spawn(
      node,
      [npm, ...args, '--prefix', root, '--no-fund', '--no-audit', '--include=dev', '--include=optional'],
      { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    // By itself npm unpacks to the end before it heeds an interruption.
    const end = () => endTree(child.pid);
    process.on('SIGINT', end).on('SIGTERM', end);
    const release = () => process.off('SIGINT', end).off('SIGTERM', end);
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new SetupFailure(`npm could not be started: ${error.message}`, 75)));
    child.on('close', (code, signal) => {
      release();
      if (code === 0) resolve();
      else reject(new SetupFailure(explain({ args, outcome: signal || `exit ${code}`, output }), 75));
    });
  });
}

function explain({ args, outcome, output }) {
  const lines = output.trim().split('\n').slice(-15).join('\n');
  return `npm ${args[0]} failed (${outcome}). ${causeOf(output)}\n${lines}`;
}

function causeOf(output) {
  if (/EACCES|EROFS|EPERM/.test(output)) {
    return 'npm may not write its cache or the project folder: make them writable, or set npm_config_cache to a folder of yours.';
  }
  if (/ENOSPC/.test(output)) return 'The disk is full: about 1.1 GB are needed.';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|E40[137]\b|E5\d\d/.test(output)) {
    return "The package registry did not answer as expected: check the network and npm's own settings, then run it again.";
  }
  if (/EUSAGE|in sync/.test(output))
    return 'package.json and package-lock.json differ: run npm install and commit both.';
  return 'Its last lines:';
}
