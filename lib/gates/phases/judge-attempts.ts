import { openBlockers } from '../burst/open-blockers.ts';
import type { Finding, PhaseBlocker, PhaseEvidence } from './phase-finding.ts';
import type { JudgedAttempt, PhaseRecords } from './phase-records.ts';

/** Attempts that were more than a record. Pure. */
export const started = (attempts: readonly JudgedAttempt[]): readonly JudgedAttempt[] =>
  attempts.filter(({ outcome }) => outcome.kind !== 'not-started');

/** The latest attempt decides; two of one second have no order, so the worse of them does. */
export function judgeTask(task: string, { attempts }: PhaseRecords): Finding {
  const candidates = started(attempts).filter((attempt) => attempt.task === task);
  const latest = Math.max(...candidates.map(({ executionId }) => stampOf(executionId)));
  const deciding = candidates.filter(({ executionId }) => stampOf(executionId) === latest);
  const blockers: PhaseBlocker[] = [];
  const evidence: PhaseEvidence[] = [];
  for (const { executionId, outcome } of deciding) {
    if (outcome.kind === 'verdict' && outcome.verdict === 'PASS') {
      evidence.push({ ref: executionId, sha256: outcome.sha256, says: 'PASS' });
    } else if (outcome.kind === 'verdict') {
      blockers.push({ id: executionId, reasons: [outcome.verdict, ...outcome.reasons] });
    } else {
      blockers.push(unsettled(executionId, outcome));
    }
  }
  return { blockers, evidence };
}

/** Blockers of adjudications, and what nobody has judged since the last burst that passed the whole. */
export function judgeBurst(phaseId: string, gate: string, { attempts, gates }: PhaseRecords): Finding {
  const accepted = new Set([...gates].flatMap(([name, { sha256 }]) => (name === gate ? [sha256] : [])));
  const candidates = started(attempts);
  const history = candidates.flatMap(({ outcome }) => (outcome.kind === 'burst' ? [outcome.snapshot] : []));
  const scopes = new Map(
    candidates.flatMap(({ executionId, scope }) =>
      scope === null ? [] : ([[executionId, scope] as const] satisfies readonly unknown[]),
    ),
  );
  const open = openBlockers(history, phaseId, accepted, scopes).map(({ id, latest, reasons }) => ({
    id,
    reasons: [...reasons, `found by ${latest}`],
  }));
  const passes = candidates.flatMap(({ executionId, scope, outcome }) =>
    outcome.kind === 'burst' &&
    outcome.snapshot.phase_id === phaseId &&
    outcome.snapshot.certifying &&
    outcome.snapshot.overall_pass &&
    outcome.snapshot.evidence_refs.every(({ origin }) => origin !== 'manual') &&
    accepted.has(outcome.snapshot.gate_spec_sha256)
      ? [{ scope, pass: { ref: executionId, sha256: outcome.sha256, says: `passes ${gate}` } }]
      : [],
  );
  // One that was launched for named blockers says nothing of what came before it.
  const lastPass = Math.max(
    ...passes.flatMap(({ scope, pass }) => (scope === null ? [stampOf(pass.ref)] : [])),
  );
  const unsettledSince = candidates.flatMap(({ executionId, outcome }) =>
    (outcome.kind === 'unjudged' && stampOf(executionId) >= lastPass) || outcome.kind === 'broken'
      ? [unsettled(executionId, outcome)]
      : [],
  );
  return { blockers: [...open, ...unsettledSince], evidence: passes.map(({ pass }) => pass) };
}

function unsettled(
  executionId: string,
  outcome:
    | Exclude<JudgedAttempt['outcome'], { readonly kind: 'burst' | 'verdict' }>
    | JudgedAttempt['outcome'],
): PhaseBlocker {
  return {
    id: executionId,
    reasons: ['why' in outcome ? outcome.why : `not what closes this phase: ${outcome.kind}`],
  };
}

const stampOf = (executionId: string) =>
  Number(executionId.slice(executionId.lastIndexOf('_') + 1).replaceAll(/\D/g, ''));
