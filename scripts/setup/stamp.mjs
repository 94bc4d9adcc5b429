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
