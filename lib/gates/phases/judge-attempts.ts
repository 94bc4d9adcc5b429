import { namedAtMillis } from '../../vocabulary/identifiers.ts';
import { millisOf } from '../../vocabulary/instant.ts';
import type { WorkflowName } from '../../workflows/intent.ts';
import { openBlockers } from '../burst/open-blockers.ts';
import type { BurstSnapshot } from '../burst/snapshot.ts';
import type { Finding, PhaseBlocker, PhaseEvidence } from './phase-finding.ts';
import type { JudgedAttempt, PhaseRecords } from './phase-records.ts';

/** Attempts that were more than a record. Pure. */
export const started = (attempts: readonly JudgedAttempt[]): readonly JudgedAttempt[] =>
  attempts.filter(({ outcome }) => outcome.kind !== 'not-started');

/** The latest attempt of a task decides. */
export function judgeTask(task: string, { attempts }: PhaseRecords): Finding {
  return judgeLatest(
    started(attempts).filter((attempt) => attempt.task === task),
    () => undefined,
  );
}

/**
 * The latest run of a whole workflow decides; a launch of some of its states is no attempt at it, whatever it
 * came to. One whose intent does not say what it was of may have been a whole run.
 */
export function judgeWorkflow(workflow: WorkflowName, { attempts }: PhaseRecords): Finding {
  return judgeLatest(
    started(attempts).filter((attempt) => (attempt.workflow ?? workflow) === workflow),
    ({ workflow: told }, { validation, unvalidated = 'no validation of every state is sealed with it' }) => {
      if (told === undefined) return 'its intent does not say what it was a run of';
      return validation === undefined ? unvalidated : undefined;
    },
  );
}

/**
 * The latest of the judged attempts decides, by when they were started, which their names need not tell; two of
 * one instant have no order, so the worse of them does. `lacks` says what keeps a PASS from being a proof.
 */
function judgeLatest(
  candidates: readonly JudgedAttempt[],
  lacks: (attempt: JudgedAttempt, outcome: Verdict) => string | undefined,
): Finding {
  const blockers: PhaseBlocker[] = [];
  const evidence: PhaseEvidence[] = [];
  for (const attempt of candidates) {
    if (candidates.some((later) => settles(later, attempt))) continue;
    const { executionId, outcome } = attempt;
    if (outcome.kind !== 'verdict') {
      blockers.push(unsettled(executionId, outcome));
      continue;
    }
    const lacking = lacks(attempt, outcome);
    if (outcome.verdict === 'PASS' && lacking === undefined) {
      evidence.push({ ref: executionId, sha256: outcome.sha256, says: 'PASS' });
    } else {
      blockers.push({ id: executionId, reasons: [outcome.verdict, ...outcome.reasons, ...asList(lacking)] });
    }
  }
  return { blockers, evidence };
}

type Verdict = Extract<JudgedAttempt['outcome'], { readonly kind: 'verdict' }>;

/**
 * Whether an attempt that is judged takes the place of another, which was started before it. Of one that is not sealed,
 * and of whose start nothing is known, that is so when its name is older than both the start and the name of the judged
 * one. One that was recorded for named blockers, when a task could still be launched for some, settles those alone.
 */
function settles(later: JudgedAttempt, earlier: JudgedAttempt): boolean {
  if (later.outcome.kind !== 'verdict') return false;
  if (later.scope !== null && !later.scope.includes(earlier.executionId)) return false;
  const hasPlace = earlier.outcome.kind === 'verdict' || startedAtOf(earlier) !== undefined;
  const until = hasPlace ? placeOf(later) : Math.min(placeOf(later), namedAtMillis(later.executionId));
  return placeOf(earlier) < until;
}

const startedAtOf = ({ outcome }: JudgedAttempt) => ('startedAt' in outcome ? outcome.startedAt : undefined);

function placeOf(attempt: JudgedAttempt): number {
  const startedAt = startedAtOf(attempt);
  return startedAt === undefined ? namedAtMillis(attempt.executionId) : millisOf(startedAt);
}

const asList = (text: string | undefined) => (text === undefined ? [] : [text]);

/** Blockers of adjudications, and what nobody has judged since the last burst that passed the whole. */
export function judgeBurst(phaseId: string, gate: string, { attempts, gates }: PhaseRecords): Finding {
  const accepted = new Set([...gates].flatMap(([name, { sha256 }]) => (name === gate ? [sha256] : [])));
  const candidates = started(attempts);
  const history = candidates.flatMap(({ outcome }) =>
    outcome.kind === 'burst' ? [asPublished(outcome)] : [],
  );
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
    asPublished(outcome).overall_pass &&
    outcome.snapshot.evidence_refs.every(({ origin }) => origin !== 'manual') &&
    accepted.has(outcome.snapshot.gate_spec_sha256)
      ? [{ executionId, scope, pass: { ref: executionId, sha256: outcome.sha256, says: `passes ${gate}` } }]
      : [],
  );
  // One that was launched for named blockers says nothing of what came before it.
  const lastPass = Math.max(
    ...passes.flatMap(({ executionId, scope }) => (scope === null ? [namedAtMillis(executionId)] : [])),
  );
  const unsettledSince = candidates.flatMap(({ executionId, outcome }) =>
    (outcome.kind === 'unjudged' && namedAtMillis(executionId) >= lastPass) || outcome.kind === 'broken'
      ? [unsettled(executionId, outcome)]
      : [],
  );
  return { blockers: [...open, ...unsettledSince], evidence: passes.map(({ pass }) => pass) };
}

type Burst = Extract<JudgedAttempt['outcome'], { readonly kind: 'burst' }>;

/** A judgement with what its publication adds. */
function asPublished({ snapshot, unpublished }: Burst): BurstSnapshot {
  if (unpublished === undefined) return snapshot;
  return { ...snapshot, blockers: [...snapshot.blockers, unpublished], overall_pass: false };
}

function unsettled(executionId: string, outcome: JudgedAttempt['outcome']): PhaseBlocker {
  return {
    id: executionId,
    reasons: ['why' in outcome ? outcome.why : `not what closes this phase: ${outcome.kind}`],
  };
}
