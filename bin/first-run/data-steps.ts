import { join } from 'node:path';
import { deadlineAfter } from '../../lib/operator/plan-launch.ts';
import { planSegmentRun } from '../../lib/operator/plan-segment-run.ts';
import type { StateSummary } from '../../lib/segment-5a/frame/summarise-run.ts';
import { openWorld } from '../../lib/segment-5a/s0/open-world.ts';
import { worldScenarioIds } from '../../lib/segment-5a/s0/world-scenarios.ts';
import { generateWorld } from '../../lib/segment-5a/worlds/generate-world.ts';
import { segmentContract } from '../../lib/task-contracts/segment.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { executionIdAt, laneSchema, runIdAt } from '../../lib/vocabulary/identifiers.ts';
import type { ConductedExecution } from '../commands/conduct-execution.ts';
import { followSegment, startSegment } from '../commands/conduct-segment.ts';
import { type ChainKit, requirePass } from './chain-kit.ts';
import { describeProgress } from './describe-progress.ts';
import { findTwin } from './find-twin.ts';
import type { Findings } from './outcome.ts';

/** Draws the world of the scale and seed, or finds the same one. */
export async function generateStep({ context, runsRoot, scale, seed }: ChainKit): Promise<Findings['world']> {
  const world = await generateWorld(scale, seed, join(runsRoot, 'worlds', `${scale}-${seed}`), {
    progress: context.output.progress,
    signal: context.signal,
  });
  const { merchants, countries, pairs, events } = world.counts;
  return {
    publication: world.kind,
    folder: world.folder,
    merchants,
    countries,
    merchantZones: pairs,
    calendarEvents: Object.values(events).reduce((sum, rows) => sum + rows, 0),
    bundleDigest: world.bundleDigest,
  };
}

export type SegmentStep = { readonly execution: ConductedExecution; readonly found: Findings['segment'] };

/** S0 … S5 over the world as one execution; one that does the same and still runs is taken up. */
export async function segmentStep(kit: ChainKit, world: Findings['world']): Promise<SegmentStep> {
  const { context, environment, runsRoot } = kit;
  const scenarioIds = await worldScenarioIds(await openWorld(world.folder, context.signal));
  const plan = { runsRoot, world: world.folder, scenarioIds, partitions: 1 };
  const now = context.now();
  const deadline = deadlineAfter(now, segmentContract.deadline.default);
  const planned = planSegmentRun({
    environment: environment.name,
    executionId: executionIdAt(laneSchema.parse('segment-5a'), now),
    runId: runIdAt(now),
    taskDefinition: 'unresolved',
    plan,
    deadline,
    now,
    relaunchWaitSeconds: 5,
  });
  const twin = await findTwin(environment, 'segment-5a', planned, context.signal);
  if (twin !== undefined) context.output.progress(`taking up ${twin.executionId}, which still runs`);
  const execution = twin ?? (await startSegment(context, environment, runIdAt(now), plan, deadline));
  const { conclusion, summary } = await followSegment(context, environment, execution, describeProgress);
  requirePass(execution, conclusion);
  if (summary?.bundleDigest === undefined) return refuseUnaccounted(execution);
  const checks = Object.values(summary.checks);
  return {
    execution,
    found: {
      execution: execution.executionId,
      run: summary.segment_run_id,
      folder: summary.run_folder,
      manifestFingerprint: summary.manifest_fingerprint,
      publication: summary.states.every(({ publication }) => publication === 'identical')
        ? 'identical'
        : 'published',
      scenarios: scenarioIds.length,
      intensities: countOf(summary.states, 'scenario_rows'),
      stateSeconds: summary.states.reduce((sum, { seconds }) => sum + seconds, 0),
      checksPassed: checks.filter((status) => status === 'PASS').length,
      checks: checks.length,
      bundleDigest: summary.bundleDigest,
    },
  };
}

function countOf(states: readonly StateSummary[], name: string): number {
  return states.reduce((sum, { state, counts }) => sum + (state === 'S4' ? (counts[name] ?? 0) : 0), 0);
}

function refuseUnaccounted({ executionId }: ConductedExecution): never {
  return fail({
    exit: 'internal',
    code: 'STEP_NOT_PROVEN',
    message: 'the launches passed, but they do not add up to one validated run',
    where: executionId,
    remedy: `See what they said: npx fraudctl logs ${executionId}`,
  });
}
