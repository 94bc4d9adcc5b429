import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileCacheFolder } from '../../../lib/files/compile-cache.ts';
import type { StateName } from '../../../lib/segment-5a/frame/states.ts';
import { generateWorld } from '../../../lib/segment-5a/worlds/generate-world.ts';
import { runStates } from '../../tasks/segment/run-states.ts';
import type { ProcessCommand } from '../definition.ts';

/** A full-scale world with a run of it, as far as a bench takes it before it measures. */
export type FullScaleGround = {
  readonly root: string;
  readonly world: string;
  readonly runsRoot: string;
  readonly runId: string;
};

/** Compiled code is kept between runs, as tasks keep it: what is measured is the work, not its compiler. */
export const programEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: compileCacheFolder,
};

const runner = fileURLToPath(new URL('run-states.ts', import.meta.url));

/** Makes the world of seed 42 at the given scale and runs states of it with one scenario. */
export async function prepareGround(states: readonly StateName[], scale = 'full'): Promise<FullScaleGround> {
  const root = await mkdtemp(join(tmpdir(), 'bench-full-'));
  const world = join(root, 'world');
  const watch = { progress: () => undefined, signal: new AbortController().signal };
  await generateWorld(scale, '42', world, watch);
  const runsRoot = join(root, 'runs');
  if (states.length === 0) return { root, world, runsRoot, runId: '' };
  const { runId } = await runStates({ world, runsRoot }, states, { runScenarioIds: ['baseline_v1'] });
  return { root, world, runsRoot, runId };
}

export async function removeGround({ root }: FullScaleGround): Promise<void> {
  await rm(root, { recursive: true, force: true });
}

/**
 * A process that runs states in a clean candidate of its own: what earlier states left is linked, so
 * that nothing is found identical and nothing is measured twice.
 */
export function statesCommand(ground: FullScaleGround, states: readonly StateName[]): ProcessCommand {
  return {
    file: process.execPath,
    args: [runner, ground.world, ground.runsRoot, ground.runId, states.join(',')],
    env: programEnvironment,
  };
}
