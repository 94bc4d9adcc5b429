import { fileURLToPath } from 'node:url';
import { runControlPrefix, runScopedPrefix } from '../../config/names.ts';
import { productVersion } from '../../config/product-version.ts';
import { type BundleContent, layOutBundle, type PayloadItem } from '../evidence/format/bundle.ts';
import { canonicalBytes } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { publishBundle, readCommit } from '../evidence/publish-bundle.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { isReproducible } from '../gates/find-altered.ts';
import { launchesDocument, launchesDocumentPath, verdictDocument } from '../gates/verdict-document.ts';
import { fail } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId, Sha256 } from '../vocabulary/identifiers.ts';
import type { GatheredLaunch } from './gather-evidence.ts';
import { refuseOtherEvidence } from './gather-sealed.ts';
import { type JudgedExecution, judgeSealed } from './judge-execution.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

export type SealedVerdict = {
  readonly kind: 'published' | 'identical';
  /** What is sealed: as it was judged here, or by a follower who came first. */
  readonly judged: JudgedExecution;
  readonly bundleDigest: Sha256;
  /** Copies whose digest was read back and found equal. */
  readonly copies: number;
  /** The plain bag on this machine. */
  readonly folder: string;
};

/** Something else is sealed already. */
type SealConflict = { readonly kind: 'conflict'; readonly existing: Sha256 };

type Place = { readonly name: string; readonly store: EvidenceStore; readonly prefix: string };

/**
 * Seals a verdict with the evidence it was computed from, and publishes the bundle to the two roots and
 * the mirror, in that order; all three are read back and must agree, else `SEAL_COPIES_DIFFER` (73).
 *
 * INDETERMINATE is not sealed, nor is a verdict while evidence may still come: a commit is for good.
 * Anyone who seals the same evidence makes the same bundle, so two followers do not disturb each other. Where one
 * who knew less, or more, came first with the same verdict, what that one sealed is concluded with; with another
 * verdict, `SEALED_DIFFERENTLY` (73). Throws `SEAL_NOT_REPRODUCIBLE` (70) before anything is published.
 */
export async function sealVerdict(
  environment: OperatorEnvironment,
  runId: RunId,
  judged: JudgedExecution,
  signal: AbortSignal,
): Promise<SealedVerdict | undefined> {
  const own = await sealAsJudged(environment, runId, judged, signal);
  if (own?.kind !== 'conflict') return own;
  const { executionId } = judged.gathered;
  const first = await judgeSealed(environment, executionId, signal);
  if (first?.verdict.verdict === judged.verdict.verdict) {
    const taken = await sealAsJudged(environment, runId, first, signal);
    if (taken?.kind !== 'conflict') return taken;
  }
  const prefix = runControlPrefix(environment.name, executionId);
  return refuseOtherEvidence(`${environment.evidence.url}${prefix}`, own.existing);
}

async function sealAsJudged(
  environment: OperatorEnvironment,
  runId: RunId,
  judged: JudgedExecution,
  signal: AbortSignal,
): Promise<SealedVerdict | SealConflict | undefined> {
  const { gathered, verdict } = judged;
  if (verdict.verdict === 'INDETERMINATE' || gathered.intent === undefined) return undefined;
  // Sealed before the last word is in, it would differ from what the next follower seals.
  if (!judged.isComplete || gathered.launches.some(hasUnreadable)) return undefined;
  const content = bundleContent(environment, runId, judged, gathered.intent);
  refuseNotReproducible(content, gathered.executionId);
  const bundle = layOutBundle(content);
  const runControl = runControlPrefix(environment.name, gathered.executionId);
  const source: Place = { name: 'run-control', store: environment.evidence, prefix: runControl };
  const copies: readonly Place[] = [
    { name: 'run-scoped', store: environment.evidence, prefix: runScopedPrefix(runId, gathered.executionId) },
    { name: 'mirror', store: environment.mirror, prefix: runControl },
  ];
  const publish = ({ store, prefix }: Place) => publishBundle(store, prefix, bundle, [], signal);
  // Who comes after a seal that broke off is told the story by the first place. Were only another one sealed, and
  // the state machine had forgotten meanwhile, what is then sealed would differ from that copy for good.
  const original = await publish(source);
  if (original.kind === 'conflict') {
    return { kind: 'conflict', existing: original.existing.bundle_digest_sha256 };
  }
  const copied = await Promise.all(
    copies.map(async (copy) => {
      const outcome = await publish(copy);
      if (outcome.kind === 'conflict') {
        refuseOtherEvidence(copy.store.url + copy.prefix, outcome.existing.bundle_digest_sha256);
      }
      return outcome;
    }),
  );
  const places = [source, ...copies];
  const read = await Promise.all(places.map(({ store, prefix }) => readCommit(store, prefix, signal)));
  const different = places.filter((_, index) => read[index]?.bundle_digest_sha256 !== bundle.digest);
  const location = read[2]?.location;
  if (different.length > 0 || location === undefined) {
    return fail({
      exit: 'conflict',
      code: 'SEAL_COPIES_DIFFER',
      message: `copies of the sealed bundle differ: ${different.map(({ name }) => name).join(', ')}`,
      where: gathered.executionId,
      value: bundle.digest,
      remedy: `Compare the copies with fraudctl evidence verify, then run: fraudctl attach ${gathered.executionId}`,
    });
  }
  return {
    kind: [original, ...copied].some(({ kind }) => kind === 'published') ? 'published' : 'identical',
    judged,
    bundleDigest: bundle.digest,
    copies: places.length,
    folder: folderOf(environment.mirror, `${runControl}${location}`),
  };
}

