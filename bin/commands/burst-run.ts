import { basename, dirname, join, resolve } from 'node:path';
import { runControlPrefix, runScopedPrefix } from '../../config/names.ts';
import { laneResultSchema } from '../../lib/burst/lane-result.ts';
import { type LoadedPlan, loadBurstPlan, shippedPlanNames } from '../../lib/burst/load-plan.ts';
import { plateauPerSecond } from '../../lib/burst/plan.ts';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { publishObject } from '../../lib/evidence/publish-object.ts';
import { measureBurst } from '../../lib/gates/burst-measures.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { planBurst } from '../../lib/operator/plan-burst.ts';
import { recordRunScope } from '../../lib/operator/record-run-scope.ts';
import { resolveTaskDefinition } from '../../lib/operator/resolve-task-definition.ts';
import { startExecution } from '../../lib/operator/start-execution.ts';
import { burstContract } from '../../lib/task-contracts/burst.ts';
import { fail, isPlatformError } from '../../lib/vocabulary/failure.ts';
import {
  executionIdAt,
  laneSchema,
  runIdAt,
  runIdSchema,
  splitLaunchKey,
} from '../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { renderTable } from '../terminal/output.ts';
import { BurstView, describeBurst } from '../terminal/show-burst.ts';
import type { CommandContext } from './command-context.ts';
import {
  type Conclusion,
  type ConclusionDetails,
  type ConductedExecution,
  conductExecution,
  reportConclusion,
} from './conduct-execution.ts';
import { parseIdentifier } from './parse-identifier.ts';

export type BurstRunOptions = {
  readonly bundle: string;
  readonly scenario: string;
  readonly run?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
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
  const source = { run_folder: runFolderOfBundle(options.bundle), scenario_id: options.scenario };
  const now = context.now();
  const runId = options.run === undefined ? runIdAt(now) : parseIdentifier(runIdSchema, options.run, '--run');
  if (options.dryRun === true) return describePlan(context, { plan, sha256, path });
  const environment = await context.openEnvironment({ migrated: true });
  const taskDefinition = await resolveTaskDefinition(environment, burstContract.name, context.signal);
  await recordRunScope(environment, runId, context.signal);
  for (let attempt = 0; ; attempt += 1) {
    const executionId = executionIdAt(laneSchema.parse('burst'), now + attempt * 1_000);
    const planned = planBurst({
      environment: environment.name,
      executionId,
      runId,
      taskDefinition,
      plan,
      planSha256: sha256,
      source,
      now,
      relaunchWaitSeconds: 1,
    });
    const started = await startExecution(environment, 'bounded-burst', planned, context.signal).catch(
      (error: unknown) => {
        const taken = isPlatformError(error) && error.failure.code === 'EXECUTION_EXISTS';
        if (!taken || attempt + 1 >= nameAttempts) throw error;
        return undefined;
      },
    );
    if (started === undefined) continue;
    context.output.progress(
      `${started.kind} ${executionId} in ${environment.name}, run ${runId}, plan ${plan.name} ${sha256}`,
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
    return reportConclusion(context, environment, execution, conclusion, details);
  }
}

/**
 * Measures a burst that is over from its evidence, keeps the measures beside it, and returns them as the
 * details of the reported conclusion. Whoever does it again finds the same.
 */
export async function measuredDetails(
  context: CommandContext,
  environment: OperatorEnvironment,
  { executionId, runId }: ConductedExecution,
  { results, records }: Conclusion,
): Promise<ConclusionDetails> {
  const lanes = results.flatMap(({ output }) => {
    const parsed = laneResultSchema.safeParse(output);
    return parsed.success ? [parsed.data] : [];
  });
  const closed = results.find(({ launch_key }) => splitLaunchKey(launch_key)?.state === 'Close');
  const counted = closed?.output ?? null;
  const measures = measureBurst(records, lanes);
  const document: JsonObject = { ...JSON.parse(JSON.stringify(measures)), database: counted };
  if (closed !== undefined) {
    const content = canonicalBytes(document);
    for (const prefix of [
      runControlPrefix(environment.name, executionId),
      runScopedPrefix(runId, executionId),
    ]) {
      const { evidence } = environment;
      const published = await publishObject(
        evidence,
        `${prefix}burst-measures.json`,
        content,
        context.signal,
      );
      if (published.kind === 'conflict') {
        fail({
          exit: 'conflict',
          code: 'BURST_MEASURES_CONFLICT',
          message: 'other measures of this burst were kept before',
          where: `${prefix}burst-measures.json`,
          remedy: 'Compare both with the task records and results: one was not computed from them.',
        });
      }
    }
  }
  return {
    lines: lanes.length === 0 ? [] : describeBurst(lanes, measures, counted),
    members: { lanes: lanes.map((lane) => ({ ...lane })), measures: document },
  };
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

function describePlan(context: CommandContext, { plan, sha256, path }: LoadedPlan): number {
  const perSecond = plateauPerSecond(plan);
  context.output.result(
    [
      `${plan.name}: ${plan.purpose}`,
      `  file      ${path}`,
      `  digest    ${sha256}`,
      `  rate      ${(perSecond * 60).toFixed(3)} events/min on the plateau, ${plan.lanes} lanes`,
      `  window    ${plan.duration_seconds} s, ${plan.warm_up_seconds} s of them warm-up`,
      `  at most   ${plan.max_events.toLocaleString('en')} events`,
      `  evidence  ${plan.certifying ? 'may clear a blocker' : 'a rehearsal: never clears a blocker'}`,
    ].join('\n'),
    { schema: 'fraudctl/burst-plan/v1', path, sha256, plan: JSON.parse(JSON.stringify(plan)) },
  );
  return 0;
}

/** `fraudctl burst plans`: the plans of this version. */
export async function burstPlans(context: CommandContext): Promise<number> {
  const plans = await Promise.all((await shippedPlanNames()).map((name) => loadBurstPlan(name)));
  context.output.result(
    renderTable(
      ['plan', 'certifying', 'events/min', 'seconds', 'lanes', 'digest'],
      plans.map(({ plan, sha256 }) => [
        plan.name,
        plan.certifying ? 'yes' : 'no',
        (plateauPerSecond(plan) * 60).toFixed(1),
        String(plan.duration_seconds),
        String(plan.lanes),
        sha256,
      ]),
    ),
    {
      schema: 'fraudctl/burst-plans/v1',
      plans: plans.map(({ plan, sha256 }) => ({ sha256, plan: JSON.parse(JSON.stringify(plan)) })),
    },
  );
  return 0;
}
