import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Sha256, sha256Schema } from '../vocabulary/identifiers.ts';
import { manifestFingerprintSchema, parameterHashSchema } from './identity.ts';

const text = z.string().min(1);

/**
 * One input that a run is bound to. The first 16 members are digested, in this order, by
 * `sealedInputsDigest`; `notes` is for people. No member may depend on the machine: paths are relative
 * to the artefact they belong to.
 */
export const sealedInputSchema = z.strictObject({
  manifest_fingerprint: manifestFingerprintSchema,
  parameter_hash: parameterHashSchema,
  owner_layer: text,
  owner_segment: text,
  artifact_id: text,
  manifest_key: text,
  role: text,
  schema_ref: text,
  path_template: text,
  partition_keys: z.array(text).readonly(),
  sha256_hex: sha256Schema,
  version: text,
  source_dictionary: text,
  source_registry: text,
  status: z.enum(['REQUIRED', 'OPTIONAL', 'IGNORED']),
  read_scope: z.enum(['ROW_LEVEL', 'METADATA_ONLY']),
  notes: z.string(),
});
export type SealedInput = z.infer<typeof sealedInputSchema>;

/** Everything of a sealed input that its digest covers, in the order of the reference's law. */
export const digestedKeys = [
  'manifest_fingerprint',
  'parameter_hash',
  'owner_layer',
  'owner_segment',
  'artifact_id',
  'manifest_key',
  'role',
  'schema_ref',
  'path_template',
  'partition_keys',
  'sha256_hex',
  'version',
  'source_dictionary',
  'source_registry',
  'status',
  'read_scope',
] as const satisfies readonly (keyof SealedInput)[];

export type DigestedInput = Pick<SealedInput, (typeof digestedKeys)[number]>;

const sortKeys = ['owner_layer', 'owner_segment', 'role', 'artifact_id'] as const;

/** The order in which sealed inputs are written and digested: owner_layer, owner_segment, role, artifact_id. */
export function inDigestOrder<Row extends Pick<SealedInput, (typeof sortKeys)[number]>>(
  rows: readonly Row[],
): readonly Row[] {
  return rows.toSorted((left, right) => {
    for (const key of sortKeys) {
      if (left[key] !== right[key]) return left[key] < right[key] ? -1 : 1;
    }
    return 0;
  });
}

/**
 * H(row1 ‖ row2 ‖ …) over the rows in digest order, each as JSON of its 16 digested members in the
 * order of the law, without spaces, everything outside printable ASCII escaped. No delimiter.
 */
export function sealedInputsDigest(rows: readonly DigestedInput[]): Sha256 {
  const digest = createHash('sha256');
  for (const row of inDigestOrder(rows)) digest.update(asciiJson(row), 'ascii');
  return sha256Schema.parse(digest.digest('hex'));
}

function asciiJson(row: DigestedInput): string {
  const ordered = Object.fromEntries(digestedKeys.map((key) => [key, row[key]]));
  return JSON.stringify(ordered).replaceAll(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
