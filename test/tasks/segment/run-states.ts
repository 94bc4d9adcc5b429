import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSegment } from '../../../lib/segment-5a/frame/run-segment.ts';
import type { SegmentRequest } from '../../../lib/segment-5a/frame/segment-request.ts';
import type { StateName } from '../../../lib/segment-5a/frame/states.ts';
import { statePrograms } from '../../../tasks/segment/programs.ts';
import { sealWorld, type WorldOptions, type WorldTables } from '../../lib/segment-5a/make-world.ts';
import { policyFolder } from '../../lib/segment-5a/shipped-policies.ts';

/** A world and a runs root of a test's own. */
export type Ground = { readonly world: string; readonly runsRoot: string };

/** Seals a world, hands it with an empty runs root to the test, and removes both. */
export async function onGround(
  tables: WorldTables,
  options: WorldOptions,
  use: (ground: Ground) => Promise<void>,
): Promise<void> {
  const world = await sealWorld(tables, options);
  const runsRoot = await mkdtemp(join(tmpdir(), 'runs-'));
  try {
    await use({ world, runsRoot });
  } finally {
    await rm(world, { recursive: true, force: true });
    await rm(runsRoot, { recursive: true, force: true });
  }
}

export function runStates(
  ground: Ground,
  states: readonly StateName[],
  change: Partial<SegmentRequest> = {},
) {
  return runSegment({
    states,
    ...ground,
    policies: policyFolder,
    runScenarioIds: [],
    scenarioIds: [],
    partition: { index: 0, count: 1 },
    signal: new AbortController().signal,
    report: () => undefined,
    imageDigest: 'local',
    programs: statePrograms,
    ...change,
  });
}
