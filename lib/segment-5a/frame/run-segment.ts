import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, failureOf, messageOf } from '../../vocabulary/failure.ts';
import type { SegmentRunId } from '../../vocabulary/identifiers.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { manifestFingerprint, type ScenarioId, segmentRunId } from '../identity.ts';
import { bucketsOfPartition, merchantBuckets } from '../laws/merchant-bucket.ts';
import { loadPolicies, type Policies } from '../policies/load-policies.ts';
import { openWorld, type World } from '../s0/open-world.ts';
import { worldScenarioIds } from '../s0/world-scenarios.ts';
import { type Phases, type SegmentReport, startPhases } from './phases.ts';
import { openRunFolder, runFolderOf } from './run-folder.ts';
import { bufferedRunLog } from './run-log.ts';
import { runReport, runReportPath, writeRunReport } from './run-report.ts';
import {
  type RunIdentity,
  type StateName,
  type StateOutcome,
  type StateProgram,
  stateNames,
} from './states.ts';

export type SegmentRequest = {
  /** Run in their order S0 … S5, whatever the order given. */
  readonly states: readonly StateName[];
  /** Absolute path; there is no default. */
  readonly runsRoot: string;
  /** Folder of a sealed world. */
  readonly world: string;
  /** Folder of the policies. */
  readonly policies: string;
  /** Scenarios for S4 and S5; without any, all of the world. */
  readonly scenarioIds: readonly string[];
  /** Which part of the merchants S4 does here: `index` of `count`. */
  readonly partition: { readonly index: number; readonly count: number };
  /** A staged candidate; without it, the run of this world and these policies. */
  readonly runId?: SegmentRunId;
  readonly signal: AbortSignal;
  readonly report: SegmentReport;
  /** The programs, loaded when their turn comes. */
  readonly programs: Readonly<Record<StateName, () => Promise<StateProgram>>>;
};

export type SegmentResult = {
  readonly runId: SegmentRunId;
  readonly runFolder: string;
  readonly parameterHash: string;
  readonly manifestFingerprint: string;
  readonly states: readonly FinishedState[];
};

export type FinishedState = {
  readonly state: StateName;
  readonly publication: 'published' | 'identical';
  readonly seconds: number;
  readonly outcome: StateOutcome;
};

/** The identity of a run: a function of world, policies and laws, and for a candidate of its instance. */
export function identify(world: World, policies: Policies, instance: bigint): RunIdentity {
  const opened = [world.bundle, ...world.upstream].map(({ segment, bundleDigest }) => ({
    name: segment,
    sha256: bundleDigest,
  }));
  const fingerprint = manifestFingerprint(opened, policies.parameterHash);
  return {
    runId: segmentRunId(fingerprint, BigInt(world.document.seed), instance),
    manifestFingerprint: fingerprint,
    parameterHash: policies.parameterHash,
  };
}

/**
 * Runs states of the segment one after another in one run folder. Each publishes or finds its output
 * identical, leaves a run report, and stops the rest when it fails: the failure is thrown as it is.
 */
export async function runSegment(request: SegmentRequest): Promise<SegmentResult> {
  const { signal } = request;
  const log = bufferedRunLog();
  const report: SegmentReport = (event, fields) => {
    log.append(event, fields);
    request.report(event, fields);
  };
  const states = stateNames.filter((name) => request.states.includes(name));
  const [first] = states;
  if (first === undefined) return refused('states', '', 'no state is named');
  const clock = () => performance.now();
  let startedAt = Date.now();
  let phases = startPhases(first, report, clock);
  const policies = await loadPolicies(request.policies);
  if (first === 'S0') phases.complete('input_resolution', Object.keys(policies.files).length);
  const world = await openWorld(request.world, signal);
  if (first === 'S0') phases.complete('upstream_verification', 1 + world.upstream.length);

  const own = identify(world, policies, 0n);
  const run = request.runId === undefined ? own : { ...own, runId: request.runId };
  const runFolder = runFolderOf(request.runsRoot, run.runId);
  const all = await worldScenarioIds(world);
  const work = {
    scenarioIds: selected(request.scenarioIds, all),
    buckets: partitionBuckets(request.partition),
  };
  await openRunFolder(runFolder, run, world.document.seed, Date.now());
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
    if (state !== first) {
      startedAt = Date.now();
      phases = startPhases(state, report, clock);
    }
    report('state-started', { segment: '5A', state });
    const scratch = join(runFolder, 'tmp', `${state}.${randomUUID()}`);
    await makeScratch(scratch, state);
    const context = { state, run, runFolder, scratch, world, policies, phases, signal };
    const path = runReportPath(state, run, work, all.length);
    const common = () => ({
      state,
      run,
      work,
      startedAt,
      wallMillis: phases.elapsedMillis(),
      markers: phases.markers(),
      tzDatabaseVersion: world.document.tz_database_version,
      peakRssBytes: process.resourceUsage().maxRSS * 1_024,
    });
    try {
      const program = await request.programs[state]();
      const outcome = await program(context, work);
      await writeRunReport(runFolder, path, runReport({ ...common(), outcome }));
      finished.push(announce(state, outcome, phases, report));
    } catch (error) {
      await writeRunReport(
        runFolder,
        path,
        runReport({ ...common(), failure: failureOf(error), phase: phases.current() }),
      ).catch(() => undefined);
      throw error;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return {
    runId: run.runId,
    runFolder,
    parameterHash: run.parameterHash,
    manifestFingerprint: run.manifestFingerprint,
    states: finished,
  };
}

async function makeScratch(scratch: string, state: StateName): Promise<void> {
  await mkdir(scratch, { recursive: true }).catch((error: unknown) =>
    fail(
      {
        exit: 'transient',
        code: `${state}_IO_WRITE_FAILED`,
        message: `the scratch folder cannot be made: ${messageOf(error)}`,
        where: scratch,
        remedy: 'Free disk space or make the run folder writable, then run again.',
      },
      error,
    ),
  );
}

function announce(
  state: StateName,
  outcome: StateOutcome,
  phases: Phases,
  report: SegmentReport,
): FinishedState {
  for (const { code, message } of outcome.warnings)
    report('warning', { segment: '5A', state, code, message });
  const identical = outcome.publications.every(({ kind }) => kind === 'identical');
  const publication = identical ? 'identical' : 'published';
  const seconds = phases.elapsedMillis() / 1_000;
  const counts: JsonObject = { ...outcome.counts };
  report('state-finished', { segment: '5A', state, publication, seconds, counts });
  return { state, publication, seconds, outcome };
}

function selected(asked: readonly string[], all: readonly ScenarioId[]): readonly ScenarioId[] {
  const unknown = asked.find((id) => !all.some((one) => one === id));
  if (unknown !== undefined) refused('scenario_ids', unknown, `the world has ${all.join(', ')}`);
  return asked.length === 0 ? all : all.filter((id) => asked.includes(id));
}

function partitionBuckets({ index, count }: SegmentRequest['partition']): readonly number[] {
  const lawful = Number.isInteger(count) && count >= 1 && count <= merchantBuckets;
  if (!lawful) refused('partition.count', String(count), `it is a whole number from 1 to ${merchantBuckets}`);
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    refused('partition.index', String(index), `it is a whole number from 0 to ${count - 1}`);
  }
  return bucketsOfPartition(index, count);
}

function refused(where: string, value: string, message: string): never {
  return fail({
    exit: 'usage',
    code: 'SEGMENT_REQUEST_INVALID',
    message: `the request cannot be run: ${message}`,
    where,
    value,
    remedy: 'Correct the parameter and run again.',
  });
}
