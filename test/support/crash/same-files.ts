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
