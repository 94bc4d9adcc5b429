import { join } from 'node:path';
import { generateWorld } from '../../lib/segment-5a/worlds/generate-world.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from './command-context.ts';
import type { RunsPlace } from './runs-place.ts';

export type WorldChoice = { readonly world?: string; readonly scale?: string; readonly seed: string };

/**
 * The folder of the world that a command works on: `--world`, or the one of `--scale` and `--seed`, which
 * is drawn into `<scale>-<seed>` below the place's folder for that, or found there. Throws `WORLD_NOT_CHOSEN` (64).
 */
export async function chosenWorld(
  context: CommandContext,
  place: Pick<RunsPlace, 'drawnBelow' | 'worldFolder'>,
  { world, scale, seed }: WorldChoice,
): Promise<string> {
  if (world !== undefined && scale === undefined) return await place.worldFolder(world);
  if (scale !== undefined && world === undefined) {
    const generated = await generateWorld(scale, seed, join(place.drawnBelow, `${scale}-${seed}`), {
      progress: (what) => context.output.progress(what),
      signal: context.signal,
    });
    context.output.progress(`world ${generated.folder} (${generated.kind})`);
    return generated.folder;
  }
  return fail({
    exit: 'usage',
    code: 'WORLD_NOT_CHOSEN',
    message: world === undefined ? 'no world is named' : 'two worlds are named',
    where: world === undefined ? '--world' : '--world and --scale',
    remedy: 'Give either --world <folder>, or --scale <scale> with --seed <n>.',
  });
}
