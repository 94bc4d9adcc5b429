import { fail } from '../../vocabulary/failure.ts';
import { seedSchema } from '../identity.ts';
import type { WorldTables } from './draw-world.ts';
import { drawWorld } from './draw-world.ts';
import { scaleOf } from './scale.ts';
import { type SealedWorld, type SealingWatch, sealWorld } from './seal-world.ts';
import { zoneDatabaseVersion } from './zone-database.ts';

/** Goes up whenever the same seed gives another world. */
const generatorVersion = 2;

export type GeneratedWorld = SealedWorld & { readonly scale: string; readonly seed: string } & {
  readonly counts: WorldCounts;
};

export type WorldCounts = {
  readonly merchants: number;
  readonly countries: number;
  readonly tzids: number;
  readonly pairs: number;
  readonly events: Readonly<Record<string, number>>;
};

/**
 * Makes a world of a scale from a seed and seals it in a folder. The same scale and seed give the same
 * bundle digest on any machine. Throws `SCALE_UNKNOWN` and `SEED_MALFORMED` (64) before anything is
 * written, and what `sealWorld` throws.
 */
export async function generateWorld(
  scaleText: string,
  seed: string,
  folder: string,
  watch: SealingWatch,
): Promise<GeneratedWorld> {
  const scale = scaleOf(scaleText);
  requireSeed(seed);
  watch.progress(`drawing a world of ${scale.merchants} merchants`);
  const tables = drawWorld(scale, seed);
  const counts = countsOf(tables);
  const document = {
    schema: 'fraud-platform/world/v1',
    seed,
    tz_database_version: zoneDatabaseVersion,
    upstream: [],
    scale: scale.name,
    generator_version: generatorVersion,
    counts,
  };
  return { ...(await sealWorld({ tables, document }, folder, watch)), scale: scale.name, seed, counts };
}

function countsOf({ merchants, zoneAlloc, calendars }: WorldTables): WorldCounts {
  const distinct = (name: string) => {
    const column = zoneAlloc.columns.get(name);
    return column?.type === 'string' ? new Set(column.codes).size : 0;
  };
  return {
    merchants: merchants.rows,
    countries: distinct('legal_country_iso'),
    tzids: distinct('tzid'),
    pairs: zoneAlloc.rows,
    events: Object.fromEntries([...calendars].map(([id, { rows }]) => [id, rows])),
  };
}

/** Throws `SEED_MALFORMED` (64) for what is no seed. */
export function requireSeed(seed: string): void {
  if (seedSchema.safeParse(seed).success) return;
  fail({
    exit: 'usage',
    code: 'SEED_MALFORMED',
    message: 'a seed is a decimal number of at most 64 bits',
    where: '--seed',
    value: seed,
    remedy: 'Give a whole number, such as 42.',
  });
}
