import { z } from 'zod';
import { phasePrefix } from '../../config/names.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { closureGateDigest } from '../gates/closure/closure-gate.ts';
import type { ClosureScore } from '../gates/closure/score-closure.ts';
import { type ClosureRecord, recordBytes } from '../gates/phases/phase-records.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { closureGates } from './closure-gates.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { admitToPhase } from './phases.ts';

/**
 * Records a closure score for the phase of its gate. Throws `PHASE_NOT_ADMITTED` (78) as a launch does.
 * Returns the key and the digest of the record.
 */
export async function recordClosure(
  environment: OperatorEnvironment,
  phases: string | undefined,
  score: ClosureScore,
  at: Instant,
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
  const record: ClosureRecord = {
    schema: 'fraud-platform/closure-record/v1',
    phase_id: ticket.phaseId,
    gate: gate.name,
    gate_sha256: closureGateDigest(gate),
    recorded_at: at,
    decision: score.decision,
    reasons: [...score.reasons],
    candidate: score.candidate,
    baseline: score.baseline,
    score: z.json().parse(JSON.parse(JSON.stringify(score))),
  };
  const content = recordBytes(record);
  const stamp = at.replaceAll(/[-:.]/g, '');
  const key = `${phasePrefix(environment.name, ticket.phaseId)}closures/${gate.name}/${stamp}-${score.candidate}.json`;
  const { sha256 } = await publishObject(environment.evidence, key, content, signal);
  return { key, sha256 };
}
