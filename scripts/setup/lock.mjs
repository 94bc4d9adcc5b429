import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure, say } from './report.mjs';

const patienceMilliseconds = 15 * 60_000;
const pauseMilliseconds = 200;

/**
 * One setup at a time in one folder. The lock is a file holding the owner's process id, linked into
 * place so that it is never seen empty. A lock whose owner is dead is taken over; by one heir only,
 * because the heir first takes a second lock named after the dead.
 *
 * @returns a function that gives the lock back
 */
export async function acquireLock(folder) {
  const lock = join(folder, 'setup.lock');
  const mine = join(folder, `setup.lock.${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(mine, String(process.pid));
  } catch (error) {
    throw new SetupFailure(
      `cannot write to ${folder} (${error.code}): make the project folder writable.`,
      78,
    );
  }
  const patientUntil = Date.now() + patienceMilliseconds;
  let announced = false;
  try {
    while (!takeFree(mine, lock)) {
      const owner = ownerOf(lock);
      if (owner !== undefined && !isAlive(owner) && inherit({ mine, lock, owner })) break;
      if (!announced) say(`setup: waiting for another setup (process ${owner})`);
      announced = true;
      if (Date.now() > patientUntil) {
        throw new SetupFailure(
          `another setup (process ${owner}) holds ${lock}: end it, or remove that file.`,
          75,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  } finally {
    rmSync(mine, { force: true });
  }
  const release = () => {
    if (ownerOf(lock) === process.pid) rmSync(lock, { force: true });
  };
  return release;
}

function takeFree(mine, lock) {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function inherit({ mine, lock, owner }) {
  const heir = `${lock}.of.${owner}`;
  if (!takeFree(mine, heir)) {
    const other = ownerOf(heir);
    if (other !== undefined && !isAlive(other)) rmSync(heir, { force: true });
    return false;
  }
  try {
    // Between reading the owner and becoming heir, a faster heir may have come and gone.
    if (ownerOf(lock) !== owner) return false;
    writeFileSync(`${mine}.heir`, String(process.pid));
    renameSync(`${mine}.heir`, lock);
    return true;
  } finally {
    rmSync(heir, { force: true });
  }
}

function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
