import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { readDocument } from './read-document.ts';
import { dataFolderOf, requireWorldTables } from './read-world.ts';
import type { WorldContent } from './seal-world.ts';

/**
 * All that a world consists of, to be sealed: its tables, its document, and the bundles that the document
 * says it was made from, byte for byte. Throws the first fault; `checkWorld` tells them all.
 */
export async function worldContent(folder: string): Promise<WorldContent> {
  const { data, sealed } = await dataFolderOf(folder);
  const { upstream, content } = await readDocument(data, sealed);
  const carried: { readonly path: string; readonly file: string }[] = [];
  for (const { path } of upstream) {
    const entries = await readdir(join(data, path), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((found) => found.isFile())) {
      const file = join(entry.parentPath, entry.name);
      carried.push({ path: relative(data, file).split(sep).join('/'), file });
    }
  }
  return { tables: await requireWorldTables(data), document: content, carried };
}
