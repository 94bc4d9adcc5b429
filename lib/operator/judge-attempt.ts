import { z } from 'zod';
import { runControlPrefix, runScopedPrefix } from '../../config/names.ts';
import { loadBurstGate, usualBurstGate } from '../burst/load-gate-spec.ts';
import { parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { readBundleItems } from '../evidence/read-bundle-items.ts';
import { type BurstSnapshot, snapshotName } from '../gates/burst/snapshot.ts';
import { findAltered } from '../gates/find-altered.ts';
import type { AttemptOutcome, JudgedAttempt, PhaseAttempt } from '../gates/phases/phase-records.ts';
import { sourcesIn, verdictOf } from '../gates/verdict-document.ts';
import { executionRecordSchema } from '../recorder/task-record.ts';
import { burstContract } from '../task-contracts/burst.ts';
import { failureOf } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId } from '../vocabulary/identifiers.ts';
import { intentSchema, workflowOf } from '../workflows/intent.ts';
import {
  type Adjudicated,
  adjudicateExecution,
  judgedEarlier,
  publicationBlocker,
} from './adjudicate-execution.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { runValidationIn } from './run-validation.ts';
import { knownStart, whoseExecution } from './whose-execution.ts';

/** What became of an attempt that is recorded, judged again from its evidence. */
export async function judgeAttempt(
  environment: OperatorEnvironment,
  attempt: PhaseAttempt,
  signal: AbortSignal,
): Promise<JudgedAttempt> {
  const { execution_id: executionId, task, scope } = attempt;
  // Only what the evidence itself says may be held against it; a store that does not answer is no verdict.
  const heldAgainst = (error: unknown): Unsettled => {
    if (signal.aborted) throw error;
    const failure = failureOf(error);
    if (failure.exit !== 'data') throw error;
    return failure.code === 'BUNDLE_NOT_COMMITTED'
      ? { kind: 'unjudged', why: `${executionId} is not sealed: fraudctl attach ${executionId}` }
      : { kind: 'broken', why: failure.message };
  };
  const whose = await whoseExecution(environment, attempt, signal).catch(heldAgainst);
  const launched = whose.kind === 'own' ? parseEvidence(whose.intent, intentSchema) : undefined;
  const workflow = launched === undefined ? undefined : workflowOf(launched).workflow;
  const found =
    whose.kind === 'own' ? await outcomeOf(environment, attempt, signal).catch(heldAgainst) : whose;
  const outcome =
    found.kind === 'unjudged' || found.kind === 'broken'
      ? { ...found, startedAt: await knownStart(environment, executionId, signal) }
      : found;
  return { executionId, task, workflow, scope, outcome };
}

type Unsettled = Extract<AttemptOutcome, { readonly kind: 'unjudged' | 'broken' }>;

async function outcomeOf(
  environment: OperatorEnvironment,
  attempt: PhaseAttempt,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const { execution_id: executionId, run_id: runId, task } = attempt;
  const prefix = runControlPrefix(environment.name, executionId);
  if (task === burstContract.name) {
    const { spec } = await loadBurstGate(usualBurstGate);
    const again = await adjudicateExecution(environment, executionId, runId, spec, signal);
    const sealed = again.snapshot.evidence_refs.find(({ path }) => path === 'intent.json')?.sha256;
    if (sealed !== attempt.intent_sha256) return launchedOtherwise(executionId);
    const { snapshot, sha256, published } = again;
    if (published === undefined) {
      return { kind: 'unjudged', why: `nobody has judged it: fraudctl burst adjudicate ${executionId}` };
    }
    if (published.standing === 'earlier') return { kind: 'unjudged', why: judgedEarlier(executionId) };
    if (published.standing === 'other') {
      return { kind: 'broken', why: `the judgement of ${executionId} is not what its evidence says` };
    }
    const unpublished = await missingCopy(environment, executionId, runId, again, signal);
    return { kind: 'burst', snapshot, sha256, unpublished };
  }
  const { items, absent, bundleDigest } = await readBundleItems(environment.evidence, prefix, signal);
  const files = new Map(items.map((item) => [item.path, item.content]));
  const stated = files.get('verdict.json');
  const subject = sourcesIn(files)?.subject;
  const altered = findAltered(items, absent);
  if (altered !== undefined || stated === undefined || subject === undefined) {
    return { kind: 'broken', why: `${altered ?? 'verdict.json'} of ${executionId} is not what was sealed` };
  }
  if (
    subject.environment !== environment.name ||
    subject.executionId !== executionId ||
    subject.runId !== runId
  ) {
    const whose = `${subject.executionId} of the run ${subject.runId} in ${subject.environment}`;
    return { kind: 'broken', why: `what is sealed for ${executionId} is about ${whose}` };
  }
  const intent = files.get('intent.json');
  if (intent === undefined || sha256Of(intent) !== attempt.intent_sha256)
    return launchedOtherwise(executionId);
  const { reasons } = reasonsSchema.parse(parseCanonicalJson(stated, 'verdict.json'));
  return {
    kind: 'verdict',
    verdict: verdictOf(stated),
    reasons,
    sha256: bundleDigest,
    startedAt: parseEvidence(files.get('execution-record.json'), executionRecordSchema)?.started_at,
    ...runValidationIn(files),
  };
}

/** Whoever lost the race for a name, and put its intent in the place of the other, has not won. */
const launchedOtherwise = (executionId: ExecutionId): AttemptOutcome => {
  return { kind: 'broken', why: `what is sealed for ${executionId} is not what it was launched with` };
};

/**
 * The run-scoped copy of a judgement, when it is not there whole: blocker B3. The mirror is on the machine of whoever
 * judged, and is that one's to answer for.
 */
async function missingCopy(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  runId: RunId,
  { snapshot, sha256 }: Adjudicated,
  signal: AbortSignal,
): Promise<BurstSnapshot['blockers'][number] | undefined> {
  const key = `${runScopedPrefix(runId, executionId)}${snapshotName}`;
  const copy = await environment.evidence.get(key, signal);
  const whole = copy !== undefined && sha256Of(copy) === sha256;
  const blocker = publicationBlocker(snapshot, [{ place: 'run-scoped', key, whole }]);
  if (blocker === undefined || copy !== undefined) return blocker;
  return {
    ...blocker,
    reasons: [...blocker.reasons, `publish it: fraudctl burst adjudicate ${executionId}`],
  };
}

const reasonsSchema = z.looseObject({ reasons: z.array(z.string()) });
