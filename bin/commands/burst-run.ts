import { basename, dirname, join } from 'node:path';
import { loadBurstGate, usualBurstGate } from '../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../lib/burst/load-plan.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import type { BurstSource } from '../../lib/workflows/plan-bounded-burst.ts';
import { describePlan } from './burst-plans.ts';
import type { CommandContext } from './command-context.ts';
import { concludeBurst, startBurst } from './conduct-burst.ts';
import type { ConductedExecution } from './conduct-execution.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { type PhaseOptions, phaseWish } from './phase.ts';
import { runsPlace } from './runs-place.ts';

export type BurstRunOptions = PhaseOptions & {
  readonly bundle?: string;
  readonly events?: string;
  readonly scenario: string;
  readonly run?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly recordBaseline?: boolean;
  /** Gate that it is judged by. */
  readonly gate?: string;
};

/**
 * `fraudctl burst run`: one execution of `bounded-burst` in a fresh run scope, followed with a live view.
 * The plan is loaded, held to the policy and digested before anything exists.
 */
export async function burstRun(
  context: CommandContext,
  planName: string,
  options: BurstRunOptions,
): Promise<number> {
  const plan = await loadBurstPlan(planName);
  const gate = await loadBurstGate(options.gate ?? usualBurstGate);
  const phase = phaseWish(options);
  refuseUnchosen(options);
  const runId = options.run === undefined ? undefined : parseIdentifier(runIdSchema, options.run, '--run');
  if (options.dryRun === true) return describePlan(context, plan);
  const environment = await context.openEnvironment({ migrated: true });
  const source = await chosenSource(context, options);
  const { recordBaseline } = options;
  const wish = { plan, gate, source, runId, phase, recordBaseline };
  const execution = await startBurst(context, environment, wish);
  if (options.detach === true) return reportStarted(context, execution);
  return await concludeBurst(context, environment, execution, recordBaseline === true);
}

/** `fraudctl burst baseline`: a burst whose rate is recorded as a baseline, when it can be one. */
export function burstBaseline(
  context: CommandContext,
  planName: string,
  options: Omit<BurstRunOptions, 'recordBaseline'>,
): Promise<number> {
  return burstRun(context, planName, { ...options, recordBaseline: true });
}

/** What is sent: a scenario of a run, or a file; where the tasks of the environment can read it. */
async function chosenSource(
  context: CommandContext,
  { bundle, events, scenario }: BurstRunOptions,
): Promise<BurstSource> {
  const place = await runsPlace(context, () => '');
  return bundle === undefined
    ? { event_file: await place.shareEvents(events ?? '') }
    : { run_folder: runFolderOfBundle(place.runPlace(bundle)), scenario_id: scenario };
}

/** Exactly one source is named. Throws `SOURCE_NOT_CHOSEN` (64). */
function refuseUnchosen({ bundle, events }: BurstRunOptions): void {
  if ((bundle === undefined) !== (events === undefined)) return;
  fail({
    exit: 'usage',
    code: 'SOURCE_NOT_CHOSEN',
    message: bundle === undefined ? 'nothing to send is named' : 'two sources are named',
    where: bundle === undefined ? '--bundle' : '--bundle and --events',
    remedy: 'Give either --bundle <segment run that passed>, or --events <file.ndjson or file.parquet>.',
  });
}

/** The folder of a run, given that or its validation bundle. */
function runFolderOfBundle(folder: string): string {
  const name = basename(folder);
  if (!name.startsWith('manifest_fingerprint=')) return folder;
  let root = folder;
  for (const _ of join('data/layer2/5A/validation', name).split('/')) root = dirname(root);
  return root;
}

function reportStarted(context: CommandContext, { executionId, runId, task }: ConductedExecution): number {
  context.output.result(`${executionId}\n  follow it: fraudctl burst attach ${executionId}`, {
    schema: 'fraudctl/started/v1',
    environment: context.environmentName,
    execution_id: executionId,
    run_id: runId,
    task,
  });
  return exitCodes.done;
}
