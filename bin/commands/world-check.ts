import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPolicies, type Policies } from '../../lib/segment-5a/policies/load-policies.ts';
import { checkWorld } from '../../lib/segment-5a/worlds/check-world.ts';
import { sealWorld } from '../../lib/segment-5a/worlds/seal-world.ts';
import { worldContent } from '../../lib/segment-5a/worlds/world-content.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { paint } from '../terminal/look.ts';
import { formatFailure } from '../terminal/output.ts';
import type { CommandContext } from './command-context.ts';

export type WorldCheckOptions = { readonly seal?: string; readonly policies?: string };

const shippedPolicies = fileURLToPath(new URL('../../config/policies/segment-5a', import.meta.url));

/** Policies of this version, or those of a folder. */
export async function policiesFrom(folder: string | undefined): Promise<Policies> {
  return await loadPolicies(folder === undefined ? shippedPolicies : resolve(folder));
}

/** `fraudctl world check`: every fault of a world at once; exit 65 when there is one. Seals good tables if asked to. */
export async function worldCheck(
  context: CommandContext,
  folder: string,
  options: WorldCheckOptions,
): Promise<number> {
  const world = resolve(folder);
  const { faults, sealed, rows } = await checkWorld(world, await policiesFrom(options.policies));
  const good = faults.length === 0;
  const sealedAs =
    good && options.seal !== undefined ? await sealTables(context, world, resolve(options.seal)) : undefined;
  context.output.result(
    [
      ...faults.map(formatFailure),
      ...Object.entries(rows).map(([name, count]) => `${String(count).padStart(9)} rows  ${name}`),
      good
        ? paint('green', `GOOD: ${sealed ? 'a sealed world' : 'tables of a world, not sealed yet'}`)
        : paint('red', `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`),
      ...(sealedAs === undefined
        ? []
        : [`${sealedAs.kind} ${sealedAs.folder}`, `  digest  ${sealedAs.bundleDigest}`]),
    ].join('\n'),
    {
      schema: 'fraudctl/world-check/v1',
      folder: world,
      sealed,
      good,
      rows: { ...rows },
      faults: faults.map((fault) => ({ ...fault })),
      sealed_as:
        sealedAs === undefined
          ? null
          : { folder: sealedAs.folder, bundle_digest_sha256: sealedAs.bundleDigest },
    },
  );
  return good ? exitCodes.done : exitCodes.data;
}

async function sealTables(context: CommandContext, world: string, out: string) {
  return await sealWorld(await worldContent(world), out, {
    progress: (what) => context.output.progress(what),
    signal: context.signal,
  });
}
