import { fail } from '../../vocabulary/failure.ts';
import { type Sha256, sha256Schema } from '../../vocabulary/identifiers.ts';

/** One line of a BagIt manifest: the SHA-256 of a file, and its path from the folder of the bag. */
export type ManifestEntry = { readonly path: string; readonly sha256: Sha256 };

/**
 * Text of a manifest as `sha256sum -c` reads it: `<hex>  <path>`, one line an entry, sorted by the
 * bytes of the path, so that the same files give the same text and the same digest anywhere.
 */
export function formatManifest(entries: readonly ManifestEntry[]): string {
  const sorted = [...entries].sort((one, other) => compareBytes(one.path, other.path));
  for (const [index, { path }] of sorted.entries()) {
    const wrong = whatIsWrongWithPath(path);
    if (wrong !== undefined) throw new Error(`${path}: ${wrong}`);
    if (index > 0 && sorted[index - 1]?.path === path) throw new Error(`${path}: listed twice`);
  }
  return sorted.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('');
}

/**
 * Reads a manifest that must be exactly what `formatManifest` writes. Throws `MANIFEST_MALFORMED` (65),
 * naming file, line and what is wrong: duplicate, unsorted or escaping paths, upper-case digests,
 * other separators, carriage returns, a missing last line end.
 */
export function parseManifest(text: string, where: string): readonly ManifestEntry[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) malformed(where, 'the last line has no line end');
  const entries: ManifestEntry[] = [];
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const at = `${where}:${index + 1}`;
    const sha256 = sha256Schema.safeParse(line.slice(0, 64));
    if (!sha256.success || line.slice(64, 66) !== '  ')
      malformed(at, 'not a lower-case SHA-256, two spaces and a path', line);
    const path = line.slice(66);
    const wrong = whatIsWrongWithPath(path);
    if (wrong !== undefined) malformed(at, wrong, path);
    const previous = entries.at(-1)?.path;
    if (previous === path) malformed(at, 'the path is listed twice', path);
    if (previous !== undefined && compareBytes(previous, path) > 0)
      malformed(at, 'the paths are not sorted', path);
    entries.push({ path, sha256: sha256.data });
  }
  return entries;
}

const controlCharacter = /\p{Cc}/u;

/** Why a path may not stand in a manifest, or `undefined`. A `%` is refused because BagIt readers decode it. */
export function whatIsWrongWithPath(path: string): string | undefined {
  if (path === '') return 'the path is empty';
  if (!path.isWellFormed() || path.normalize('NFC') !== path) return 'the path is not Unicode in NFC';
  if (controlCharacter.test(path)) return 'the path has a control character';
  if (/[\\%*:]/.test(path)) return 'the path has one of \\ % * :';
  if (path.startsWith('~')) return 'the path begins with ~';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return 'the path is absolute, escapes or has an empty part';
  }
  return undefined;
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function malformed(where: string, message: string, value?: string): never {
  return fail({
    exit: 'data',
    code: 'MANIFEST_MALFORMED',
    message,
    where,
    ...(value === undefined ? {} : { value: value.slice(0, 200) }),
    remedy: 'Restore the bundle from another copy; a manifest is never edited.',
  });
}
