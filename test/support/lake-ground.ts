import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { lakePrefixes } from '../../config/names.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { keepFolder } from '../../lib/lake/folders.ts';
import { filesBelow } from '../../lib/lake/keep-files.ts';
import { openLake } from '../../lib/lake/open-lake.ts';
import type { TaskContext } from '../../lib/runtime/task-program.ts';
import { stateNames } from '../../lib/segment-5a/frame/states.ts';
import { nearRun } from '../../lib/segment-5a/lake/near-run.ts';
import { openWorld } from '../../lib/segment-5a/s0/open-world.ts';
import { worldScenarioIds } from '../../lib/segment-5a/s0/world-scenarios.ts';
import { segmentContract } from '../../lib/task-contracts/segment.ts';
import { executionIdSchema, launchKeySchema, runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { instantSchema } from '../../lib/vocabulary/instant.ts';
import { type SegmentTaskParameters, segmentParameters } from '../../lib/workflows/plan-segment-5a.ts';
import { segment } from '../../tasks/segment/segment.ts';
import { type FakeS3, startFakeS3 } from '../fakes/s3/fake-s3.ts';
import type { S3FaultKind, S3Moment } from '../fakes/s3/fault.ts';
import { contractPermits } from './grant-permits.ts';
import { s3Variables } from './s3-environment.ts';

export const lakeBucket = 'lake-bucket';
export const lakeRunsRoot = `s3://${lakeBucket}/lake/runs`;
export const wholeRun = { states: stateNames, validation: true, reports: true };
const never = new AbortController().signal;

/** A lake on loopback in which this process is the `segment` task, with what its contract grants and no more. */
export type LakeGround = {
  readonly fake: FakeS3;
  /** What goes wrong from now on. */
  readonly schedule: (faults: (moment: S3Moment) => S3FaultKind | undefined) => void;
  /**
   * Parameters of every launch of a run of a world, which is kept in the lake as the operator does it; of all
   * its scenarios, unless some are named.
   */
  readonly planOf: (
    world: string,
    partitions: number,
    scenarioIds?: readonly string[],
  ) => Promise<ReturnType<typeof segmentParameters>>;
};

export async function openLakeGround(): Promise<LakeGround> {
  let faults: (moment: S3Moment) => S3FaultKind | undefined = () => undefined;
  const permits = contractPermits(segmentContract, { evidence: 'evidence-bucket', lake: lakeBucket });
  const fake = await startFakeS3({
    buckets: [{ name: lakeBucket }],
    accessKeys: { AKIDTASK: 'secret', AKIDOPERATOR: 'secret' },
    permits: (wish) => wish.accessKeyId === 'AKIDOPERATOR' || permits(wish),
    schedule: (moment) => faults(moment),
  });
  const become = (accessKeyId: string) =>
    Object.assign(process.env, s3Variables(fake, accessKeyId, 'secret'));
  become('AKIDTASK');
  return {
    fake,
    schedule: (next) => {
      faults = next;
    },
    planOf: async (folder, partitions, scenarioIds) => {
      const world = await openWorld(folder);
      const name = `${lakePrefixes.worlds}${world.bundle.bundleDigest}`;
      const store = openLake(`s3://${lakeBucket}`);
      assert.ok(store !== undefined);
      become('AKIDOPERATOR');
      await keepFolder(store, `${name}/`, folder, never);
      become('AKIDTASK');
      return segmentParameters({
        runsRoot: lakeRunsRoot,
        world: `s3://${lakeBucket}/${name}`,
        scenarioIds: scenarioIds ?? (await worldScenarioIds(world)),
        ...(scenarioIds === undefined ? {} : { runScenarioIds: scenarioIds }),
        partitions,
      });
    },
  };
}

/** Runs one launch of the task as a container would: with a scratch folder of its own, which goes with it. */
export async function launchSegment(
  parameters: SegmentTaskParameters | z.input<typeof segmentContract.parameters>,
) {
  const scratch = await mkdtemp(join(tmpdir(), 'scratch-'));
  const context: TaskContext<typeof segmentContract> = {
    parameters: segmentContract.parameters.parse(parameters),
    settings: {},
    secrets: {},
    launch: {
      environment: 'dev-min',
      executionId: executionIdSchema.parse('segment_20260221T060431Z'),
      runId: runIdSchema.parse('platform_20260221T060431Z'),
      launchKey: launchKeySchema.parse('segment_20260221T060431Z/Prepare/0'),
      deadline: instantSchema.parse('2026-02-21T06:30:00.000Z'),
      imageDigest: 'local',
    },
    evidence: createFolderStore(scratch),
    scratch,
    signal: never,
    log: () => undefined,
  };
  try {
    const { output } = await segment(context);
    return JSON.parse(JSON.stringify(output));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Digests of everything in a run folder that a run promises to be the same anywhere: no clocks. */
export async function contentOf(runFolder: string): Promise<ReadonlyMap<string, string>> {
  const clocks =
    /^(?:run_receipt\.json|run_log_.*|reports\/.*|.*\/statement\.json|.*\/tagmanifest-sha256\.txt)$/;
  const paths = (await filesBelow(runFolder)).filter((path) => !clocks.test(path));
  return new Map(
    await Promise.all(
      paths.map(
        async (path): Promise<[string, string]> => [path, sha256Of(await readFile(join(runFolder, path)))],
      ),
    ),
  );
}

/** A whole run of the lake, as a folder. */
export async function onFetchedRun(place: string, use: (folder: string) => Promise<void>): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'fetched-'));
  try {
    await use(await nearRun(place, wholeRun, scratch, never));
  } finally {
    await rm(scratch, { recursive: true });
  }
}
