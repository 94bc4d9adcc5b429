import { readdirSync, readFileSync } from 'node:fs';

/**
 * Ends a process with all that it started, deepest first: install scripts run npm themselves, and what is left
 * of them would go on writing where the next setup works. Only where the kernel tells who started whom.
 */
export function endTree(pid) {
  for (const child of childrenOf(pid)) endTree(child);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(parent) {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid) {
  try {
    // The name of the program, in brackets, may hold anything; after it come the state and the parent.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop();
    return Number(fields.split(' ')[1]);
  } catch {
    return undefined;
  }
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
