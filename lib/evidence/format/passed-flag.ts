import { z } from 'zod';
import { fail } from '../../vocabulary/failure.ts';
import { type Sha256, sha256Schema } from '../../vocabulary/identifiers.ts';
import { canonicalBytes, parseCanonicalJson } from './canonical-json.ts';

/** Name of the flag in a bundle. It exists only where the verdict is PASS. */
export const passedFlagName = '_passed.flag';

const passedFlagSchema = z.strictObject({
  bundle_digest_sha256: sha256Schema,
  manifest_fingerprint: sha256Schema,
});
export type PassedFlag = { readonly bundleDigest: Sha256; readonly manifestFingerprint: Sha256 };

/** The only writer of a flag: canonical JSON, no line end. */
export function formatPassedFlag({ bundleDigest, manifestFingerprint }: PassedFlag): Uint8Array {
  return canonicalBytes({ bundle_digest_sha256: bundleDigest, manifest_fingerprint: manifestFingerprint });
}

/** The only reader of a flag. Any other white space, key order, key or line end throws `FLAG_MALFORMED` (65). */
export function parsePassedFlag(bytes: Uint8Array, where: string): PassedFlag {
  const malformed = (message: string) =>
    fail({
      exit: 'data',
      code: 'FLAG_MALFORMED',
      message,
      where,
      remedy: 'Restore the bundle from another copy; a flag has one form and is never written by hand.',
    });
  const parsed = passedFlagSchema.safeParse(parseOr(() => parseCanonicalJson(bytes, where), malformed));
  if (!parsed.success) return malformed('not exactly bundle_digest_sha256 and manifest_fingerprint');
  return {
    bundleDigest: parsed.data.bundle_digest_sha256,
    manifestFingerprint: parsed.data.manifest_fingerprint,
  };
}

function parseOr<T>(parse: () => T, malformed: (message: string) => never): T {
  try {
    return parse();
  } catch {
    return malformed('not canonical JSON');
  }
}
