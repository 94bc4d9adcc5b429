import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  contentOf,
  type LakeGround,
  launchSegment,
  onFetchedRun,
  openLakeGround,
} from '../support/lake-ground.ts';
import { s3Variables } from '../support/s3-environment.ts';
import { defineBench } from './definition.ts';
import {
  type FullScaleGround,
  prepareGround,
  programEnvironment,
  removeGround,
  statesCommand,
} from './full-scale/ground.ts';

const states = ['S0', 'S1', 'S2', 'S3', 'S4', 'S5'] as const;
const program = fileURLToPath(new URL('chain/lake-chain.ts', import.meta.url));
const scenarioIds = ['baseline_v1'];

type Plan = Awaited<ReturnType<LakeGround['planOf']>>;
type State = { readonly ground: FullScaleGround; lake: LakeGround; plan: Plan };

/** A lake with the world in it and nothing else. */
async function freshLake({ world }: FullScaleGround): Promise<{ lake: LakeGround; plan: Plan }> {
  const lake = await openLakeGround();
  return { lake, plan: await lake.planOf(world, 1, scenarioIds) };
}

export const bench = defineBench<State>({
  name: 'segment-chain-lake',
  what: 'S0 to S5 of a medium world with one scenario (9,408,098 rows) in a lake in S3, its three launches in one process',
  reading:
    'S3 is that of the tests, in another process on loopback, and answers at once: what is compared is what our own way through S3 costs, with digests both ways, downloads for every launch and uploads of every output. Its processor time is not counted. Both give the same bytes, which is held before anything is measured.',
  ownSides: true,
  warm: true,
  prepare: async () => {
    const ground = await prepareGround(states, 'medium');
    const { lake, plan } = await freshLake(ground);
    const prepared = await launchSegment(plan.prepare);
    for (const launch of [...plan.lanes, plan.validate]) await launchSegment(launch);
    const runFolder = join(ground.runsRoot, ground.runId);
    const here = await contentOf(runFolder);
    await onFetchedRun(prepared.run_folder, async (there) =>
      assert.deepEqual(await contentOf(there), here, 'the lake holds the bytes of the folder'),
    );
    await rm(runFolder, { recursive: true });
    // Without a run to stage from, each run of the folder has a runs root of its own.
    return { ground: { ...ground, runId: '' }, lake, plan };
  },
  cleanUp: async ({ ground, lake }) => {
    await lake.fake.close();
    await removeGround(ground);
  },
  subject: {
    kind: 'process',
    label: 'S0 to S5 in the lake',
    beforehand: async (state) => {
      await state.lake.fake.close();
      Object.assign(state, await freshLake(state.ground));
    },
    command: ({ lake, plan }) => ({
      file: process.execPath,
      args: [program, JSON.stringify(plan)],
      env: { ...programEnvironment, ...s3Variables(lake.fake, 'AKIDTASK', 'secret') },
    }),
  },
  alternatives: [
    {
      kind: 'process',
      label: 'the same in a folder',
      command: ({ ground }) => statesCommand(ground, states),
    },
  ],
  targets: [{ measure: 'cpuRatio', atMost: 1.5 }],
});
