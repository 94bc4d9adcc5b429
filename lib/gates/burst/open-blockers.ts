import type { BurstSnapshot } from './snapshot.ts';

/** A blocker that is open, and by which attempt; `since` is the first of them. */
export type OpenBlocker = {
  readonly id: string;
  readonly since: string;
  readonly latest: string;
  readonly reasons: readonly string[];
};

/**
 * Which blockers of a phase are open after a history of attempts. Pure. An attempt that failed stays: a
 * blocker it opened is cleared only by a later execution that certifies, under a gate that was reviewed,
 * whose evidence is native, and that could judge this very blocker and did not find it. Rehearsals neither
 * open nor clear anything.
 *
 * `acceptedGates` are digests of gates that may decide; a snapshot under any other is not heard. An execution
 * that `scopes` names was launched for those blockers: it clears no other, and opens what it finds.
 */
export function openBlockers(
  history: readonly BurstSnapshot[],
  phaseId: string,
  acceptedGates: ReadonlySet<string>,
  scopes: ReadonlyMap<string, readonly string[]> = new Map(),
): readonly OpenBlocker[] {
  const attempts = history
    .filter(
      ({ phase_id, certifying, gate_spec_sha256 }) =>
        phase_id === phaseId && certifying && acceptedGates.has(gate_spec_sha256),
    )
    .sort((one, other) => (stampOf(one) < stampOf(other) ? -1 : 1));
  const open = new Map<string, OpenBlocker>();
  for (const attempt of attempts) {
    const execution = attempt.m10_execution_id;
    const found = new Set(attempt.blockers.map(({ id }) => id));
    const byHand = attempt.evidence_refs.some(({ origin }) => origin === 'manual');
    for (const [id, blocker] of [...open]) {
      const meant = scopes.get(execution)?.includes(id) ?? true;
      const judged = !attempt.undetermined.includes(id) && !found.has(id);
      // Two executions of one second have no order: neither is later.
      const later = stampOf(attempt) > stampOfId(blocker.latest);
      if (meant && judged && later && !byHand) open.delete(id);
    }
    for (const { id, reasons } of attempt.blockers) {
      open.set(id, { id, since: open.get(id)?.since ?? execution, latest: execution, reasons });
    }
  }
  return [...open.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

const stampOfId = (executionId: string) => executionId.slice(executionId.lastIndexOf('_') + 1);
const stampOf = ({ m10_execution_id }: BurstSnapshot) => stampOfId(m10_execution_id);
