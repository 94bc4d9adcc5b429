import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { phasePrefix, runControlPrefix } from '../../config/names.ts';
import { loadBurstGate, usualBurstGate } from '../burst/load-gate-spec.ts';
import { canonicalBytes, parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { readBundleItems } from '../evidence/read-bundle-items.ts';
import { snapshotName } from '../gates/burst/snapshot.ts';
import type { ClosureScore } from '../gates/closure/score-closure.ts';
import { findAltered } from '../gates/find-altered.ts';
import { type Phase, type PhasePlan, phasePlanSchema } from '../gates/phases/phase-plan.ts';
import {
  type AttemptOutcome,
  type ClosureRecord,
  closureRecordSchema,
  type FoundClosure,
  type JudgedAttempt,
  type PhaseAttempt,
  type PhaseRecords,
  readAttemptRecord,
  recordBytes,
} from '../gates/phases/phase-records.ts';
import { admitAttempt, type PhaseStatus, phaseStatuses } from '../gates/phases/phase-status.ts';
import { sourcesIn, verdictOf } from '../gates/verdict-document.ts';
import { fail, failureOf } from '../vocabulary/failure.ts';
import type { RunId, Sha256 } from '../vocabulary/identifiers.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';
import { adjudicateExecution } from './adjudicate-execution.ts';
import { baselineFolder, closureGates } from './closure-gates.ts';
import { loadYaml } from './load-yaml.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import type { ExecutionPlan } from './plan-launch.ts';
import { intentKey } from './start-execution.ts';

const shipped = fileURLToPath(new URL('../../config/phases.yaml', import.meta.url));

/** The phases of this version, or of a file. Throws `CONFIGURATION_MISSING` (64) or `CONFIGURATION_INVALID` (65). */
export const loadPhases = (path: string | undefined): Promise<PhasePlan> =>
  loadYaml(path ?? shipped, phasePlanSchema);

/** The phase of an id. Throws `PHASE_UNKNOWN` (64) naming those there are. */
export function findPhase(plan: PhasePlan, id: string, where: string): Phase {
  const phase = plan.phases.find((one) => one.id === id);
  if (phase !== undefined) return phase;
  const known = plan.phases.map((one) => one.id);
  return fail({
    exit: 'usage',
    code: 'PHASE_UNKNOWN',
    message: 'there is no phase of this name',
    where,
    value: id,
    remedy: `${didYouMean(id, known)}Phases are: ${known.join(', ')}.`,
  });
}

/** Status of every phase of a plan in an environment. Reads what is recorded, and judges it again. */
export async function statusOfPhases(
  environment: OperatorEnvironment,
  plan: PhasePlan,
  signal: AbortSignal,
): Promise<readonly PhaseStatus[]> {
  const records = new Map<string, PhaseRecords>();
  for (const phase of plan.phases) records.set(phase.id, await readRecords(environment, phase, signal));
  return phaseStatuses(plan, records);
}

async function readRecords(
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
  const [baseline, gates] = [await baselineDigest(phase), await gatesOf(phase)];
  return { attempts, brokenAttempts, closures, baseline, gates };
}

async function judgeAttempt(
  environment: OperatorEnvironment,
  attempt: PhaseAttempt,
  signal: AbortSignal,
): Promise<JudgedAttempt> {
  const { execution_id: executionId, task, scope } = attempt;
  const outcome = await outcomeOf(environment, attempt, signal).catch((error: unknown): AttemptOutcome => {
    if (signal.aborted) throw error;
    const failure = failureOf(error);
    // Only what the evidence itself says may be held against it; a store that does not answer is no verdict.
    if (failure.exit !== 'data') throw error;
    return failure.code === 'BUNDLE_NOT_COMMITTED'
      ? { kind: 'unjudged', why: `${executionId} is not sealed: fraudctl attach ${executionId}` }
      : { kind: 'broken', why: failure.message };
  });
  return { executionId, task, scope, outcome };
}

async function outcomeOf(
  environment: OperatorEnvironment,
  attempt: PhaseAttempt,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const { execution_id: executionId, run_id: runId } = attempt;
  const intent = await environment.evidence.get(intentKey(environment, executionId), signal);
  if (intent === undefined || sha256Of(intent) !== attempt.intent_sha256) return { kind: 'not-started' };
  const prefix = runControlPrefix(environment.name, executionId);
  if (attempt.task === 'burst') {
    const { spec } = await loadBurstGate(usualBurstGate);
    const again = await adjudicateExecution(environment, executionId, runId, spec, signal);
    const published = await environment.evidence.get(`${prefix}${snapshotName}`, signal);
    if (published === undefined) {
      return { kind: 'unjudged', why: `nobody has judged it: fraudctl burst adjudicate ${executionId}` };
    }
    if (sha256Of(published) !== again.sha256) {
      return { kind: 'broken', why: `the judgement of ${executionId} is not what its evidence says` };
    }
    return { kind: 'burst', snapshot: again.snapshot, sha256: again.sha256 };
  }
  const { items, absent, bundleDigest } = await readBundleItems(environment.evidence, prefix, signal);
  const files = new Map(items.map((item) => [item.path, item.content]));
  const stated = files.get('verdict.json');
  const subject = sourcesIn(files)?.subject;
  const altered = findAltered(items, absent);
  if (altered !== undefined || stated === undefined || subject === undefined) {
    return { kind: 'broken', why: `${altered ?? 'verdict.json'} of ${executionId} is not what was sealed` };
  }
  if (
    subject.environment !== environment.name ||
    subject.executionId !== executionId ||
    subject.runId !== runId
  ) {
    const whose = `${subject.executionId} of the run ${subject.runId} in ${subject.environment}`;
    return { kind: 'broken', why: `what is sealed for ${executionId} is about ${whose}` };
  }
  const { reasons } = reasonsSchema.parse(parseCanonicalJson(stated, 'verdict.json'));
  return { kind: 'verdict', verdict: verdictOf(stated), reasons, sha256: bundleDigest };
}

const reasonsSchema = z.looseObject({ reasons: z.array(z.string()) });

function readClosure(gate: string, key: string, content: Uint8Array): FoundClosure {
  try {
    const record = closureRecordSchema.parse(parseCanonicalJson(content, key));
    return { kind: 'record', record, sha256: sha256Of(content) };
  } catch {
    return { kind: 'broken', gate, why: `the record ${key} cannot be read` };
  }
}

async function baselineDigest({ closed_by }: Phase): Promise<Sha256 | undefined> {
  if (!('baseline' in closed_by)) return undefined;
  const content = await readFile(join(baselineFolder, `${closed_by.baseline}.json`)).catch(() => undefined);
  return content === undefined ? undefined : sha256Of(content);
}

/** Digests of the gates that close a phase. Throws `PHASE_GATE_FOREIGN` (65) for a gate of another phase. */
async function gatesOf({ id, closed_by }: Phase): Promise<PhaseRecords['gates']> {
  if ('burst' in closed_by) {
    const { spec, sha256 } = await loadBurstGate(closed_by.burst);
    if (spec.phase_id !== id) refuseForeign(id, spec.name, spec.phase_id);
    return new Map([[spec.name, { sha256 }]]);
  }
  if (!('closure' in closed_by)) return new Map();
  const all = await closureGates();
  return new Map(
    closed_by.closure.map((name) => {
      const gate = all.get(name);
      if (gate === undefined || gate.phase_id !== id)
        return refuseForeign(id, name, gate?.phase_id ?? 'none');
      return [name, { sha256: digestOf(gate), unlock: gate.unlock }] as const;
    }),
  );
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

const digestOf = (value: object): Sha256 =>
  sha256Of(canonicalBytes(z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(value)))));

