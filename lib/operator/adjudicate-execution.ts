import { runControlPrefix, runScopedPrefix } from '../../config/names.ts';
import { itemsPath, itemsSchema } from '../evidence/format/bundle.ts';
import { parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { type BundleCommit, readBundleItem, readCommit } from '../evidence/publish-bundle.ts';
import { publishObject } from '../evidence/publish-object.ts';
import type { BurstGateSpec } from '../gates/burst/gate-spec.ts';
import { blockerPrefix } from '../gates/burst/judge-figures.ts';
import type { EvidenceItem } from '../gates/burst/read-figures.ts';
import { adjudicateBurst, type BurstSnapshot, snapshotBytes, snapshotName } from '../gates/burst/snapshot.ts';
import { fail } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId, Sha256 } from '../vocabulary/identifiers.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

export type Adjudicated = {
  readonly snapshot: BurstSnapshot;
  readonly content: Uint8Array;
  readonly sha256: Sha256;
  readonly bundleDigest: Sha256;
};

/**
 * Judges a burst from its sealed bundle, read back from the evidence store. Throws `BURST_NOT_SEALED` (65)
 * while there is none: what nobody vouches for is judged by nobody.
 */
export async function adjudicateExecution(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  runId: RunId,
  fallback: BurstGateSpec,
  signal: AbortSignal,
): Promise<Adjudicated> {
  const prefix = runControlPrefix(environment.name, executionId);
  const commit = await readCommit(environment.evidence, prefix, signal);
  if (commit === undefined) {
    return fail({
      exit: 'data',
      code: 'BURST_NOT_SEALED',
      message: 'the execution has no sealed bundle: its blockers stay as they are',
      where: `${environment.evidence.url}${prefix}`,
      value: executionId,
      remedy: `Follow it to its end: fraudctl burst attach ${executionId}`,
    });
  }
  const items = await readItems(environment, prefix, commit, signal);
  const snapshot = adjudicateBurst({ environment: environment.name, executionId, runId }, items, fallback);
  const content = snapshotBytes(snapshot);
  return { snapshot, content, sha256: sha256Of(content), bundleDigest: commit.bundle_digest_sha256 };
}

/** The items of a committed bundle; one whose bytes are not those of the manifest comes as it is, to be judged. */
async function readItems(
  environment: OperatorEnvironment,
  prefix: string,
  commit: BundleCommit,
  signal: AbortSignal,
): Promise<readonly EvidenceItem[]> {
  const { evidence } = environment;
  const listed = await readBundleItem(evidence, prefix, commit, itemsPath, signal);
  const described =
    listed === undefined ? undefined : itemsSchema.parse(parseCanonicalJson(listed, itemsPath)).items;
  if (described === undefined) {
    return fail({
      exit: 'data',
      code: 'BUNDLE_UNREADABLE',
      message: 'the sealed bundle does not say what it holds, or says it in other bytes than were sealed',
      where: `${evidence.url}${prefix}${commit.location}${itemsPath}`,
      remedy: 'Restore the bundle from another copy: the run-scoped one, or the mirror.',
    });
  }
  const items = await Promise.all(
    described.map(async ({ path, origin, sha256 }) => {
      const content = await evidence.get(`${prefix}${commit.location}${path}`, signal);
      return content === undefined ? [] : [{ path: path.replace(/^data\//, ''), origin, sha256, content }];
    }),
  );
  return items.flat();
}

/** Where a snapshot was put, and whether what is there now is it. */
export type SnapshotCopy = { readonly place: string; readonly key: string; readonly whole: boolean };

/**
 * Publishes a snapshot to the run-control root, the run-scoped root and the mirror, reads all three back,
 * and says which are whole. Fewer than three is blocker B3 of the phase. Another snapshot under the same
 * key is left as it is.
 */
export async function publishSnapshot(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  runId: RunId,
  { content, sha256 }: Adjudicated,
  signal: AbortSignal,
): Promise<readonly SnapshotCopy[]> {
  const runControl = `${runControlPrefix(environment.name, executionId)}${snapshotName}`;
  const places = [
    { place: 'run-control', store: environment.evidence, key: runControl },
    {
      place: 'run-scoped',
      store: environment.evidence,
      key: `${runScopedPrefix(runId, executionId)}${snapshotName}`,
    },
    { place: 'mirror', store: environment.mirror, key: runControl },
  ];
  return await Promise.all(
    places.map(async ({ place, store, key }) => {
      // A copy that cannot be written or read is told, not thrown: the other two still count.
      await publishObject(store, key, content, signal).catch(() => undefined);
      signal.throwIfAborted();
      const found = await store.get(key, signal).catch(() => undefined);
      return { place, key, whole: found !== undefined && sha256Of(found) === sha256 };
    }),
  );
}

/** Blocker B3, when a copy is missing or another. Pure. */
export function publicationBlocker(
  phaseId: string,
  copies: readonly SnapshotCopy[],
): BurstSnapshot['blockers'][number] | undefined {
  const broken = copies.filter(({ whole }) => !whole);
  if (broken.length === 0) return undefined;
  return {
    id: `${blockerPrefix(phaseId)}-B3`,
    meaning: 'publication failed',
    remediation: [],
    reasons: broken.map(({ place, key }) => `the ${place} copy at ${key} is missing, or another`),
  };
}
