import type { z } from 'zod';
import { isPlatformError } from '../../vocabulary/failure.ts';
import { parseCanonicalJson } from './canonical-json.ts';

/**
 * What an object of evidence says, or `undefined` when it is not there, is no canonical JSON or has another shape:
 * then it says nothing, and whoever judges says so. For what must be whole, `parseCanonicalJson` throws. Pure.
 */
export function parseEvidence<Schema extends z.ZodType>(
  content: Uint8Array | undefined,
  schema: Schema,
): z.infer<Schema> | undefined {
  if (content === undefined) return undefined;
  try {
    return schema.safeParse(parseCanonicalJson(content, 'evidence')).data;
  } catch (error) {
    if (isPlatformError(error)) return undefined;
    throw error;
  }
}
