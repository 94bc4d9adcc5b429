import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import { verifyBundleFolder } from '../../evidence/verify-bundle.ts';
import type { Table } from '../../tables/columns.ts';
import { type Failure, fail, failureOf, isPlatformError } from '../../vocabulary/failure.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { strings, textOf, u64Values } from '../frame/table-access.ts';
import type { Horizon } from '../laws/horizon.ts';
import { weekGrid } from '../laws/week-grid.ts';
import type { Policies } from '../policies/load-policies.ts';
import { openWorld } from '../s0/open-world.ts';
import { scenarioPlans } from '../s0/scenario-plans.ts';
import { computeProfiles, refuseUnknownZones } from '../s1/compute-profiles.ts';
import { deriveMerchantFeatures } from '../s1/merchant-features.ts';
import { requireSiteSums } from '../s1/site-counts.ts';
import { calendarEvents } from '../s4/calendar-events.ts';
import { zoneProjection } from '../s4/horizon-projection.ts';
import { overlayCurves } from '../s4/overlay-curves.ts';
import { zonesOf } from '../s4/scenario-input.ts';
import {
  merchantsTable,
  scenarioCalendarTable,
  scenariosTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../world-datasets.ts';
import { worldDocumentName, worldDocumentSchema } from '../world-document.ts';
import { dataFolderOf, type ReadTables, readWorldTables } from './read-world.ts';

export type WorldReport = {
  /** Every fault that was found; a world without any runs. */
  readonly faults: readonly Failure[];
  readonly sealed: boolean;
  readonly rows: Readonly<Record<string, number>>;
};

/**
 * Holds a world, sealed or not yet, to everything that the states S0 … S4 demand of it, with their own
 * checks: the bundle, every row of every table, merchants and zones against each other, horizons, and
 * every event. Faults are collected: one of each check, with file, row, column, value and remedy.
 */
export async function checkWorld(folder: string, policies: Policies): Promise<WorldReport> {
  const faults: Failure[] = [];
  const { data, sealed } = await dataFolderOf(folder);
  if (sealed) faults.push(...(await bundleFaults(folder)));
  const note = (error: unknown) => {
    if (!isPlatformError(error)) throw error;
    const fault = failureOf(error);
    // Two checks may meet the same fault.
    if (!faults.some(({ where, code }) => where === fault.where && code === fault.code)) faults.push(fault);
  };
  const attempt = <T>(check: () => T): T | undefined => {
    try {
      return check();
    } catch (error) {
      note(error);
      return undefined;
    }
  };
  await readDocument(data).catch(note);
  // Bundles that the world was made from lie in its payload, each with a flag of its own.
  if (sealed && faults.length === 0) await openWorld(folder).catch(note);
  const tables = await readWorldTables(data, note);
  checkTables(tables, policies, attempt);
  return { faults, sealed, rows: rowsOf(tables) };
}

function rowsOf({ calendars, ...tables }: ReadTables): Readonly<Record<string, number>> {
  const named = {
    [merchantsTable.table.name]: tables.merchants,
    [zoneAllocTable.table.name]: tables.zoneAlloc,
    [virtualClassificationTable.table.name]: tables.virtualClassification,
    [scenariosTable.table.name]: tables.scenarios,
    [zoneOffsetsTable.table.name]: tables.zoneOffsets,
  };
  return Object.fromEntries([
    ...Object.entries(named).flatMap(([name, table]) =>
      table === undefined ? [] : [[name, table.rows] as const],
    ),
    ...[...calendars].map(([id, { rows }]) => [`${scenarioCalendarTable.table.name} ${id}`, rows] as const),
  ]);
}

/** The document of a world, as an object that can be sealed. Throws `WORLD_DOCUMENT_MALFORMED` (65). */
export async function readDocument(data: string): Promise<JsonObject> {
  const path = join(data, worldDocumentName);
  const refuse = (message: string, where: string) =>
    fail({
      exit: 'data',
      code: 'WORLD_DOCUMENT_MALFORMED',
      message,
      where,
      remedy: 'Write world.json as canonical JSON with schema, seed, tz_database_version and upstream.',
    });
  const content = await readFile(path).catch(() => refuse('the world has no document', path));
  const parsed = worldDocumentSchema.loose().safeParse(parseCanonicalJson(content, path));
  if (parsed.success) return z.record(z.string(), z.json()).parse(parsed.data);
  const [issue] = parsed.error.issues;
  return refuse(issue?.message ?? '', `${path}: ${issue?.path.join('.') ?? ''}`);
}

async function bundleFaults(folder: string): Promise<readonly Failure[]> {
  const report = await verifyBundleFolder(folder);
  const broken = report.items
    .filter(({ state }) => state !== 'ok')
    .map(
      ({ path, state, detail }): Failure => ({
        exit: 'data',
        code: 'S0_UPSTREAM_NOT_PASS',
        message: `${path} is ${state}${detail === '' ? '' : ` (${detail})`}`,
        where: join(folder, path),
        value: state,
        remedy:
          'Restore the world from another copy, or seal its tables anew; a sealed world is never edited.',
      }),
    );
  if (broken.length > 0 || report.verdict === 'whole-pass') return broken;
  return [
    {
      exit: 'data',
      code: 'S0_UPSTREAM_NOT_PASS',
      message: 'the world is sealed, and does not say PASS',
      where: folder,
      value: report.stated?.result ?? report.verdict,
      remedy: 'Find out why it was sealed so, and seal a world that passes.',
    },
  ];
}

type Attempt = <T>(check: () => T) => T | undefined;

function checkTables(tables: ReadTables, policies: Policies, attempt: Attempt): void {
  const { merchants, zoneAlloc, virtualClassification, scenarios, zoneOffsets, calendars } = tables;
  const features =
    merchants !== undefined && virtualClassification !== undefined
      ? attempt(() => deriveMerchantFeatures(merchants, virtualClassification, policies.merchant_class))
      : undefined;
  const zones = zoneOffsets === undefined ? undefined : zonesOf(zoneOffsets);
  if (zoneAlloc !== undefined) {
    attempt(() => requireSiteSums(zoneAlloc));
    if (zones !== undefined) {
      const { dictionary, codes } = strings(zoneAlloc, 'tzid');
      attempt(() => refuseUnknownZones(dictionary, codes, new Set(zones.keys())));
      if (merchants !== undefined && virtualClassification !== undefined && features !== undefined) {
        const input = { zoneAlloc, merchants, virtualClassification, knownZones: new Set(zones.keys()) };
        attempt(() => computeProfiles(input, policies, policies.parameterHash));
      }
    }
  }
  const plans =
    scenarios === undefined ? undefined : attempt(() => scenarioPlans(scenarios, policies.scenario_horizon));
  const grid = weekGrid(policies.shape_time_grid);
  for (const { scenarioId, horizon } of plans ?? []) {
    for (const zone of zones?.values() ?? []) {
      if (attempt(() => zoneProjection(zone, horizon, grid)) === undefined) break;
    }
    const calendar = calendars.get(scenarioId);
    if (calendar === undefined) continue;
    const events = attempt(() => calendarEvents(calendar, horizon, policies.scenario_overlay));
    if (events === undefined || zoneAlloc === undefined || features === undefined) continue;
    attempt(() => checkOverlaps(zoneAlloc, features, events, horizon, policies));
  }
}

/** Makes the curve of every row once, as S4 does: more events on one row than the policy allows refuse themselves. */
function checkOverlaps(
  zoneAlloc: Table,
  features: ReturnType<typeof deriveMerchantFeatures>,
  events: ReturnType<typeof calendarEvents>,
  horizon: Horizon,
  policies: Policies,
): void {
  const curves = overlayCurves(events, horizon.buckets, {
    overlay: policies.scenario_overlay,
    ordering: policies.overlay_ordering,
    validation: policies.overlay_validation,
  });
  const countries = strings(zoneAlloc, 'legal_country_iso');
  const tzids = strings(zoneAlloc, 'tzid');
  for (const [row, id] of u64Values(zoneAlloc, 'merchant_id').entries()) {
    const merchant = features.indexOf.get(id);
    const demandClass = merchant === undefined ? undefined : features.demandClass[merchant];
    if (demandClass === undefined) continue;
    curves.of({ country: textOf(countries, row), tzid: textOf(tzids, row), demandClass }, id);
  }
}
