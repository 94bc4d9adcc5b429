import type { Finding, PhaseBlocker, PhaseEvidence } from './phase-finding.ts';
import type { ClosureRecord, PhaseGate, PhaseRecords } from './phase-records.ts';

/** A recorded baseline closes; what is no baseline blocks. */
export function judgeBaseline(name: string, { baseline }: PhaseRecords): Finding {
  const ref = `config/gates/baselines/${name}.json`;
  return {
    blockers: baseline.kind === 'broken' ? [{ id: name, reasons: [baseline.why] }] : [],
    evidence: baseline.kind === 'recorded' ? [{ ref, sha256: baseline.sha256, says: 'recorded' }] : [],
  };
}

/** The latest record of each gate decides, of those under the gate and against the authority that are there today. */
export function judgeClosures(names: readonly string[], { closures, gates }: PhaseRecords): Finding {
  const blockers: PhaseBlocker[] = [];
  const evidence: PhaseEvidence[] = [];
  let unlocked = 0;
  for (const name of names) {
    const gate = gates.get(name);
    for (const found of closures) {
      if (found.kind === 'broken' && found.gate === name) blockers.push({ id: name, reasons: [found.why] });
    }
    if (gate?.authority?.kind === 'broken') blockers.push({ id: name, reasons: [gate.authority.why] });
    const heard = closures.flatMap((found) =>
      found.kind === 'record' && found.record.gate === name && isOfToday(found.record, gate) ? [found] : [],
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

function isOfToday(record: ClosureRecord, gate: PhaseGate | undefined): boolean {
  return (
    record.schema === 'fraud-platform/closure-record/v2' &&
    record.gate_sha256 === gate?.sha256 &&
    gate.authority?.kind === 'recorded' &&
    record.baseline_sha256 === gate.authority.sha256
  );
}
