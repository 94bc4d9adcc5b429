import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Sha256, sha256Schema } from '../../../vocabulary/identifiers.ts';
import { storeFailure } from '../store-failures.ts';
import type { S3Object } from './s3-wire.ts';

/**
 * Reads a body to its end, piece by piece, and returns its digest. Throws when it is shorter or longer than
 * it was said to be, or its digest is not the one it was stored with: then it has to be read again.
 */
export async function readWhole(
  object: S3Object,
  take: (chunk: Uint8Array) => Promise<void> | void,
): Promise<Sha256> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of object.body) {
    hash.update(chunk);
    size += chunk.byteLength;
    await take(chunk);
  }
  const sha256 = sha256Schema.parse(hash.digest('hex'));
  if (object.size !== undefined && object.size !== size) {
    throw new Error(`${size} bytes of ${object.size} arrived`);
  }
  if (object.sha256 !== undefined && object.sha256 !== sha256) {
    throw new Error(`what arrived has the digest ${sha256}, what was stored ${object.sha256}`);
  }
  return sha256;
}

/** As `readWhole`, to a new local file, which is there only when it is whole. Failures of the disk are the store's. */
export async function fetchWhole(object: S3Object, path: string, where: string): Promise<void> {
  let file: FileHandle;
  // A body that breaks off before it is read says so to nobody; reading it then says it.
  object.body.on('error', () => undefined);
  try {
    file = await open(path, 'wx', 0o644);
  } catch (error) {
    object.body.destroy();
    throw storeFailure(error, where, '');
  }
  try {
    await readWhole(object, async (chunk) => {
      await file.writeFile(chunk).catch((error: unknown) => {
        throw storeFailure(error, where, '');
      });
    });
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}
