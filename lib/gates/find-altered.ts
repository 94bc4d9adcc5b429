import { sha256Of } from '../evidence/format/digest.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { recomputeVerdict } from './verdict-document.ts';

/**
 * Path of a file of a sealed bundle about an execution that is not what was sealed: it is gone, its bytes are not
 * those of its digest, or it is a verdict that does not follow from the other files. Pure.
 */
export function findAltered(
  items: readonly { readonly path: string; readonly sha256: Sha256; readonly content: Uint8Array }[],
  absent: readonly string[],
): string | undefined {
  const altered = absent[0] ?? items.find(({ content, sha256 }) => sha256Of(content) !== sha256)?.path;
  if (altered !== undefined) return altered;
  return isReproducible(new Map(items.map(({ path, content }) => [path, content])))
    ? undefined
    : 'verdict.json';
}

/** Whether the verdict of a payload is, byte for byte, what its evidence says. Pure. */
export function isReproducible(files: ReadonlyMap<string, Uint8Array>): boolean {
  const stated = files.get('verdict.json');
  const recomputed = recomputeVerdict(files);
  return stated !== undefined && recomputed !== undefined && Buffer.compare(stated, recomputed) === 0;
}
