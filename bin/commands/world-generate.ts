import { resolve } from 'node:path';
import { generateWorld } from '../../lib/segment-5a/worlds/generate-world.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { CommandContext } from './command-context.ts';

export type WorldGenerateOptions = { readonly scale: string; readonly seed: string; readonly out: string };

/** `fraudctl world generate`: draws a world and seals it; nothing half-written, nothing overwritten. */
export async function worldGenerate(context: CommandContext, options: WorldGenerateOptions): Promise<number> {
  const world = await generateWorld(options.scale, options.seed, resolve(options.out), {
    progress: (what) => context.output.progress(what),
    signal: context.signal,
  });
  const { merchants, countries, tzids, pairs, events } = world.counts;
  context.output.result(
    [
      `${world.kind} a ${world.scale} world from seed ${world.seed}`,
      `  folder  ${world.folder}`,
      `  digest  ${world.bundleDigest}`,
      `  size    ${merchants} merchants, ${countries} countries, ${tzids} zones, ${pairs} merchant-zones`,
      ...Object.entries(events).map(([scenario, count]) => `  events  ${count} in ${scenario}`),
      `  next    fraudctl segment run --world ${world.folder} --runs-root <folder>`,
    ].join('\n'),
    {
      schema: 'fraudctl/generated-world/v1',
      publication: world.kind,
      folder: world.folder,
      scale: world.scale,
      seed: world.seed,
      bundle_digest_sha256: world.bundleDigest,
      counts: { merchants, countries, tzids, pairs, events: { ...events } },
    },
  );
  return exitCodes.done;
}
