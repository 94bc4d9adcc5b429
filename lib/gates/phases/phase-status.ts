import { openBlockers } from '../burst/open-blockers.ts';
import type { ClosedBy, Phase, PhaseId, PhasePlan } from './phase-plan.ts';
import type { JudgedAttempt, PhaseRecords } from './phase-records.ts';

/** Something that keeps a phase from closing. */
export type PhaseBlocker = { readonly id: string; readonly reasons: readonly string[] };

/** What closed a phase: what was judged, the digest of the judgement, and what it said. */
export type PhaseEvidence = { readonly ref: string; readonly sha256: string; readonly says: string };

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

type Finding = { readonly blockers: readonly PhaseBlocker[]; readonly evidence: readonly PhaseEvidence[] };

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
  baseline: undefined,
  gates: new Map(),
};

const started = (attempts: readonly JudgedAttempt[]) =>
  attempts.filter(({ outcome }) => outcome.kind !== 'not-started');

function judge(phase: Phase, records: PhaseRecords, dependenciesClosed: boolean): Finding {
  const { closed_by } = phase;
  if ('task' in closed_by) return judgeTask(closed_by.task, records);
  if ('burst' in closed_by) return judgeBurst(phase.id, closed_by.burst, records);
  if ('closure' in closed_by) return judgeClosures(closed_by.closure, records);
  if ('baseline' in closed_by) {
    const { baseline } = records;
    const ref = `config/gates/baselines/${closed_by.baseline}.json`;
    return {
      blockers: [],
      evidence: baseline === undefined ? [] : [{ ref, sha256: baseline, says: 'recorded' }],
    };
  }
  if ('phases' in closed_by) {
    const says = 'every phase that it depends on is closed';
    return {
      blockers: [],
      evidence: dependenciesClosed ? [{ ref: phase.depends_on.join(', '), sha256: '', says }] : [],
    };
  }
  return { blockers: [], evidence: [] };
}

/** The latest attempt decides; two of one second have no order, so the worse of them does. */
function judgeTask(task: string, { attempts }: PhaseRecords): Finding {
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
function judgeBurst(phaseId: string, gate: string, { attempts, gates }: PhaseRecords): Finding {
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

/** The latest record of each gate decides. */
function judgeClosures(names: readonly string[], { closures, gates }: PhaseRecords): Finding {
  const blockers: PhaseBlocker[] = [];
  const evidence: PhaseEvidence[] = [];
  let unlocked = 0;
  for (const name of names) {
    const gate = gates.get(name);
    for (const found of closures) {
      if (found.kind === 'broken' && found.gate === name) blockers.push({ id: name, reasons: [found.why] });
    }
    const heard = closures.flatMap((found) =>
      found.kind === 'record' && found.record.gate === name && found.record.gate_sha256 === gate?.sha256
        ? [found]
        : [],
    );
    const latest = heard
      .map(({ record }) => record.recorded_at)
      .sort()
      .at(-1);
    const deciding = heard.filter(({ record }) => record.recorded_at === latest);
    if (deciding.length === 0) continue;
    const against = deciding.filter(({ record }) => record.decision !== gate?.unlock);
    blockers.push(
      ...against.map(({ record }) => ({
        id: name,
        reasons: [`${record.decision} on ${record.candidate}`, ...record.reasons],
      })),
    );
    if (against.length > 0) continue;
    unlocked += 1;
    evidence.push(
      ...deciding.map(({ record, sha256 }) => ({
        ref: `${name} on ${record.candidate}`,
        sha256,
        says: record.decision,
      })),
    );
  }
  // One of two gates is half a proof, which is none.
  return { blockers, evidence: unlocked === names.length ? evidence : [] };
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

function closesWith(closedBy: ClosedBy): string {
  if ('task' in closedBy) return `a sealed PASS of ${closedBy.task}, launched for it`;
  if ('burst' in closedBy) return `a certifying burst that passes ${closedBy.burst}, launched for it`;
  if ('closure' in closedBy) return `a recorded UNLOCK of ${closedBy.closure.join(' and ')}`;
  if ('baseline' in closedBy) return `the recorded baseline ${closedBy.baseline}`;
  if ('phases' in closedBy) return 'all that it depends on';
  return `nothing yet: ${closedBy.nothing}`;
}

/** Whether something may be launched for a phase; why not otherwise. Pure. */
export type Admission =
  | { readonly admitted: true; readonly status: PhaseStatus }
  | { readonly admitted: false; readonly why: string; readonly remedy: string };

/**
 * Decides whether an attempt at a phase may start: its dependencies are closed, it is of the kind that closes
 * the phase, and the blockers that it is scoped to are open. Pure.
 */
export function admitAttempt(
  phase: Phase,
  statuses: readonly PhaseStatus[],
  wish: { readonly kind: 'task' | 'burst' | 'closure'; readonly name: string },
  scope: readonly string[] | null,
): Admission {
  const status = statuses.find(({ id }) => id === phase.id);
  if (status === undefined) {
    return { admitted: false, why: `${phase.id} has no status`, remedy: 'Run fraudctl phase status.' };
  }
  if (status.waiting_for.length > 0) {
    return {
      admitted: false,
      why: `${phase.id} depends on ${status.waiting_for.join(', ')}, not closed`,
      remedy: `See what closes it: fraudctl phase show ${status.waiting_for[0]}`,
    };
  }
  const wanted = closingNames(phase.closed_by, wish.kind);
  if (!wanted.includes(wish.name)) {
    return {
      admitted: false,
      why: `${wish.kind} ${wish.name} does not close ${phase.id}`,
      remedy: `It closes with ${status.closes_with}.`,
    };
  }
  const unknown = scope?.filter((id) => !status.blockers.some((blocker) => blocker.id === id)) ?? [];
  if (unknown.length > 0) {
    return {
      admitted: false,
      why: `${unknown.join(', ')} is not open in ${phase.id}`,
      remedy:
        status.blockers.length === 0
          ? 'No blocker is open: leave out --blockers.'
          : `Open are: ${status.blockers.map(({ id }) => id).join(', ')}.`,
    };
  }
  return { admitted: true, status };
}

function closingNames(closedBy: ClosedBy, kind: 'task' | 'burst' | 'closure'): readonly string[] {
  if (kind === 'task' && 'task' in closedBy) return [closedBy.task];
  if (kind === 'burst' && 'burst' in closedBy) return [closedBy.burst];
  if (kind === 'closure' && 'closure' in closedBy) return closedBy.closure;
  return [];
}
