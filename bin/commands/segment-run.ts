import { resolve } from 'node:path';
import { deadlineAfter } from '../../lib/operator/plan-launch.ts';
import { planSegmentRun } from '../../lib/operator/plan-segment-run.ts';
import { recordRunScope } from '../../lib/operator/record-run-scope.ts';
import { resolveTaskDefinition } from '../../lib/operator/resolve-task-definition.ts';
import { startExecution } from '../../lib/operator/start-execution.ts';
import { openWorld } from '../../lib/segment-5a/s0/open-world.ts';
import { worldScenarioIds } from '../../lib/segment-5a/s0/world-scenarios.ts';
import { segmentContract } from '../../lib/task-contracts/segment.ts';
import { fail, isPlatformError } from '../../lib/vocabulary/failure.ts';
import {
  executionIdAt,
  laneSchema,
  runIdAt,
  runIdSchema,
  segmentRunIdSchema,
} from '../../lib/vocabulary/identifiers.ts';
import { parseDuration } from '../../lib/vocabulary/instant.ts';
import type { CommandContext } from './command-context.ts';
import { conductExecution, reportConclusion } from './conduct-execution.ts';
import { parseIdentifier } from './parse-identifier.ts';

export type SegmentRunOptions = {
  readonly world: string;
  readonly runsRoot?: string;
  readonly partitions: string;
  readonly scenario?: readonly string[];
  readonly policies?: string;
  readonly segmentRun?: string;
  readonly deadline?: string;
  readonly run?: string;
};

const nameAttempts = 10;

/**
 * `fraudctl segment run`: the whole data engine as one execution of `segment-5a`: S0 … S3, then S4 in
 * lanes of scenario and partition, then S5 over everything.
 */
export async function segmentRun(context: CommandContext, options: SegmentRunOptions): Promise<number> {
  const runsRoot = runsRootOf(options.runsRoot);
  const partitions = readPartitions(options.partitions);
  const world = resolve(options.world);
  const now = context.now();
  const deadline = deadlineAfter(
    now,
    options.deadline === undefined
      ? segmentContract.deadline.default
      : parseDuration(options.deadline, '--deadline'),
  );
  const runId = options.run === undefined ? runIdAt(now) : parseIdentifier(runIdSchema, options.run, '--run');
  const known = await worldScenarioIds(await openWorld(world, context.signal));
  const scenarioIds = options.scenario ?? known;
  const unknown = scenarioIds.find((id) => !known.some((scenario) => scenario === id));
  if (unknown !== undefined) {
    fail({
      exit: 'usage',
      code: 'SCENARIO_UNKNOWN',
      message: 'the world has no scenario of this name',
      where: '--scenario',
      value: unknown,
      remedy: `Scenarios of this world: ${known.join(', ')}.`,
    });
  }
  const environment = await context.openEnvironment();
  const taskDefinition = await resolveTaskDefinition(environment, segmentContract.name, context.signal);
  context.output.progress(`runs root ${runsRoot}`);
  for (let attempt = 0; ; attempt += 1) {
    const executionId = executionIdAt(laneSchema.parse('segment-5a'), now + attempt * 1_000);
    const plan = planSegmentRun({
      environment: environment.name,
      executionId,
      runId,
      taskDefinition,
      plan: {
        runsRoot,
        world,
        scenarioIds,
        partitions,
        ...(options.policies === undefined ? {} : { policies: resolve(options.policies) }),
        ...(options.segmentRun === undefined
          ? {}
          : { segmentRunId: parseIdentifier(segmentRunIdSchema, options.segmentRun, '--segment-run') }),
      },
      deadline,
      now,
      relaunchWaitSeconds: 5,
    });
    try {
      await recordRunScope(environment, runId, context.signal);
      const { executionArn, kind } = await startExecution(environment, 'segment-5a', plan, context.signal);
      context.output.progress(
        `${kind} ${executionId} in ${environment.name}, run ${runId}, deadline ${deadline}`,
      );
      const execution = { executionId, executionArn, runId, task: segmentContract.name };
      return reportConclusion(
        context,
        environment,
        execution,
        await conductExecution(context, environment, execution),
      );
    } catch (error) {
      const taken = isPlatformError(error) && error.failure.code === 'EXECUTION_EXISTS';
      if (!taken || attempt + 1 >= nameAttempts) throw error;
    }
  }
}

/** The runs root is never guessed: `--runs-root`, or FRAUD_PLATFORM_RUNS_ROOT. Throws `RUNS_ROOT_MISSING` (64). */
export function runsRootOf(given: string | undefined): string {
  const chosen = given ?? process.env.FRAUD_PLATFORM_RUNS_ROOT ?? '';
  if (chosen !== '') return resolve(chosen);
  return fail({
    exit: 'usage',
    code: 'RUNS_ROOT_MISSING',
    message: 'no runs root is given, and none is assumed',
    where: '--runs-root',
    remedy: 'Give --runs-root <folder>, or set FRAUD_PLATFORM_RUNS_ROOT.',
  });
}

function readPartitions(text: string): number {
  const partitions = Number(text);
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= 8) return partitions;
  return fail({
    exit: 'usage',
    code: 'PARTITIONS_MALFORMED',
    message: 'the number of partitions is a whole number from 1 to 8',
    where: '--partitions',
    value: text,
    remedy: 'Merchants are kept in 8 buckets, so more partitions have nothing to do.',
  });
}
