import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDeadline, deadlineAfter } from '../../lib/operator/plan-launch.ts';
import { compareRuns, type RunComparison } from '../../lib/segment-5a/compare-runs.ts';
import { type RunContent, readRunContent } from '../../lib/segment-5a/frame/run-content.ts';
import { stageRun } from '../../lib/segment-5a/frame/stage-run.ts';
import type { StateName } from '../../lib/segment-5a/frame/states.ts';
import { openWorld } from '../../lib/segment-5a/s0/open-world.ts';
import { worldScenarioIds } from '../../lib/segment-5a/s0/world-scenarios.ts';
import { generateWorld } from '../../lib/segment-5a/worlds/generate-world.ts';
import { removeLeftovers, stagedFolder } from '../../lib/segment-5a/worlds/staged-world.ts';
import { segmentContract } from '../../lib/task-contracts/segment.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { runIdAt, type SegmentRunId, segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { parseDuration } from '../../lib/vocabulary/instant.ts';
import type { SegmentPlan } from '../../lib/workflows/plan-segment-5a.ts';
import { paint } from '../terminal/look.ts';
import { renderTable } from '../terminal/table.ts';
import { chosenWorld } from './chosen-world.ts';
import type { CommandContext } from './command-context.ts';
import { reportConclusion } from './conduct-execution.ts';
import { type ConductedSegment, followSegment, segmentDetails, startSegment } from './conduct-segment.ts';
import { parseIdentifier } from './parse-identifier.ts';
import { readState } from './read-state.ts';
import { requireLocal } from './require-local.ts';
import { scenariosOfRun } from './run-scenarios.ts';
import { folderPlace, runsRootOf } from './runs-place.ts';
import { requireItsPolicies, requireItsWorld } from './witness-inputs.ts';
import { policiesFrom } from './world-check.ts';

export type SegmentWitnessOptions = {
  readonly from: string;
  readonly rerun: string;
  readonly world?: string;
  readonly scale?: string;
  readonly seed: string;
  readonly policies?: string;
  readonly runsRoot?: string;
  readonly deadline?: string;
};

/**
 * `fraudctl segment witness`: is this build as good as the one that made a run? A small world goes
 * through the whole chain first, so that no attempt at full scale is lost to a typo; then a clean
 * candidate is staged beside the run, run again from one state, and scored: the same content, and how
 * the times compare. Exit 0 only when the candidate passes and its content is that of the run. Throws
 * `WITNESS_OF_ANOTHER` (64) before anything is run for policies or a world other than the run's.
 */
export async function segmentWitness(
  context: CommandContext,
  options: SegmentWitnessOptions,
): Promise<number> {
  requireLocal(context, 'segment witness', 'Leave out --env: a witness is staged beside a run in a folder.');
  const { signal } = context;
  const runsRoot = runsRootOf(options.runsRoot);
  const rerun = readState(options.rerun, '--rerun');
  const from = parseIdentifier(segmentRunIdSchema, options.from, '--from');
  const allowance =
    options.deadline === undefined
      ? segmentContract.deadline.default
      : parseDuration(options.deadline, '--deadline');
  checkDeadline(segmentContract, deadlineAfter(context.now(), allowance), context.now());
  const before = await readRunContent(runsRoot, from, signal);
  const place = folderPlace(runsRoot);
  const policies =
    options.policies === undefined ? {} : { policies: await place.sharePolicies(options.policies) };
  const loaded = await policiesFrom(policies.policies);
  requireItsPolicies(before, loaded, options.policies);
  const world = await chosenWorld(context, place, options);
  const opened = await openWorld(world, signal);
  requireItsWorld(before, opened, loaded, world);
  // A run of some scenarios of its world is compared with one of the same.
  const scenarios = await scenariosOfRun(place, { world: opened, segmentRunId: from });
  try {
    return await bearWitness(context, {
      from,
      rerun,
      before,
      runsRoot,
      world,
      scenarios,
      policies,
      allowance,
    });
  } finally {
    // Not at the beginning: what a witness that was killed has started may still be at work in its own preflight.
    await removeLeftovers(preflightPlace(runsRoot), context.now());
  }
}

type WitnessPlan = {
  readonly from: SegmentRunId;
  readonly rerun: StateName;
  /** The run that is witnessed. */
  readonly before: RunContent;
  readonly runsRoot: string;
  readonly world: string;
  readonly scenarios: Pick<SegmentPlan, 'scenarioIds' | 'runScenarioIds'>;
  readonly policies: { readonly policies?: string };
  readonly allowance: number;
};

