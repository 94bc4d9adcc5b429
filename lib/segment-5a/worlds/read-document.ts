import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { fail } from '../../vocabulary/failure.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { type WorldDocument, worldDocumentName, worldDocumentSchema } from '../world-document.ts';

/**
 * The document of a world, sealed or not yet: what the states read of it, and under `content` all of it,
 * to be sealed with what its maker added. Only a sealed one must be canonical JSON already. Throws
 * `WORLD_DOCUMENT_MALFORMED` (65), and `EVIDENCE_NOT_CANONICAL` (65) for a sealed one.
 */
export async function readDocument(
  data: string,
  sealed: boolean,
): Promise<WorldDocument & { readonly content: JsonObject }> {
  const path = join(data, worldDocumentName);
  const refuse = (message: string, where: string) =>
    fail({
      exit: 'data',
      code: 'WORLD_DOCUMENT_MALFORMED',
      message,
      where,
      remedy: 'Write world.json as a JSON object with schema, seed, tz_database_version and upstream.',
    });
  const bytes = await readFile(path).catch(() => refuse('the world has no document', path));
  const value = sealed
    ? parseCanonicalJson(bytes, path)
    : parseJson(bytes, () => refuse('it is no JSON in UTF-8', path));
  const parsed = worldDocumentSchema.safeParse(value);
  if (parsed.success) return { ...parsed.data, content: z.record(z.string(), z.json()).parse(value) };
  const [issue] = parsed.error.issues;
  return refuse(issue?.message ?? '', `${path}: ${issue?.path.join('.') ?? ''}`);
}

function parseJson(bytes: Uint8Array, refuse: () => never): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse();
  }
}
