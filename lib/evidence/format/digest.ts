import { createHash, hash } from 'node:crypto';
import { type Sha256, sha256Schema } from '../../vocabulary/identifiers.ts';

/** SHA-256 of bytes, or of the UTF-8 of a text. */
export function sha256Of(content: Uint8Array | string): Sha256 {
  return sha256Schema.parse(hash('sha256', content, 'hex'));
}

/** SHA-256 and length of a stream of chunks, in bounded memory. */
export async function sha256OfStream(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly sha256: Sha256; readonly size: number }> {
  const digest = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    digest.update(chunk);
    size += chunk.byteLength;
  }
  return { sha256: sha256Schema.parse(digest.digest('hex')), size };
}
