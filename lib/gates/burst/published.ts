import { z } from 'zod';
import { closedScopeSchema } from '../../burst/scope-results.ts';
import { canonicalBytes, parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { parseEvidence } from '../../evidence/format/parse-evidence.ts';
import { burstMeasuresSchema, measuresVersions } from './measures.ts';
import { type BurstSnapshot, burstSnapshotSchema, snapshotBytes, snapshotVersions } from './snapshot.ts';

/**
 * How a document about a burst that is published stands to the same one computed today. `same`: it says the same,
 * perhaps under the version of before its law changed: then both laws agree. `earlier`: it is of that version and says
 * something else; nothing replaces it. `other`: no version made it of this burst.
 */
export type Standing = 'same' | 'earlier' | 'other';

/** Compares a published judgement of a burst with today's. Pure. */
export function standingOfSnapshot(published: Uint8Array, today: BurstSnapshot): Standing {
  return standing(published, snapshotBytes(today), snapshotVersions.before, (content) => {
    const found = parseEvidence(content, burstSnapshotSchema);
    return (
      found?.schema === snapshotVersions.before &&
      found.environment === today.environment &&
      found.platform_run_id === today.platform_run_id &&
      found.m10_execution_id === today.m10_execution_id
    );
  });
}

const keptMeasuresSchema = z.strictObject({
  ...burstMeasuresSchema.shape,
  database: closedScopeSchema.nullable(),
});

/** Compares measures that were kept of a burst with today's, as canonical JSON. Pure. */
export function standingOfMeasures(published: Uint8Array, today: Uint8Array): Standing {
  return standing(published, today, measuresVersions.before, (content) => {
    return parseEvidence(content, keptMeasuresSchema)?.schema === measuresVersions.before;
  });
}

function standing(
  published: Uint8Array,
  today: Uint8Array,
  before: string,
  isOfBefore: (content: Uint8Array) => boolean,
): Standing {
  if (Buffer.compare(published, today) === 0) return 'same';
  const said = z.record(z.string(), z.json()).parse(parseCanonicalJson(today, 'today'));
  if (Buffer.compare(published, canonicalBytes({ ...said, schema: before })) === 0) return 'same';
  return isOfBefore(published) ? 'earlier' : 'other';
}
