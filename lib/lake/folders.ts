import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { fail } from '../vocabulary/failure.ts';
import { fetchFiles, readSet } from './fetch-files.ts';
import { digestIn, type FileSet } from './file-set.ts';
import { filesBelow, keepFiles } from './keep-files.ts';

const wholeFolder = 'folder';
/** They carry clocks, so two makings of the same thing differ in them and in nothing else. */
const withClocks: readonly string[] = ['statement.json', 'tagmanifest-sha256.txt'];

/**
 * Keeps a folder under a prefix of its own, once. Throws `LAKE_FOLDER_CONFLICT` (73) when another one is kept
 * there; files that carry clocks may differ.
 */
export async function keepFolder(
  store: EvidenceStore,
  prefix: string,
  folder: string,
  signal: AbortSignal,
): Promise<'kept' | 'identical'> {
  const outcome = await keepFiles(store, prefix, wholeFolder, folder, await filesBelow(folder), signal);
  if (outcome.kind !== 'conflict') return outcome.kind;
  const differing = differenceOf(outcome.set, outcome.existing);
  if (differing === undefined) return 'identical';
  return fail({
    exit: 'conflict',
    code: 'LAKE_FOLDER_CONFLICT',
    message: 'another folder is kept there in the lake',
    where: `${store.url}${prefix}`,
    value: differing,
    remedy: 'Give it another name; what is kept never changes.',
  });
}

/** Copies a kept folder to a local one. Throws what `readSet` and `fetchFiles` throw. */
export async function fetchFolder(
  store: EvidenceStore,
  prefix: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await fetchFiles(store, prefix, await readSet(store, prefix, wholeFolder, signal), folder, signal);
}

/** Path of the first file in which two sets differ, clocks apart; `undefined` when there is none. Pure. */
export function differenceOf(one: FileSet, other: FileSet): string | undefined {
  const paths = [...one.files, ...other.files].map(({ path }) => path);
  return paths
    .filter((path) => !withClocks.includes(path.split('/').at(-1) ?? path))
    .find((path) => digestIn(one, path) !== digestIn(other, path));
}