export type PhaseWish = {
  readonly phase: string;
  readonly phases?: string | undefined;
  /** Blockers that the attempt is to clear, separated by commas. */
  readonly blockers?: string | undefined;
};

/** A launch that was admitted for a phase. */
export type PhaseTicket = {
  readonly phaseId: Phase['id'];
  readonly scope: readonly string[] | null;
  /** What to tell: which phase, which blockers. */
  readonly says: string;
};

/**
 * Admits an attempt at a phase, or refuses it: `PHASE_NOT_ADMITTED` (78) when a dependency is not closed, the
 * launch is not what closes the phase, or a named blocker is not open.
 */
export async function admitToPhase(
  environment: OperatorEnvironment,
  wish: PhaseWish,
  launch: { readonly kind: 'task' | 'burst' | 'closure'; readonly name: string },
  signal: AbortSignal,
): Promise<PhaseTicket> {
  const plan = await loadPhases(wish.phases);
  const phase = findPhase(plan, wish.phase, '--phase');
  const scope = wish.blockers === undefined ? null : wish.blockers.split(',').map((id) => id.trim());
  const statuses = await statusOfPhases(environment, plan, signal);
  const admission = admitAttempt(phase, statuses, launch, scope);
  if (!admission.admitted) {
    return fail({
      exit: 'refused',
      code: 'PHASE_NOT_ADMITTED',
      message: admission.why,
      where: '--phase',
      value: phase.id,
      remedy: admission.remedy,
    });
  }
  const says =
    scope === null
      ? `an attempt at ${phase.id}: ${phase.title}`
      : `a rerun at ${phase.id} for ${scope.join(', ')} alone: it clears no other blocker`;
  return { phaseId: phase.id, scope, says };
}

