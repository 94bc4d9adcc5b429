import { runControlPrefix, runScopedPrefix } from '../../config/names.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { readBundleItems } from '../evidence/read-bundle-items.ts';
import type { BurstGateSpec } from '../gates/burst/gate-spec.ts';
import { blockerPrefix } from '../gates/burst/judge-figures.ts';
import { type Standing, standingOfSnapshot } from '../gates/burst/published.ts';
import { adjudicateBurst, type BurstSnapshot, snapshotBytes, snapshotName } from '../gates/burst/snapshot.ts';
import type { ExecutionId, RunId, Sha256 } from '../vocabulary/identifiers.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

export type Adjudicated = {
  readonly snapshot: BurstSnapshot;
  readonly content: Uint8Array;
  readonly sha256: Sha256;
  readonly bundleDigest: Sha256;
  /** What is published of it already, below the run-control root. */
  readonly published: { readonly content: Uint8Array; readonly standing: Standing } | undefined;
};

/**
 * Judges a burst from its sealed bundle, read back from the evidence store. Throws `BUNDLE_NOT_COMMITTED` (65)
 * while there is none: its blockers stay as they are. Where an earlier version has published the same judgement, its
 * bytes are the content: there is one judgement of a burst, and its copies are equal.
 */
export async function adjudicateExecution(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  runId: RunId,
  fallback: BurstGateSpec,
  signal: AbortSignal,
): Promise<Adjudicated> {
  const prefix = runControlPrefix(environment.name, executionId);
  const { items, bundleDigest } = await readBundleItems(environment.evidence, prefix, signal);
  const snapshot = adjudicateBurst({ environment: environment.name, executionId, runId }, items, fallback);
  const before = await environment.evidence.get(`${prefix}${snapshotName}`, signal);
  const published =
    before === undefined ? undefined : { content: before, standing: standingOfSnapshot(before, snapshot) };
  const content = published?.standing === 'same' ? published.content : snapshotBytes(snapshot);
  return { snapshot, content, sha256: sha256Of(content), bundleDigest, published };
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

/** What is told of a burst whose published judgement was made by an earlier law: nothing replaces it. Pure. */
export const judgedEarlier = (executionId: ExecutionId) =>
  `${executionId} was judged by an earlier version, whose law was another: what decides is a new attempt`;

/** Blocker B3, when a copy is missing or another. `standing` is that of what was published before. Pure. */
export function publicationBlocker(
  { phase_id: phaseId, m10_execution_id: executionId }: BurstSnapshot,
  copies: readonly SnapshotCopy[],
  standing?: Standing,
): BurstSnapshot['blockers'][number] | undefined {
  const broken = copies.filter(({ whole }) => !whole);
  if (broken.length === 0) return undefined;
  return {
    id: `${blockerPrefix(phaseId)}-B3`,
    meaning: 'publication failed',
    remediation: [],
    reasons: [
      ...broken.map(({ place, key }) => `the ${place} copy at ${key} is missing, or another`),
      ...(standing === 'earlier' ? [judgedEarlier(executionId)] : []),
    ],
  };
}
