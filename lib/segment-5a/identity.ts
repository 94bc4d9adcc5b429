import { createHash, hash } from 'node:crypto';
import { z } from 'zod';
import { fail } from '../vocabulary/failure.ts';
import {
  type SegmentRunId,
  type Sha256,
  segmentRunIdSchema,
  sha256Schema,
} from '../vocabulary/identifiers.ts';

/** Digest of every policy file of the segment. */
export const parameterHashSchema = sha256Schema.brand<'ParameterHash'>();
export type ParameterHash = z.infer<typeof parameterHashSchema>;

/** Digest of what a run reads: the world, the policies and the version of the laws. */
export const manifestFingerprintSchema = sha256Schema.brand<'ManifestFingerprint'>();
export type ManifestFingerprint = z.infer<typeof manifestFingerprintSchema>;

export const scenarioIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'not a scenario id like baseline_v1')
  .brand<'ScenarioId'>();
export type ScenarioId = z.infer<typeof scenarioIdSchema>;

/** Seed of a world; enters the run id as 64 bits. */
export const seedSchema = z
  .string()
  .refine(
    (text) => /^(0|[1-9]\d{0,19})$/.test(text) && BigInt(text) < 2n ** 64n,
    'not a seed: a decimal number of at most 64 bits',
  );

/**
 * Version of the laws that turn inputs into outputs; the place of the code in the fingerprint. It
 * changes when outputs change, not with every commit: a faster program with the same results is the
 * same run, and which build made it is said by the bundle's statement.
 */
export const lawsVersion = 'segment-5a/laws/2';

/** Something that is digested under a name: a policy file, a bundle of the world. */
export type NamedDigest = { readonly name: string; readonly sha256: Sha256 };

export function u32le(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64le(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** The reference's named part: H(u32le(length of the name) ‖ name ‖ digest), 32 bytes. */
export function namedPart(part: NamedDigest): Buffer {
  if (!/^[\x21-\x7e]+$/.test(part.name)) {
    fail({
      exit: 'data',
      code: 'PART_NAME_INVALID',
      message: 'a digested part has a name that is not printable ASCII',
      where: 'identity',
      value: part.name,
      remedy: 'Give the file a name of printable ASCII characters without spaces.',
    });
  }
  const name = Buffer.from(part.name, 'ascii');
  return createHash('sha256')
    .update(u32le(name.length))
    .update(name)
    .update(Buffer.from(part.sha256, 'hex'))
    .digest();
}

function concatenatedParts(parts: readonly NamedDigest[]): readonly Buffer[] {
  const sorted = parts.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const [index, part] of sorted.entries()) {
    if (sorted[index + 1]?.name !== part.name) continue;
    fail({
      exit: 'data',
      code: 'PART_NAME_DUPLICATE',
      message: 'two digested parts have the same name',
      where: 'identity',
      value: part.name,
      remedy: 'Give every digested file its own name.',
    });
  }
  return sorted.map(namedPart);
}

/** H(parts in ASCII order of their names) over every policy file; an edit of any policy is another hash. */
export function parameterHash(policyFiles: readonly NamedDigest[]): ParameterHash {
  const digest = createHash('sha256');
  for (const part of concatenatedParts(policyFiles)) digest.update(part);
  return parameterHashSchema.parse(digest.digest('hex'));
}

/** H(parts of everything opened ‖ H(laws version) ‖ parameter hash). Holds no path, clock or commit. */
export function manifestFingerprint(
  opened: readonly NamedDigest[],
  parameters: ParameterHash,
  laws: string = lawsVersion,
): ManifestFingerprint {
  const digest = createHash('sha256');
  for (const part of concatenatedParts(opened)) digest.update(part);
  digest.update(hash('sha256', laws, 'buffer')).update(Buffer.from(parameters, 'hex'));
  return manifestFingerprintSchema.parse(digest.digest('hex'));
}

/**
 * The reference's run id: first 16 bytes of H(u32le(6) ‖ "run:5A" ‖ fingerprint ‖ u64le(seed) ‖ u64le(instance)).
 * `instance` is 0 for the run of a world, so that running it again meets its own outputs and finds them
 * identical; of some of its scenarios it is `scenarioInstance`, and a candidate beside a run is minted with
 * nanoseconds since the Unix epoch.
 */
export function segmentRunId(fingerprint: ManifestFingerprint, seed: bigint, instance: bigint): SegmentRunId {
  const label = Buffer.from('run:5A', 'ascii');
  const digest = createHash('sha256')
    .update(u32le(label.length))
    .update(label)
    .update(Buffer.from(fingerprint, 'hex'))
    .update(u64le(seed))
    .update(u64le(instance))
    .digest();
  return segmentRunIdSchema.parse(digest.subarray(0, 16).toString('hex'));
}

/** The instance of a run of some of its world's scenarios: of the set alone, whatever the order or repetition. */
export function scenarioInstance(scenarioIds: readonly ScenarioId[]): bigint {
  const digest = createHash('sha256').update('5A.scenarios');
  for (const id of [...new Set(scenarioIds)].sort()) {
    const name = Buffer.from(id, 'ascii');
    // The length first, so that no two sets are the same bytes.
    digest.update(u32le(name.length)).update(name);
  }
  return digest.digest().readBigUInt64LE();
}