/** Adds the record of an attempt to what is stored before an execution starts. Pure. */
export function withAttempt(
  plan: ExecutionPlan,
  environment: OperatorEnvironment,
  runId: RunId,
  task: string,
  { phaseId, scope }: PhaseTicket,
): ExecutionPlan {
  const attempt: PhaseAttempt = {
    schema: 'fraud-platform/phase-attempt/v1',
    phase_id: phaseId,
    execution_id: plan.executionId,
    run_id: runId,
    task,
    intent_sha256: sha256Of(plan.intent),
    scope: scope === null ? null : [...scope],
  };
  const key = `${phasePrefix(environment.name, phaseId)}attempts/${plan.executionId}.json`;
  return { ...plan, objects: [...plan.objects, { key, content: recordBytes(attempt) }] };
}

/**
 * Records a closure score for the phase of its gate. Throws `PHASE_NOT_ADMITTED` (78) as a launch does.
 * Returns the key and the digest of the record.
 */
export async function recordClosure(
  environment: OperatorEnvironment,
  phases: string | undefined,
  score: ClosureScore,
  at: Instant,
  signal: AbortSignal,
): Promise<{ readonly key: string; readonly sha256: Sha256 }> {
  const gate = (await closureGates()).get(score.gate);
  if (gate === undefined) throw new Error(`scored by a gate that is not there: ${score.gate}`);
  const ticket = await admitToPhase(
    environment,
    { phase: score.phase_id, phases },
    { kind: 'closure', name: score.gate },
    signal,
  );
  const record: ClosureRecord = {
    schema: 'fraud-platform/closure-record/v1',
    phase_id: ticket.phaseId,
    gate: gate.name,
    gate_sha256: digestOf(gate),
    recorded_at: at,
    decision: score.decision,
    reasons: [...score.reasons],
    candidate: score.candidate,
    baseline: score.baseline,
    score: z.json().parse(JSON.parse(JSON.stringify(score))),
  };
  const content = recordBytes(record);
  const stamp = at.replaceAll(/[-:.]/g, '');
  const key = `${phasePrefix(environment.name, ticket.phaseId)}closures/${gate.name}/${stamp}-${score.candidate}.json`;
  const { sha256 } = await publishObject(environment.evidence, key, content, signal);
  return { key, sha256 };
}