/** The sealed verdict of an execution, if it has one. */
export async function readSealedVerdict(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  signal: AbortSignal,
): Promise<{ readonly verdict: string; readonly bundleDigest: Sha256 } | undefined> {
  const commit = await readCommit(
    environment.evidence,
    runControlPrefix(environment.name, executionId),
    signal,
  );
  return commit === undefined
    ? undefined
    : { verdict: commit.verdict, bundleDigest: commit.bundle_digest_sha256 };
}

function hasUnreadable({ sources: { record, result, marker } }: GatheredLaunch): boolean {
  return [record, result, marker].some(({ kind }) => kind === 'unreadable');
}

/** A bundle whose verdict does not follow from it is broken for whoever verifies it, and a commit is for good. */
function refuseNotReproducible({ items }: BundleContent, executionId: ExecutionId): void {
  const files = items.flatMap((item) => ('content' in item ? [[item.path, item.content] as const] : []));
  if (isReproducible(new Map(files))) return;
  fail({
    exit: 'internal',
    code: 'SEAL_NOT_REPRODUCIBLE',
    message: 'the verdict is not what its own evidence says when it is computed again; nothing was sealed',
    where: executionId,
    remedy: 'This is a defect. Leave the evidence as it is, and report the execution.',
  });
}

function folderOf(mirror: EvidenceStore, key: string): string {
  return fileURLToPath(new URL(key, mirror.url));
}

function bundleContent(
  environment: OperatorEnvironment,
  runId: RunId,
  { gathered, verdict }: JudgedExecution,
  intent: Uint8Array,
): BundleContent {
  const subject = { environment: environment.name, executionId: gathered.executionId, runId };
  const items: PayloadItem[] = [
    { path: 'intent.json', origin: 'native', content: intent },
    { path: 'verdict.json', origin: 'derived', content: verdictDocument(subject, gathered.sources) },
    {
      path: launchesDocumentPath,
      origin: 'derived',
      content: launchesDocument(gathered.sources.launches),
    },
  ];
  if (gathered.executionRecord !== undefined) {
    items.push({ path: 'execution-record.json', origin: 'native', content: gathered.executionRecord });
  }
  const clocks: Record<string, string> = {};
  for (const launch of gathered.launches) {
    const [, state, number] = launch.sources.launchKey.split('/');
    const folder = `launches/${state}/${number}`;
    for (const { name, content } of launch.objects) {
      items.push({ path: `${folder}/${name}`, origin: 'native', content });
    }
    if (launch.marker !== undefined) {
      items.push({
        path: `${folder}/marker.json`,
        origin: 'derived',
        content: canonicalBytes(launch.marker),
      });
    }
    if (launch.record?.started_at != null) clocks[`${state}/${number} started_at`] = launch.record.started_at;
    if (launch.record?.stopped_at != null) clocks[`${state}/${number} stopped_at`] = launch.record.stopped_at;
  }
  return {
    items,
    manifestFingerprint: sha256Of(intent),
    verdict: { result: verdict.verdict, reasons: verdict.reasons },
    inputs: [{ name: 'intent.json', sha256: sha256Of(intent) }],
    code: {
      version: productVersion,
      imageDigest: gathered.launches.at(-1)?.record?.image_digest ?? 'unknown',
    },
    clocks,
  };
}
