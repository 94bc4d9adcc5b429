import { join } from 'node:path';
import type { Table } from '../../tables/columns.ts';
import { datasetPath } from '../dataset.ts';
import { strings, textOf, u64Values } from '../frame/table-access.ts';
import type { Horizon } from '../laws/horizon.ts';
import { weekGrid } from '../laws/week-grid.ts';
import type { Policies } from '../policies/load-policies.ts';
import { filledTables, requireRows } from '../s0/require-rows.ts';
import { scenarioPlans } from '../s0/scenario-plans.ts';
import { computeProfiles, refuseUnknownZones } from '../s1/compute-profiles.ts';
import { deriveMerchantFeatures, type MerchantFeatures } from '../s1/merchant-features.ts';
import { requireSiteSums } from '../s1/site-counts.ts';
import { type CalendarEvent, calendarEvent, calendarEvents } from '../s4/calendar-events.ts';
import { zoneProjection } from '../s4/horizon-projection.ts';
import { overlayCurves } from '../s4/overlay-curves.ts';
import { zonesOf } from '../s4/scenario-input.ts';
import {
  merchantsTable,
  scenarioCalendarTable,
  virtualClassificationTable,
  zoneAllocTable,
  zoneOffsetsTable,
} from '../world-datasets.ts';
import type { FaultList } from './fault-list.ts';
import { countryFaults, eventPlaceFaults } from './place-faults.ts';
import type { ReadTables } from './read-world.ts';
import { inFile } from './table-faults.ts';

const domainCode = 'S1_DOMAIN_ALIGNMENT_FAILED';
const calendarCode = 'S4_CALENDAR_ALIGNMENT_FAILED';

/**
 * Holds tables that were read, each sound by itself, to what S1 … S4 demand of them together, by the
 * states' own checks. A check that needs a table that is not there is left out.
 */
export function checkTables(data: string, tables: ReadTables, policies: Policies, list: FaultList): void {
  const { merchants, zoneAlloc, virtualClassification, scenarios, zoneOffsets, calendars } = tables;
  checkRows(tables, list);
  if (merchants !== undefined) {
    list.add(...countryFaults(merchants, merchantsTable.table.name, 'home_country_iso', domainCode));
  }
  if (zoneAlloc !== undefined) {
    list.add(...countryFaults(zoneAlloc, zoneAllocTable.table.name, 'legal_country_iso', domainCode));
  }
  const features =
    merchants !== undefined && virtualClassification !== undefined
      ? list.attempt(() => deriveMerchantFeatures(merchants, virtualClassification, policies.merchant_class))
      : undefined;
  checkDomain(tables, features, policies, list);
  const zones = zoneOffsets === undefined ? undefined : zonesOf(zoneOffsets);
  const plans =
    scenarios === undefined
      ? undefined
      : list.attempt(() => scenarioPlans(scenarios, policies.scenario_horizon));
  const grid = weekGrid(policies.shape_time_grid);
  for (const { scenarioId, horizon } of plans ?? []) {
    for (const zone of zones?.values() ?? []) list.attempt(() => zoneProjection(zone, horizon, grid));
    const calendar = calendars.get(scenarioId);
    if (calendar === undefined) continue;
    const path = join(data, datasetPath(scenarioCalendarTable, { scenario_id: scenarioId }));
    const places = [
      ...countryFaults(calendar, scenarioCalendarTable.table.name, 'country_iso', calendarCode),
      ...(zones === undefined || merchants === undefined
        ? []
        : eventPlaceFaults(
            calendar,
            {
              tzids: new Set(zones.keys()),
              merchants: new Set(u64Values(merchants, 'merchant_id')),
            },
            calendarCode,
          )),
    ];
    list.add(...places.map((fault) => inFile(path, fault)));
    const events = checkEvents(path, calendar, horizon, policies, list);
    if (events === undefined || zoneAlloc === undefined || features === undefined) continue;
    list.attempt(
      () => checkOverlaps(zoneAlloc, features, events, horizon, policies),
      (fault) => inFile(path, fault),
    );
  }
}

function checkRows(
  { merchants, zoneAlloc, virtualClassification, zoneOffsets }: ReadTables,
  list: FaultList,
): void {
  const read = new Map([
    [merchantsTable, merchants],
    [zoneAllocTable, zoneAlloc],
    [virtualClassificationTable, virtualClassification],
    [zoneOffsetsTable, zoneOffsets],
  ]);
  for (const dataset of filledTables) {
    const table = read.get(dataset);
    if (table !== undefined) list.attempt(() => requireRows(dataset, table));
  }
}

/** Merchants, zones and sites against each other. */
function checkDomain(
  { merchants, zoneAlloc, virtualClassification, zoneOffsets }: ReadTables,
  features: MerchantFeatures | undefined,
  policies: Policies,
  list: FaultList,
): void {
  if (zoneAlloc === undefined) return;
  list.attempt(() => requireSiteSums(zoneAlloc));
  if (zoneOffsets === undefined) return;
  const knownZones = new Set(zonesOf(zoneOffsets).keys());
  const { dictionary, codes } = strings(zoneAlloc, 'tzid');
  list.attempt(() => refuseUnknownZones(dictionary, codes, knownZones));
  if (merchants === undefined || virtualClassification === undefined || features === undefined) return;
  const input = { zoneAlloc, merchants, virtualClassification, knownZones };
  list.attempt(() => computeProfiles(input, policies, policies.parameterHash));
}

/** The events of a calendar, or `undefined` after every event was looked at and the faults of each are told. */
function checkEvents(
  path: string,
  calendar: Table,
  horizon: Horizon,
  policies: Policies,
  list: FaultList,
): readonly CalendarEvent[] | undefined {
  const policy = policies.scenario_overlay;
  const told = <T>(check: () => T) => list.attempt(check, (fault) => inFile(path, fault));
  const events = told(() => calendarEvents(calendar, horizon, policy));
  if (events !== undefined) return events;
  for (let row = 0; row < calendar.rows; row += 1) told(() => calendarEvent(calendar, row, horizon, policy));
  return undefined;
}

/** Makes the curve of every row once, as S4 does: more events on one row than the policy allows refuse themselves. */
function checkOverlaps(
  zoneAlloc: Table,
  features: MerchantFeatures,
  events: readonly CalendarEvent[],
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
