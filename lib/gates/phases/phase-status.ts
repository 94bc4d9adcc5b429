import { judgeBurst, judgeTask, judgeWorkflow, started } from './judge-attempts.ts';
import { judgeBaseline, judgeClosures } from './judge-closures.ts';
import type { Finding, PhaseBlocker, PhaseEvidence } from './phase-finding.ts';
import type { ClosedBy, Phase, PhaseId, PhasePlan } from './phase-plan.ts';
import type { PhaseRecords } from './phase-records.ts';

export type PhaseStatus = {
  readonly id: PhaseId;
  readonly title: string;
  readonly state: 'OPEN' | 'BLOCKED' | 'CLOSED';
  /** Dependencies that are not closed. */
  readonly waiting_for: readonly PhaseId[];
  readonly blockers: readonly PhaseBlocker[];
  readonly evidence: readonly PhaseEvidence[];
  readonly attempts: number;
  /** What would close it. */
  readonly closes_with: string;
};

/**
 * Status of every phase, from recorded verdicts alone. Pure. CLOSED needs evidence of its own that closes it,
 * nothing open, and every dependency closed: one that is opened again opens what stands on it. What cannot
 * be read or believed blocks.
 */
export function phaseStatuses(
  plan: PhasePlan,
  records: ReadonlyMap<string, PhaseRecords>,
): readonly PhaseStatus[] {
  const closed = new Set<PhaseId>();
  return plan.phases.map((phase) => {
    const found = records.get(phase.id) ?? noRecords;
    const waiting = phase.depends_on.filter((dependency) => !closed.has(dependency));
    const { blockers: against, evidence } = judge(phase, found, waiting.length === 0);
    // Nobody knows what such an attempt came to: nothing closes over it.
    const unread = found.brokenAttempts.map(({ name, why }) => ({ id: name, reasons: [why] }));
    const blockers = [...against, ...unread];
    const done = evidence.length > 0 && blockers.length === 0 && waiting.length === 0;
    if (done) closed.add(phase.id);
    return {
      id: phase.id,
      title: phase.title,
      state: done ? 'CLOSED' : blockers.length > 0 || waiting.length > 0 ? 'BLOCKED' : 'OPEN',
      waiting_for: waiting,
      blockers,
      evidence,
      attempts: started(found.attempts).length,
      closes_with: closesWith(phase.closed_by),
    };
  });
}

const noRecords: PhaseRecords = {
  attempts: [],
  brokenAttempts: [],
  closures: [],
  baseline: { kind: 'missing' },
  gates: new Map(),
};

function judge(phase: Phase, records: PhaseRecords, dependenciesClosed: boolean): Finding {
  const { closed_by } = phase;
  if ('task' in closed_by) return judgeTask(closed_by.task, records);
  if ('workflow' in closed_by) return judgeWorkflow(closed_by.workflow, records);
  if ('burst' in closed_by) return judgeBurst(phase.id, closed_by.burst, records);
  if ('closure' in closed_by) return judgeClosures(closed_by.closure, records);
  if ('baseline' in closed_by) return judgeBaseline(closed_by.baseline, records);
  if ('phases' in closed_by) {
    const says = 'every phase that it depends on is closed';
    return {
      blockers: [],
      evidence: dependenciesClosed ? [{ ref: phase.depends_on.join(', '), sha256: '', says }] : [],
    };
  }
  return { blockers: [], evidence: [] };
}

function closesWith(closedBy: ClosedBy): string {
  if ('task' in closedBy) return `a sealed PASS of ${closedBy.task}, launched for it`;
  if ('workflow' in closedBy) return `a sealed PASS of a whole run of ${closedBy.workflow}, launched for it`;
  if ('burst' in closedBy) return `a certifying burst that passes ${closedBy.burst}, launched for it`;
  if ('closure' in closedBy) return `a recorded UNLOCK of ${closedBy.closure.join(' and ')}`;
  if ('baseline' in closedBy) return `the recorded baseline ${closedBy.baseline}`;
  if ('phases' in closedBy) return 'all that it depends on';
  return `nothing yet: ${closedBy.nothing}`;
}
