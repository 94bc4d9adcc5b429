import { fileURLToPath } from 'node:url';
import { phasePrefix } from '../../config/names.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { admitAttempt, type LaunchWish } from '../gates/phases/admit-attempt.ts';
import { type Phase, type PhasePlan, phasePlanSchema } from '../gates/phases/phase-plan.ts';
import { type PhaseAttempt, type PhaseRecords, recordBytes } from '../gates/phases/phase-records.ts';
import { type PhaseStatus, phaseStatuses } from '../gates/phases/phase-status.ts';
import { fail } from '../vocabulary/failure.ts';
import type { ExecutionId, RunId } from '../vocabulary/identifiers.ts';
import { didYouMean } from '../vocabulary/nearest-names.ts';
import { loadYaml } from './load-yaml.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import type { ExecutionPlan } from './plan-launch.ts';
import { readPhaseRecords } from './read-phase-records.ts';

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
  for (const phase of plan.phases) records.set(phase.id, await readPhaseRecords(environment, phase, signal));
  return phaseStatuses(plan, records);
}

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
  launch: LaunchWish,
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

/** Where attempts at a phase under one name are recorded. */
const attemptsPrefix = (environment: OperatorEnvironment, phaseId: Phase['id'], executionId: ExecutionId) =>
  `${phasePrefix(environment.name, phaseId)}attempts/${executionId}/`;

/**
 * Whether somebody has begun an attempt at a phase under a name: its record is there, whether or not anything was
 * started since.
 */
export async function hasBegun(
  environment: OperatorEnvironment,
  { phaseId }: PhaseTicket,
  executionId: ExecutionId,
  signal: AbortSignal,
): Promise<boolean> {
  const records = environment.evidence.list(attemptsPrefix(environment, phaseId, executionId), signal);
  for await (const _ of records) return true;
  return false;
}

/**
 * Makes an execution an attempt at a phase. Pure. The key of its record names the intent: one that was recorded by an
 * operator who died before there was an intent is none, and stands in nobody's way.
 */
export function withAttempt(
  plan: ExecutionPlan,
  environment: OperatorEnvironment,
  runId: RunId,
  task: string,
  { phaseId, scope }: PhaseTicket,
): ExecutionPlan {
  const intent = sha256Of(plan.intent);
  const attempt: PhaseAttempt = {
    schema: 'fraud-platform/phase-attempt/v1',
    phase_id: phaseId,
    execution_id: plan.executionId,
    run_id: runId,
    task,
    intent_sha256: intent,
    scope: scope === null ? null : [...scope],
  };
  const key = `${attemptsPrefix(environment, phaseId, plan.executionId)}${intent}.json`;
  return { ...plan, attempt: { key, content: recordBytes(attempt) } };
}
