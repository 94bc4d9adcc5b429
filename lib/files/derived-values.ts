import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where programs of a clone keep what they could work out again; it goes when the packages go. */
export const derivedValuesFolder = join(
  ...[import.meta.dirname, '..', '..'],
  ...['node_modules', '.cache', 'fraud-platform'],
);

/**
 * Values that cost time to work out, kept by name in a folder, the last one of each name. Nothing is believed
 * here: whoever keeps a value keeps beside it what it was made of, and compares that before using it. A
 * folder that cannot be read or written holds nothing, and everything is worked out as if it were not there.
 */
export class DerivedValues {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was kept under a name, as parsed JSON; `undefined` when nothing readable was. */
  recall(name: string): unknown {
    try {
      return JSON.parse(readFileSync(this.#pathOf(name), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Keeps a JSON value in the place of the one before; a reader beside it sees the old one or the new one. */
  keep(name: string, value: unknown): void {
    const path = this.#pathOf(name);
    const part = `${path}.${randomBytes(12).toString('hex')}.partial`;
    try {
      mkdirSync(this.#folder, { recursive: true });
      try {
        writeFileSync(part, JSON.stringify(value), { flag: 'wx' });
        renameSync(part, path);
      } finally {
        // A rename leaves nothing to remove.
        rmSync(part, { force: true });
      }
    } catch {
      // Next time it is worked out again.
    }
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.json`);
  }
}
