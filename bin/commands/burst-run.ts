import { basename, dirname, join, resolve } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { loadBurstGate, usualBurstGate } from '../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../lib/burst/load-plan.ts';
import { admitToPhase, withAttempt } from '../../lib/operator/phases.ts';
import { planBurst } from '../../lib/operator/plan-burst.ts';
import { recordRunScope } from '../../lib/operator/record-run-scope.ts';
import { resolveTaskDefinition } from '../../lib/operator/resolve-task-definition.ts';
import { startExecution } from '../../lib/operator/start-execution.ts';
import { burstContract } from '../../lib/task-contracts/burst.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail, isPlatformError } from '../../lib/vocabulary/failure.ts';
import { executionIdAt, laneSchema, runIdAt, runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import type { BurstSource } from '../../lib/workflows/plan-bounded-burst.ts';
import { BurstView } from '../terminal/show-burst.ts';
import { adjudicate } from './burst-adjudicate.ts';
import { measuredDetails, recordBaseline } from './burst-evidence.ts';
import { describePlan } from './burst-plans.ts';
import type { CommandContext } from './command-context.ts';
import { type ConductedExecution, conductExecution, reportConclusion } from './conduct-execution.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { type PhaseOptions, phaseWish } from './phase.ts';

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

const nameAttempts = 10;

/**
 * `fraudctl burst run`: one execution of `bounded-burst` in a fresh run scope, followed with a live view.
 * The plan is loaded, held to the policy and digested before anything exists.
 */
export async function burstRun(
  context: CommandContext,
  planName: string,
  options: BurstRunOptions,
): Promise<number> {
  const { plan, sha256, path } = await loadBurstPlan(planName);
  const gate = await loadBurstGate(options.gate ?? usualBurstGate);
  const source = chosenSource(options);
  const now = context.now();
  const runId = options.run === undefined ? runIdAt(now) : parseIdentifier(runIdSchema, options.run, '--run');
  if (options.dryRun === true) return describePlan(context, { plan, sha256, path });
  const environment = await context.openEnvironment({ migrated: true });
  const wish = phaseWish(options);
  const ticket =
    wish === undefined
      ? undefined
      : await admitToPhase(environment, wish, { kind: 'burst', name: gate.spec.name }, context.signal);
  if (ticket !== undefined) context.output.progress(ticket.says);
  const taskDefinition = await resolveTaskDefinition(environment, burstContract.name, context.signal);
  await recordRunScope(environment, runId, context.signal);
  for (let attempt = 0; ; attempt += 1) {
    const executionId = executionIdAt(laneSchema.parse('burst'), now + attempt * 1_000);
    const burst = planBurst({
      environment: environment.name,
      executionId,
      runId,
      taskDefinition,
      reviewed: { plan, plan_sha256: sha256, gate_spec: gate.spec, gate_spec_sha256: gate.sha256 },
      source,
      now,
      relaunchWaitSeconds: environment.name === localEnvironment ? 1 : 5,
    });
    const planned =
      ticket === undefined ? burst : withAttempt(burst, environment, runId, burstContract.name, ticket);
    const started = await startExecution(environment, 'bounded-burst', planned, context.signal).catch(
      (error: unknown) => {
        const taken = isPlatformError(error) && error.failure.code === 'EXECUTION_EXISTS';
        if (!taken || attempt + 1 >= nameAttempts) throw error;
        return undefined;
      },
    );
    if (started === undefined) continue;
    context.output.progress(
      `${started.kind} ${executionId} in ${environment.name}, run ${runId}, plan ${plan.name} ${sha256}, gate ${gate.spec.name} ${gate.sha256}`,
    );
    const execution = {
      executionId,
      executionArn: started.executionArn,
      runId,
      task: burstContract.name,
    };
    if (options.detach === true) return reportStarted(context, execution);
    const view = new BurstView();
    const conclusion = await conductExecution(context, environment, execution, (event) =>
      view.describe(event),
    );
    const details = await measuredDetails(context, environment, execution, conclusion);
    const baseline =
      options.recordBaseline === true
        ? await recordBaseline(context, environment, execution, conclusion, { plan, sha256, path })
        : undefined;
    // What is not sealed is not judged: an attach later does both.
    const judged =
      conclusion.sealed === undefined
        ? undefined
        : await adjudicate(context, environment, executionId, runId);
    const exitCode = reportConclusion(context, environment, execution, conclusion, {
      lines: [...details.lines, ...(baseline?.lines ?? []), '', ...(judged?.lines ?? [])],
      members: { ...details.members, ...baseline?.members, ...judged?.members },
    });
    const blocked = judged?.certifying === true && !judged.mayClose;
    return exitCode === exitCodes.done && (baseline?.recorded === false || blocked)
      ? exitCodes.data
      : exitCode;
  }
}

/** `fraudctl burst baseline`: a burst whose rate is recorded as a baseline, when it can be one. */
export function burstBaseline(
  context: CommandContext,
  planName: string,
  options: Omit<BurstRunOptions, 'recordBaseline'>,
): Promise<number> {
  return burstRun(context, planName, { ...options, recordBaseline: true });
}

/** What is sent: a scenario of a run, or a file. Throws `SOURCE_NOT_CHOSEN` (64). */
function chosenSource({ bundle, events, scenario }: BurstRunOptions): BurstSource {
  if (bundle !== undefined && events === undefined) {
    return { run_folder: runFolderOfBundle(bundle), scenario_id: scenario };
  }
  if (events !== undefined && bundle === undefined) return { event_file: resolve(events) };
  return fail({
    exit: 'usage',
    code: 'SOURCE_NOT_CHOSEN',
    message: bundle === undefined ? 'nothing to send is named' : 'two sources are named',
    where: bundle === undefined ? '--bundle' : '--bundle and --events',
    remedy: 'Give either --bundle <segment run that passed>, or --events <file.ndjson or file.parquet>.',
  });
}

/** The folder of a run, given that or its validation bundle. */
function runFolderOfBundle(given: string): string {
  const folder = resolve(given);
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
  return 0;
}
