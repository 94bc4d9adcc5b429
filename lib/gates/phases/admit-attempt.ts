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
 * the phase, and the blockers that it is scoped to are open. Pure.
 */
export function admitAttempt(
  phase: Phase,
  statuses: readonly PhaseStatus[],
  wish: LaunchWish,
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

function closingNames(closedBy: ClosedBy, kind: LaunchWish['kind']): readonly string[] {
  if (kind === 'task' && 'task' in closedBy) return [closedBy.task];
  if (kind === 'workflow' && 'workflow' in closedBy) return [closedBy.workflow];
  if (kind === 'burst' && 'burst' in closedBy) return [closedBy.burst];
  if (kind === 'closure' && 'closure' in closedBy) return closedBy.closure;
  return [];
}
