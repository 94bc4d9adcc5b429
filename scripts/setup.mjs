/**
 * Makes a clone runnable: Node 24, the packages, the `fraudctl` link. `npm start`, `npm test` and
 * `npm run bench` begin with it, and when nothing changed it costs a few milliseconds and one line.
 *
 * With a program and its arguments, runs that afterwards, on Node 24.
 *
 * Plain JavaScript in the syntax of old Nodes: whoever has too old a Node reads a sentence, not a
 * stack trace. Exits 0 ready, 75 an installation failed (network, cache), 78 something is missing here.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acquireLock } from './setup/lock.mjs';
import { findNodeForNpm, findNpm, installPackages, pinnedNode, removePackages } from './setup/npm.mjs';
import { SetupFailure, say, step } from './setup/report.mjs';
import { runProgram } from './setup/run-program.mjs';
import {
  beginInstallation,
  clearStamp,
  endInstallation,
  isReady,
  wasCutShort,
  writeStamp,
} from './setup/stamp.mjs';
import { linkFraudctl, verifyInstallation } from './setup/verify.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const oldestNode = 20;

async function setUp() {
  const started = Date.now();
  if (Number(process.versions.node.split('.')[0]) < oldestNode) {
    throw new SetupFailure(
      `Node ${process.versions.node} is too old to set this project up: install Node ${oldestNode} or newer, ` +
        `it brings Node ${pinnedNode} by itself.`,
      78,
    );
  }
  if (isReady(root)) {
    say(`setup: ready (Node ${pinnedNode}, ${Date.now() - started} ms)`);
    return;
  }
  const release = await acquireLock(join(root, '.toolchain'));
  try {
    // Another setup may have finished while this one waited.
    if (isReady(root)) {
      say('setup: ready, made by another setup');
      return;
    }
    clearStamp(root);
    const npm = findNpm();
    const cutShort = wasCutShort(root);
    beginInstallation(root);
    const node = await step(`Node ${pinnedNode}`, async () => {
      if (cutShort) await removePackages(join(root, '.toolchain'));
      return await findNodeForNpm(root, npm);
    });
    await step(
      'packages',
      async () => {
        // Only now: until here the Node that runs may be among them.
        if (cutShort) await removePackages(root);
        await installPackages({ node, npm, root });
      },
      () => 'fetching and unpacking, about 1.1 GB',
    );
    await step('binaries', () => verifyInstallation(root));
    await step('fraudctl', () => linkFraudctl(root));
    writeStamp(root);
    endInstallation(root);
  } finally {
    release();
  }
}

/** npm is ended by whoever runs it; what it leaves half installed is known by its marker, and made again. */
let interrupted = false;
const interrupt = () => {
  interrupted = true;
};
process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

const [program, ...programArguments] = process.argv.slice(2);
setUp().then(
  () => {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    if (interrupted) process.exitCode = 130;
    else if (program !== undefined) runProgram(root, program, programArguments);
  },
  (error) => {
    if (interrupted) {
      say('setup: interrupted; run the same command again, it begins where it must');
      process.exitCode = 130;
      return;
    }
    if (!(error instanceof SetupFailure)) throw error;
    say(`setup: ${error.message}`);
    process.exitCode = error.exitCode;
  },
);
