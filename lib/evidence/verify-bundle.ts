import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf, fail, messageOf } from '../vocabulary/failure.ts';
import { sha256Of, sha256OfStream } from './format/digest.ts';
import { type BundleReport, type FoundEntry, judgeBundle, needsContent } from './format/judge-bundle.ts';

/** A tag file or item list above this is no bundle of ours; it is digested, never held in memory. */
const largestTagFile = 256 * 1024 * 1024;

/**
 * Looks at every entry of a bundle's folder and judges the whole. Links are reported, never followed.
 * Throws `BUNDLE_NOT_FOUND` (64) when there is no such folder; everything else is in the report.
 */
export async function verifyBundleFolder(folder: string, signal?: AbortSignal): Promise<BundleReport> {
  const found = await lstat(folder).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (found === undefined || !found.isDirectory()) {
    return fail({
      exit: 'usage',
      code: 'BUNDLE_NOT_FOUND',
      message: found === undefined ? 'there is no such folder' : 'this is not a folder',
      where: '<folder>',
      value: folder,
      remedy: 'Give the folder that holds manifest-sha256.txt.',
    });
  }
  const entries: FoundEntry[] = [];
  for await (const path of walk(folder, '')) {
    signal?.throwIfAborted();
    entries.push(await examine(folder, path));
  }
  return judgeBundle(entries);
}

/** Paths of everything that is not a folder, from the folder of the bag. An empty folder is reported as itself. */
async function* walk(folder: string, prefix: string): AsyncGenerator<string> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined || (entries.length === 0 && prefix !== '')) {
    yield prefix.slice(0, -1);
    return;
  }
  for (const entry of entries) {
    if (entry.isDirectory()) yield* walk(folder, `${prefix}${entry.name}/`);
    else yield `${prefix}${entry.name}`;
  }
}

async function examine(folder: string, path: string): Promise<FoundEntry> {
  const whole = join(folder, path);
  try {
    const found = await lstat(whole);
    if (found.isSymbolicLink()) return { path, kind: 'symlink' };
    if (!found.isFile()) return { path, kind: 'other' };
    if (needsContent(path) && found.size <= largestTagFile) {
      const content = await readFile(whole);
      return { path, kind: 'file', sha256: sha256Of(content), size: content.byteLength, content };
    }
    return { path, kind: 'file', ...(await sha256OfStream(createReadStream(whole))) };
  } catch (error) {
    return { path, kind: 'unreadable', why: messageOf(error) };
  }
}