async function bearWitness(context: CommandContext, witness: WitnessPlan): Promise<number> {
  const { from, rerun, before, runsRoot, world, scenarios, policies, allowance } = witness;
  const { output, signal } = context;
  output.progress('1/4 preflight: the whole chain on a small world');
  const preflight = await preflightRun(context, runsRoot, policies, allowance);
  if (preflight.conclusion.verdict.verdict !== 'PASS') {
    output.progress('the preflight did not pass; nothing was staged');
    return await reportRun(context, runsRoot, preflight);
  }

  output.progress(`2/4 stage: a candidate beside ${from}, to run again from ${rerun}`);
  const staged = await stageRun(runsRoot, from, rerun, BigInt(context.now()) * 1_000_000n);
  output.progress(`3/4 rerun: ${staged.runId}, ${staged.files} files taken over`);
  const environment = await context.openEnvironment();
  const plan = {
    runsRoot,
    world,
    ...policies,
    ...scenarios,
    partitions: 1,
    segmentRunId: staged.runId,
  };
  const deadline = deadlineAfter(context.now(), allowance);
  const execution = await startSegment(context, environment, runIdAt(context.now()), plan, deadline);
  const candidate = await followSegment(context, environment, execution);
  if (candidate.conclusion.verdict.verdict !== 'PASS') return await reportRun(context, runsRoot, candidate);

  output.progress('4/4 score: content and times');
  const comparison = compareRuns(before, await readRunContent(runsRoot, staged.runId, signal));
  const details = segmentDetails(runsRoot, candidate.summary);
  const exitCode = reportConclusion(context, environment, candidate.execution, candidate.conclusion, {
    lines: ['', ...describeComparison(from, rerun, comparison)],
    members: {
      ...details.members,
      schema: 'fraudctl/witness/v1',
      from,
      rerun,
      equivalent: comparison.equivalent,
      differences: comparison.differences.map((difference) => ({ ...difference })),
      states: comparison.states.map(({ state, files, same, before: was, after: is }) => ({
        state,
        files,
        same,
        seconds_before: was ?? null,
        seconds_after: is ?? null,
      })),
    },
  });
  return comparison.equivalent ? exitCode : exitCodes.data;
}

const preflightPlace = (runsRoot: string) => join(runsRoot, 'preflight');

/**
 * The whole chain on a small world in a runs root of its own, which is removed afterwards.
 */
async function preflightRun(
  context: CommandContext,
  runsRoot: string,
  policies: { readonly policies?: string },
  allowance: number,
): Promise<ConductedSegment> {
  const own = stagedFolder(preflightPlace(runsRoot));
  try {
    const world = join(own, 'world');
    await generateWorld('small', '42', world, { progress: () => undefined, signal: context.signal });
    const scenarioIds = await worldScenarioIds(await openWorld(world, context.signal));
    const environment = await context.openEnvironment();
    const plan = { runsRoot: join(own, 'runs'), world, ...policies, scenarioIds, partitions: 1 };
    const deadline = deadlineAfter(context.now(), allowance);
    const execution = await startSegment(context, environment, runIdAt(context.now()), plan, deadline);
    return await followSegment(context, environment, execution);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function reportRun(
  context: CommandContext,
  runsRoot: string,
  { execution, conclusion, summary }: ConductedSegment,
): Promise<number> {
  const environment = await context.openEnvironment();
  return reportConclusion(context, environment, execution, conclusion, segmentDetails(runsRoot, summary));
}

function describeComparison(
  from: string,
  rerun: string,
  { equivalent, differences, states }: RunComparison,
): readonly string[] {
  const seconds = (value: number | undefined) => (value === undefined ? 'taken over' : value.toFixed(2));
  const table = renderTable(
    ['state', 'seconds before', 'seconds after', 'ratio', 'content'],
    states.map(({ state, before, after, files, same }) => [
      state,
      seconds(before),
      seconds(after),
      before === undefined || after === undefined || state < rerun ? '' : (after / before).toFixed(2),
      files === 0 ? '' : same ? `same, ${files} files` : paint('red', 'different'),
    ]),
  );
  const shown = differences.slice(0, 20).map((difference) => {
    const what = difference.kind === 'identity' ? difference.what : `${difference.state} ${difference.path}`;
    return `  ${paint('red', 'differs')} ${what}\n    before ${difference.before}\n    after  ${difference.after}`;
  });
  const more = differences.length - shown.length;
  return [
    ...table.split('\n'),
    '',
    equivalent
      ? `${paint('green', 'equivalent')}: the candidate holds what ${from} holds`
      : `${paint('red', 'not equivalent')}: ${differences.length} differences from ${from}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more; --json names all`] : []),
  ];
}
