import { z } from 'zod';
import { sha256Schema } from '../vocabulary/identifiers.ts';

/** Relative, below the folder that a set is fetched into: no part of it may lead out. */
const pathSchema = z
  .string()
  .max(900)
  .refine(
    (path) =>
      path.split('/').every((part) => /^[A-Za-z0-9._=+-]+$/.test(part) && part !== '.' && part !== '..'),
    'a relative path of plain parts',
  );

/**
 * Files that exist together or not at all: the commit object of everything that is kept in the lake. The bytes
 * lie beside it under their digests, so a file that was never committed is in nobody's way, and one that was
 * cannot be replaced.
 */
export const fileSetSchema = z.strictObject({
  schema: z.literal('fraud-platform/file-set/v1'),
  /** By path, ascending. */
  files: z.array(z.strictObject({ path: pathSchema, sha256: sha256Schema, size: z.int().min(0) })).min(1),
});
export type FileSet = z.infer<typeof fileSetSchema>;
export type KeptFile = FileSet['files'][number];

/** Where the bytes of a file lie below the prefix of what it belongs to. */
export const fileKey = (prefix: string, { sha256 }: Pick<KeptFile, 'sha256'>) => `${prefix}files/${sha256}`;
/** Where a set lies; `name` is one of a key's own parts, joined by slashes. */
export const setKey = (prefix: string, name: string) => `${prefix}sets/${name}.json`;

/** Digest of the file of this path in a set, or `undefined`. */
export function digestIn(set: FileSet, path: string): string | undefined {
  return set.files.find((file) => file.path === path)?.sha256;
}
