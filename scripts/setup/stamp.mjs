import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode } from './npm.mjs';

/**
 * What an installation depends on. The stamp lies inside node_modules, so that removing the packages
 * removes it too, and it is written last, so that an interrupted installation has none.
 */
function wanted(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return JSON.stringify({
    lock: createHash('sha256').update(lock).digest('hex'),
    node: pinnedNode,
    platform: `${process.platform}-${process.arch}`,
  });
}

const stampPath = (root) => join(root, 'node_modules', '.setup-stamp.json');

/** Whether the packages are those of the lock file and the two programs that scripts call are there. */
export function isReady(root) {
  try {
    return (
      readFileSync(stampPath(root), 'utf8') === wanted(root) &&
      ['node', 'fraudctl'].every((name) => existsSync(join(root, 'node_modules', '.bin', name)))
    );
  } catch {
    return false;
  }
}

export function clearStamp(root) {
  rmSync(stampPath(root), { force: true });
}

export function writeStamp(root) {
  const fresh = `${stampPath(root)}.${process.pid}`;
  writeFileSync(fresh, wanted(root));
  renameSync(fresh, stampPath(root));
}

/** Outside of what npm writes; there from before npm begins until everything was started once. */
const markerPath = (root) => join(root, '.toolchain', 'installing');

/**
 * Whether an earlier installation did not come to its end. npm takes a package for installed whose folder a
 * killed npm had only begun to fill, so what is there then is not to be built upon.
 */
export function wasCutShort(root) {
  return existsSync(markerPath(root));
}

export function beginInstallation(root) {
  writeFileSync(markerPath(root), '');
}

export function endInstallation(root) {
  rmSync(markerPath(root), { force: true });
}
