import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How far npm is, which does not say so itself: folders of packages that are there, of those in the lock file. */
export function describeInstallation(root) {
  return `${countPackages(join(root, 'node_modules'))} of about ${wantedPackages(root)} packages`;
}

function countPackages(modules) {
  let count = 0;
  for (const name of namesIn(modules)) {
    if (name.startsWith('@')) count += namesIn(join(modules, name)).length;
    else if (!name.startsWith('.')) count += 1;
  }
  return count;
}

/** Packages of other platforms are in the lock file as well, and are not installed. */
function wantedPackages(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.keys(lock.packages).filter(
    (path) => /^node_modules\/[^/]+(\/[^/]+)?$/.test(path) && lock.packages[path].os === undefined,
  ).length;
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
