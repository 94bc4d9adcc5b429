import { z } from 'zod';
import { phasePrefix } from '../../config/names.ts';
import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { publishObject } from '../evidence/publish-object.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { closureGateDigest } from '../gates/closure/closure-gate.ts';
import type { ClosureScore } from '../gates/closure/score-closure.ts';
import { type ClosureRecord, closureRecordSchema, recordBytes } from '../gates/phases/phase-records.ts';
import { segmentContract } from '../task-contracts/segment.ts';
import { fail } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { type Instant, instantFromMillis } from '../vocabulary/instant.ts';
import { closureGates } from './closure-gates.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { admitToPhase } from './phases.ts';
import { resolveTaskDefinition } from './resolve-task-definition.ts';

/**
 * Records a closure score for the phase of its gate, against the authority whose file has this digest. The latest
 * record of a gate decides, so it is recorded by a clock that is the cloud's and later than all before it. Throws
 * `PHASE_NOT_ADMITTED` (78) as a launch does, `CLOCK_WRONG` (77), and `CLOSURE_NOT_LATER` (75). Returns the key and
 * the digest of the record.
 */
export async function recordClosure(
  environment: OperatorEnvironment,
  phases: string | undefined,
  score: ClosureScore,
  authority: Sha256,
  now: () => number,
  signal: AbortSignal,
): Promise<{ readonly key: string; readonly sha256: Sha256 }> {
  const gate = (await closureGates()).get(score.gate);
  if (gate === undefined) throw new Error(`scored by a gate that is not there: ${score.gate}`);
  const ticket = await admitToPhase(
    environment,
    { phase: score.phase_id, phases },
    { kind: 'closure', name: score.gate },
    signal,
  );
  // Nothing is launched, but only an answer of the cloud tells what its clock is.
  await resolveTaskDefinition(environment, segmentContract.name, signal);
  const prefix = `${phasePrefix(environment.name, ticket.phaseId)}closures/${gate.name}/`;
  const latest = await latestIn(environment.evidence, prefix, signal);
  const at = instantFromMillis(now());
  if (latest !== undefined && at <= latest) refuseNotLater(gate.name, at, latest);
  const record: ClosureRecord = {
    schema: 'fraud-platform/closure-record/v2',
    phase_id: ticket.phaseId,
    gate: gate.name,
    gate_sha256: closureGateDigest(gate),
    recorded_at: at,
    decision: score.decision,
    reasons: [...score.reasons],
    candidate: score.candidate,
    baseline: score.baseline,
    baseline_sha256: authority,
    score: z.json().parse(JSON.parse(JSON.stringify(score))),
  };
  const key = `${prefix}${at.replaceAll(/[-:.]/g, '')}-${score.candidate}.json`;
  const { sha256 } = await publishObject(environment.evidence, key, recordBytes(record), signal);
  return { key, sha256 };
}

/**
 * When the last record below a prefix that can be heard was recorded, by its own word. One of the time when nobody kept
 * the authority is never heard, so it stands before nothing; one that cannot be read blocks by itself.
 */
async function latestIn(
  evidence: EvidenceStore,
  prefix: string,
  signal: AbortSignal,
): Promise<Instant | undefined> {
  let latest: Instant | undefined;
  for await (const { key } of evidence.list(prefix, signal)) {
    const record = parseEvidence(await evidence.get(key, signal), closureRecordSchema);
    if (record?.schema !== 'fraud-platform/closure-record/v2') continue;
    if (latest === undefined || record.recorded_at > latest) latest = record.recorded_at;
  }
  return latest;
}

function refuseNotLater(gate: string, at: Instant, latest: Instant): never {
  return fail({
    exit: 'transient',
    code: 'CLOSURE_NOT_LATER',
    message: `a score of ${gate} is recorded as of ${latest}, and it is ${at}: this one would never be heard`,
    where: '--record',
    value: latest,
    remedy: `Whoever recorded that one had a clock that was ahead. Record this one again after ${latest}.`,
  });
}
