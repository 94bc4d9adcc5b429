import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { productVersion } from '../../../config/product-version.ts';
import { layOutBundle, type PayloadItem } from '../../evidence/format/bundle.ts';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { sha256Of, sha256OfStream } from '../../evidence/format/digest.ts';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import type { Table } from '../../tables/columns.ts';
import { writeTable } from '../../tables/write-table.ts';
import { errorCodeOf, fail, isPlatformError, messageOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { type Dataset, datasetPath } from '../dataset.ts';
import {
  merchantsTable,
  scenarioCalendarTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../world-datasets.ts';
import { worldDocumentName } from '../world-document.ts';
import type { WorldTables } from './draw-world.ts';
import { removeLeftovers, stagedFolder } from './staged-world.ts';

export type SealedWorld = {
  /** `identical`: the folder already held this very world. */
  readonly kind: 'published' | 'identical';
  readonly folder: string;
  readonly bundleDigest: Sha256;
};

/** What goes into the payload of a world. */
export type WorldContent = {
  readonly tables: WorldTables;
  readonly document: JsonObject;
  /** Files taken over as they are, such as bundles that the world was made from; paths are below the payload. */
  readonly carried?: readonly { readonly path: string; readonly file: string }[];
};

/** Whoever waits for a world: is told what happens, and may end it between two files. */
export type SealingWatch = {
  readonly progress: (what: string) => void;
  readonly signal: AbortSignal;
};

/** The tables of a world with the paths they have in its payload. */
export function placedTables(tables: WorldTables): readonly (readonly [Dataset, string, Table])[] {
  const placed = (dataset: Dataset, table: Table, scenario = '') =>
    [dataset, datasetPath(dataset, { scenario_id: scenario }), table] as const;
  return [
    placed(merchantsTable, tables.merchants),
    placed(zoneAllocTable, tables.zoneAlloc),
    placed(virtualClassificationTable, tables.virtualClassification),
    placed(scenariosTable, tables.scenarios),
    placed(zoneOffsetsTable, tables.zoneOffsets),
    ...[...tables.calendars].map(([id, table]) => placed(scenarioCalendarTable, table, id)),
  ];
}

/**
 * Writes a world as a sealed bundle into a new folder, whole or not at all. The same tables and document
 * give the same bundle digest on any machine. A folder that holds the same world already is
 * `identical`; anything else there is `WORLD_OUTPUT_CONFLICT` (73), and nothing is changed. Throws what
 * `writeTable` throws, `WORLD_IO_WRITE_FAILED` (75), and `WORLD_INTERRUPTED` (143) when the signal aborts.
 */
export async function sealWorld(
  { tables, document, carried = [] }: WorldContent,
  folder: string,
  { progress, signal }: SealingWatch,
): Promise<SealedWorld> {
  const staged = stagedFolder(folder);
  try {
    await removeLeftovers(folder, Date.now());
    await rm(staged, { recursive: true, force: true });
    const items: PayloadItem[] = [];
    for (const [dataset, path, table] of placedTables(tables)) {
      requireRunning(signal);
      progress(`writing ${path} (${table.rows} rows)`);
      const file = join(staged, 'data', path);
      await mkdir(dirname(file), { recursive: true });
      await writeTable(file, dataset.table, table);
      items.push({ path, origin: 'native', file, ...(await sha256OfStream(createReadStream(file))) });
    }
    for (const { path, file: source } of carried) {
      requireRunning(signal);
      const file = join(staged, 'data', path);
      await mkdir(dirname(file), { recursive: true });
      await copyFile(source, file);
      items.push({ path, origin: 'native', file, ...(await sha256OfStream(createReadStream(file))) });
    }
    requireRunning(signal);
    const content = canonicalBytes(document);
    items.push({ path: worldDocumentName, origin: 'native', content });
    const bundle = layOutBundle({
      items,
      manifestFingerprint: sha256Of(content),
      verdict: { result: 'PASS', reasons: [] },
      inputs: [],
      code: { version: productVersion, imageDigest: 'none' },
      clocks: {},
    });
    for (const item of bundle.payload) {
      if ('content' in item) await writeFile(join(staged, item.path), item.content);
    }
    for (const [name, bytes] of bundle.tags) await writeFile(join(staged, name), bytes);
    return { ...(await publishFolder(staged, folder, bundle.digest)), folder, bundleDigest: bundle.digest };
  } catch (error) {
    if (isPlatformError(error)) throw error;
    return fail(
      {
        exit: 'transient',
        code: 'WORLD_IO_WRITE_FAILED',
        message: `the world cannot be written: ${messageOf(error)}`,
        where: folder,
        remedy: 'See that the folder above it exists, is writable and has space left, and run again.',
      },
      error,
    );
  } finally {
    // What keeps it from being removed kept it from being made, and that is what is to be told.
    await rm(staged, { recursive: true, force: true }).catch(() => undefined);
  }
}

function requireRunning(signal: AbortSignal): void {
  if (!signal.aborted) return;
  fail({
    exit: 'stopped',
    code: 'WORLD_INTERRUPTED',
    message: 'stopped before the world was whole; nothing of it is left',
    remedy: 'Run the same command again.',
  });
}

async function publishFolder(
  staged: string,
  folder: string,
  digest: Sha256,
): Promise<{ readonly kind: SealedWorld['kind'] }> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    // A folder is renamed onto nothing or an empty folder alone.
    await rename(staged, folder);
    return { kind: 'published' };
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
  }
  const existing = await verifyBundleFolder(folder).catch(() => undefined);
  if (existing?.verdict === 'whole-pass' && existing.bundleDigest === digest) return { kind: 'identical' };
  return fail({
    exit: 'conflict',
    code: 'WORLD_OUTPUT_CONFLICT',
    message: 'the folder holds something else, and is left as it is',
    where: folder,
    value: existing?.bundleDigest ?? 'no whole bundle',
    remedy: 'Give another folder, or remove this one first.',
  });
}
