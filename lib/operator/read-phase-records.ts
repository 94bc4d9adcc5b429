import { phasePrefix } from '../../config/names.ts';
import { loadBurstGate } from '../burst/load-gate-spec.ts';
import { parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { closureGateDigest } from '../gates/closure/closure-gate.ts';
import type { Phase } from '../gates/phases/phase-plan.ts';
import {
  closureRecordSchema,
  type FoundClosure,
  type JudgedAttempt,
  type PhaseGate,
  type PhaseRecords,
  readAttemptRecord,
} from '../gates/phases/phase-records.ts';
import { fail } from '../vocabulary/failure.ts';
import { closureGates, findBaseline } from './closure-gates.ts';
import { judgeAttempt } from './judge-attempt.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/** Everything recorded about a phase in an environment, judged again. Throws `PHASE_GATE_FOREIGN` (65). */
export async function readPhaseRecords(
  environment: OperatorEnvironment,
  phase: Phase,
  signal: AbortSignal,
): Promise<PhaseRecords> {
  const prefix = phasePrefix(environment.name, phase.id);
  const attempts: JudgedAttempt[] = [];
  const brokenAttempts: PhaseRecords['brokenAttempts'][number][] = [];
  const closures: FoundClosure[] = [];
  for await (const { key } of environment.evidence.list(prefix, signal)) {
    const content = await environment.evidence.get(key, signal);
    if (content === undefined) continue;
    const [folder, name = ''] = key.slice(prefix.length).split('/');
    if (folder === 'attempts') {
      const found = readAttemptRecord(name, key, content);
      if (found.kind === 'broken') brokenAttempts.push(found);
      else attempts.push(await judgeAttempt(environment, found.record, signal));
    }
    if (folder === 'closures') closures.push(readClosure(name, key, content));
  }
  const { closed_by } = phase;
  const baseline =
    'baseline' in closed_by ? await findBaseline(closed_by.baseline) : ({ kind: 'missing' } as const);
  return { attempts, brokenAttempts, closures, baseline, gates: await gatesOf(phase) };
}

function readClosure(gate: string, key: string, content: Uint8Array): FoundClosure {
  try {
    const record = closureRecordSchema.parse(parseCanonicalJson(content, key));
    return { kind: 'record', record, sha256: sha256Of(content) };
  } catch {
    return { kind: 'broken', gate, why: `the record ${key} cannot be read` };
  }
}

/** The gates that close a phase. Throws `PHASE_GATE_FOREIGN` (65) for a gate of another phase. */
async function gatesOf({ id, closed_by }: Phase): Promise<PhaseRecords['gates']> {
  if ('burst' in closed_by) {
    const { spec, sha256 } = await loadBurstGate(closed_by.burst);
    if (spec.phase_id !== id) refuseForeign(id, spec.name, spec.phase_id);
    return new Map([[spec.name, { sha256 }]]);
  }
  if (!('closure' in closed_by)) return new Map();
  const all = await closureGates();
  const gates = new Map<string, PhaseGate>();
  for (const name of closed_by.closure) {
    const gate = all.get(name);
    if (gate === undefined || gate.phase_id !== id) return refuseForeign(id, name, gate?.phase_id ?? 'none');
    const authority = await findBaseline(gate.authority);
    gates.set(name, { sha256: closureGateDigest(gate), unlock: gate.unlock, authority });
  }
  return gates;
}

function refuseForeign(phase: string, gate: string, of: string): never {
  return fail({
    exit: 'data',
    code: 'PHASE_GATE_FOREIGN',
    message: `the gate ${gate} is of ${of}: it cannot close ${phase}`,
    where: `phases: ${phase}: closed_by`,
    value: gate,
    remedy: 'Name a gate of config/gates whose phase_id is this phase.',
  });
}
