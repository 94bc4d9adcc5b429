import { join } from 'node:path';
import type { SegmentRunId } from '../../vocabulary/identifiers.ts';
import {
  type ManifestFingerprint,
  manifestFingerprint,
  type ParameterHash,
  type ScenarioId,
  scenarioInstance,
  segmentRunId,
} from '../identity.ts';
import { loadPolicies, type Policies } from '../policies/load-policies.ts';
import { openWorld, type World } from '../s0/open-world.ts';
import { worldScenarioIds } from '../s0/world-scenarios.ts';
import { type SegmentReport, startPhases } from './phases.ts';
import { openRunFolder, runFolderOf } from './run-folder.ts';
import type { RunKeeper } from './run-keeper.ts';
import { bufferedRunLog } from './run-log.ts';
import { type FinishedState, runState } from './run-state.ts';
import { runScenariosOf, type SegmentRequest, statesOf, workOf } from './segment-request.ts';
import { removeStaleScratch } from './stale-scratch.ts';
import type { RunIdentity, StateWork } from './states.ts';

export type SegmentResult = {
  readonly runId: SegmentRunId;
  readonly runFolder: string;
  readonly parameterHash: ParameterHash;
  readonly manifestFingerprint: ManifestFingerprint;
  readonly scenarioIds: readonly ScenarioId[];
  /** More than those of the run, where it is a run of some of them. */
  readonly worldScenarioIds: readonly ScenarioId[];
  /** The part of the work that was asked for. */
  readonly work: StateWork;
  readonly states: readonly FinishedState[];
};

/** The identity of a run: a function of world, policies and laws, and of its scenarios where they are not all of the world. */
export function identify(world: World, policies: Policies, scenarioIds?: readonly ScenarioId[]): RunIdentity {
  const instance = scenarioIds === undefined ? 0n : scenarioInstance(scenarioIds);
  const opened = [world.bundle, ...world.upstream].map(({ segment, bundleDigest }) => ({
    name: segment,
    sha256: bundleDigest,
  }));
  const fingerprint = manifestFingerprint(opened, policies.parameterHash);
  return {
    runId: segmentRunId(fingerprint, BigInt(world.document.seed), instance),
    manifestFingerprint: fingerprint,
    parameterHash: policies.parameterHash,
    ...(scenarioIds === undefined ? {} : { scenarioIds }),
  };
}

/**
 * Runs states of the segment one after another in one run folder. Each publishes or finds its output
 * identical, leaves a run report, and stops the rest when it fails: the failure is thrown as it is.
 * What S0 verifies is verified before any state; the time for it counts as S0's, when S0 is asked for.
 */
export async function runSegment(request: SegmentRequest): Promise<SegmentResult> {
  const { signal } = request;
  const log = bufferedRunLog();
  const report: SegmentReport = (event, fields) => {
    log.append(event, fields);
    request.report(event, fields);
  };
  const states = statesOf(request);
  const clock = () => performance.now();
  const sealing =
    states[0] === 'S0' ? { at: Date.now(), phases: startPhases('S0', report, clock) } : undefined;
  const policies = await loadPolicies(request.policies);
  sealing?.phases.complete('input_resolution', Object.keys(policies.files).length);
  const world = await openWorld(request.world, signal);
  sealing?.phases.complete('upstream_verification', 1 + world.upstream.length);

  const worldScenarios = await worldScenarioIds(world);
  const own = identify(world, policies, runScenariosOf(request, worldScenarios));
  const run = request.runId === undefined ? own : { ...own, runId: request.runId };
  const runFolder = runFolderOf(request.runsRoot, run.runId);
  const scenarioIds = run.scenarioIds ?? worldScenarios;
  const work = workOf(request, scenarioIds);
  await request.keeper?.fetch(runFolder, run, states, work);
  await openRunFolder(runFolder, run, world.document.seed, Date.now());
  await removeStaleScratch(runFolder, Date.now());
  log.begin(join(runFolder, `run_log_${run.runId}.jsonl`));
  report('run', {
    run_id: run.runId,
    run_folder: runFolder,
    manifest_fingerprint: run.manifestFingerprint,
    parameter_hash: run.parameterHash,
    scenario_ids: work.scenarioIds,
  });

  const finished: FinishedState[] = [];
  for (const state of states) {
    signal.throwIfAborted();
    const { at, phases } =
      state === 'S0' && sealing !== undefined
        ? sealing
        : { at: Date.now(), phases: startPhases(state, report, clock) };
    const ran = runState({
      context: {
        state,
        run,
        runFolder,
        world,
        policies,
        imageDigest: request.imageDigest,
        phases,
        signal,
      },
      work,
      scenarios: scenarioIds.length,
      startedAt: at,
      report,
      load: request.programs[state],
    });
    finished.push(await kept(ran, runFolder, request.keeper));
  }
  return { ...run, runFolder, scenarioIds, worldScenarioIds: worldScenarios, work, states: finished };
}

/** What a state committed is kept when it has ended, also when it failed; then its failure is what is told. */
async function kept(
  ran: Promise<FinishedState>,
  runFolder: string,
  keeper: RunKeeper | undefined,
): Promise<FinishedState> {
  const finished = await ran.catch(async (error: unknown) => {
    await keeper?.keep(runFolder).catch(() => undefined);
    throw error;
  });
  await keeper?.keep(runFolder);
  return finished;
}
