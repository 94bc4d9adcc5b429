import type { ClosedBy, Phase } from './phase-plan.ts';
import type { PhaseStatus } from './phase-status.ts';

/** Whether something may be launched for a phase; why not otherwise. Pure. */
export type Admission =
  | { readonly admitted: true; readonly status: PhaseStatus }
  | { readonly admitted: false; readonly why: string; readonly remedy: string };

/** What is to be launched, or recorded: one task, a whole workflow, a burst under a gate, a score of a gate. */
export type LaunchWish = {
  readonly kind: 'task' | 'workflow' | 'burst' | 'closure';
  readonly name: string;
};

/**
 * Decides whether an attempt at a phase may start: its dependencies are closed, it is of the kind that closes
 * the phase, and the blockers that it is scoped to are open. Only a burst is judged blocker by blocker: a verdict
 * of anything else is about the whole phase, so it is never scoped. Pure.
 */
export function admitAttempt(
  phase: Phase,
  statuses: readonly PhaseStatus[],
  wish: LaunchWish,
  scope: readonly string[] | null,
): Admission {
  const refuse = (why: string, remedy: string): Admission => ({ admitted: false, why, remedy });
  if (scope !== null && wish.kind !== 'burst') {
    return refuse(
      `a verdict of ${wish.kind} ${wish.name} is about the whole of ${phase.id}, not about some of its blockers`,
      'Name no blockers: the latest attempt decides for all before it.',
    );
  }
  const status = statuses.find(({ id }) => id === phase.id);
  if (status === undefined) return refuse(`${phase.id} has no status`, 'Run fraudctl phase status.');
  if (status.waiting_for.length > 0) {
    return refuse(
      `${phase.id} depends on ${status.waiting_for.join(', ')}, not closed`,
      `See what closes it: fraudctl phase show ${status.waiting_for[0]}`,
    );
  }
  const wanted = closingNames(phase.closed_by, wish.kind);
  if (!wanted.includes(wish.name)) {
    return refuse(
      `${wish.kind} ${wish.name} does not close ${phase.id}`,
      `It closes with ${status.closes_with}.`,
    );
  }
  const unknown = scope?.filter((id) => !status.blockers.some((blocker) => blocker.id === id)) ?? [];
  if (unknown.length > 0) {
    return refuse(
      `${unknown.join(', ')} is not open in ${phase.id}`,
      status.blockers.length === 0
        ? 'No blocker is open: leave out --blockers.'
        : `Open are: ${status.blockers.map(({ id }) => id).join(', ')}.`,
    );
  }
  return { admitted: true, status };
}

function closingNames(closedBy: ClosedBy, kind: LaunchWish['kind']): readonly string[] {
  if (kind === 'task' && 'task' in closedBy) return [closedBy.task];
  if (kind === 'workflow' && 'workflow' in closedBy) return [closedBy.workflow];
  if (kind === 'burst' && 'burst' in closedBy) return [closedBy.burst];
  if (kind === 'closure' && 'closure' in closedBy) return closedBy.closure;
  return [];
}
