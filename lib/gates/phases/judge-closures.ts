import type { Finding, PhaseBlocker, PhaseEvidence } from './phase-finding.ts';
import type { PhaseRecords } from './phase-records.ts';

/** The latest record of each gate decides. */
export function judgeClosures(names: readonly string[], { closures, gates }: PhaseRecords): Finding {
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
