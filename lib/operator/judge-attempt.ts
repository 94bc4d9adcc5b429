import { z } from 'zod';
import { runControlPrefix } from '../../config/names.ts';
import { loadBurstGate, usualBurstGate } from '../burst/load-gate-spec.ts';
import { parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { readBundleItems } from '../evidence/read-bundle-items.ts';
import { snapshotName } from '../gates/burst/snapshot.ts';
import { findAltered } from '../gates/find-altered.ts';
import type { AttemptOutcome, JudgedAttempt, PhaseAttempt } from '../gates/phases/phase-records.ts';
import { sourcesIn, verdictOf } from '../gates/verdict-document.ts';
import { failureOf } from '../vocabulary/failure.ts';
import { adjudicateExecution } from './adjudicate-execution.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { intentKey } from './start-execution.ts';

/** What became of an attempt that is recorded, judged again from its evidence. */
export async function judgeAttempt(
  environment: OperatorEnvironment,
  attempt: PhaseAttempt,
  signal: AbortSignal,
): Promise<JudgedAttempt> {
  const { execution_id: executionId, task, scope } = attempt;
  const outcome = await outcomeOf(environment, attempt, signal).catch((error: unknown): AttemptOutcome => {
    if (signal.aborted) throw error;
    const failure = failureOf(error);
    // Only what the evidence itself says may be held against it; a store that does not answer is no verdict.
    if (failure.exit !== 'data') throw error;
    return failure.code === 'BUNDLE_NOT_COMMITTED'
      ? { kind: 'unjudged', why: `${executionId} is not sealed: fraudctl attach ${executionId}` }
      : { kind: 'broken', why: failure.message };
  });
  return { executionId, task, scope, outcome };
}

async function outcomeOf(
  environment: OperatorEnvironment,
  attempt: PhaseAttempt,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const { execution_id: executionId, run_id: runId } = attempt;
  const intent = await environment.evidence.get(intentKey(environment, executionId), signal);
  if (intent === undefined || sha256Of(intent) !== attempt.intent_sha256) return { kind: 'not-started' };
  const prefix = runControlPrefix(environment.name, executionId);
  if (attempt.task === 'burst') {
    const { spec } = await loadBurstGate(usualBurstGate);
    const again = await adjudicateExecution(environment, executionId, runId, spec, signal);
    const published = await environment.evidence.get(`${prefix}${snapshotName}`, signal);
    if (published === undefined) {
      return { kind: 'unjudged', why: `nobody has judged it: fraudctl burst adjudicate ${executionId}` };
    }
    if (sha256Of(published) !== again.sha256) {
      return { kind: 'broken', why: `the judgement of ${executionId} is not what its evidence says` };
    }
    return { kind: 'burst', snapshot: again.snapshot, sha256: again.sha256 };
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
  const { reasons } = reasonsSchema.parse(parseCanonicalJson(stated, 'verdict.json'));
  return { kind: 'verdict', verdict: verdictOf(stated), reasons, sha256: bundleDigest };
}

const reasonsSchema = z.looseObject({ reasons: z.array(z.string()) });
