import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file of a folder is the same as that of the same name in another: none is half. */
export async function sameFiles(whole: string, copy: string, names: readonly string[]): Promise<void> {
  for (const name of await readdir(copy).catch(() => [])) {
    if (!names.includes(name)) continue;
    const [one, other] = await Promise.all([whole, copy].map((place) => readFile(join(place, name), 'utf8')));
    assert.equal(other, one, `${copy}: ${name} is whole`);
  }
}

/** Names without what a killed writer left, which the next writer removes once it is old. */
export const wholeNames = (names: readonly string[]) =>
  names.filter((name) => !name.endsWith('.partial')).sort();

/** A folder of results holds nothing half; once the command has run again, it holds all that a whole one does. */
export async function sameResults(whole: string, copy: string, moment: 'dead' | 'again'): Promise<void> {
  const names = await readdir(whole).then(wholeNames);
  await sameFiles(whole, copy, names);
  if (moment === 'again') assert.deepEqual(await readdir(copy).then(wholeNames), names);
}
