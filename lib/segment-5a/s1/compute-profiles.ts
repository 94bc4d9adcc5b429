import type { Table } from '../../tables/columns.ts';
import {
  booleanColumn,
  f64Column,
  newDictionary,
  stringColumn,
  tableOf,
  u64Column,
} from '../frame/build-columns.ts';
import { cell, dataFault } from '../frame/segment-failure.ts';
import { i32Values, strings, textOf, u64Values } from '../frame/table-access.ts';
import type { ParameterHash } from '../identity.ts';
import {
  perSiteMessage,
  perSiteVolume,
  rawWeeklyVolume,
  scaleFactor,
  softCapped,
  zoneRole,
} from '../laws/scale.ts';
import type { Policies } from '../policies/load-policies.ts';
import { channelGroups, demandClasses, zoneRoles } from '../vocabulary.ts';
import { catalogueOrder, deriveMerchantFeatures, type MerchantFeatures } from './merchant-features.ts';
import { requireSiteSums } from './site-counts.ts';

export type ProfileInput = {
  readonly zoneAlloc: Table;
  readonly merchants: Table;
  readonly virtualClassification: Table;
  /** Zones that the world's zone table knows. */
  readonly knownZones: ReadonlySet<string>;
};

/** What the soft cap did; volumes are arrivals a week. */
export type SoftCapReport = {
  rows: number;
  maximumRaw: number;
  maximumFinal: number;
  totalReduction: number;
};

export type Profiles = {
  readonly profile: Table;
  readonly features: MerchantFeatures;
  readonly softCap: Readonly<SoftCapReport>;
};

/**
 * S1: class, role and expected weekly volume of every merchant-zone, in the order of zone_alloc.
 * Throws `S1_DOMAIN_ALIGNMENT_FAILED`, `S1_FEATURE_DERIVATION_FAILED` or `S1_SCALE_ASSIGNMENT_FAILED` (65).
 */
export function computeProfiles(
  input: ProfileInput,
  policies: Pick<Policies, 'merchant_class' | 'demand_scale'>,
  parameterHash: ParameterHash,
): Profiles {
  const { zoneAlloc } = input;
  requireSiteSums(zoneAlloc);
  const features = deriveMerchantFeatures(
    input.merchants,
    input.virtualClassification,
    policies.merchant_class,
  );
  const scale = policies.demand_scale;
  const { rows } = zoneAlloc;
  const merchants = u64Values(zoneAlloc, 'merchant_id');
  const countries = strings(zoneAlloc, 'legal_country_iso');
  const zones = strings(zoneAlloc, 'tzid');
  const counts = i32Values(zoneAlloc, 'zone_site_count');
  const sums = i32Values(zoneAlloc, 'zone_site_count_sum');
  refuseUnknownZones(zones.dictionary, zones.codes, input.knownZones);

  const codes = () => new Uint32Array(rows);
  const flags = () => new Uint8Array(rows);
  const out = { channel: codes(), demandClass: codes(), role: codes(), profile: codes(), source: codes() };
  const weeklyVolume = new Float64Array(rows);
  const scaleFactors = new Float64Array(rows);
  const highVariability = flags();
  const lowVolume = flags();
  const virtualPreferred = flags();
  const profileIds = newDictionary();
  const sources = newDictionary();
  const softCap: SoftCapReport = { rows: 0, maximumRaw: 0, maximumFinal: 0, totalReduction: 0 };

  for (let row = 0; row < rows; row += 1) {
    const id = merchants[row] ?? 0n;
    const merchant = features.indexOf.get(id) ?? missingMerchant(row, id);
    const channelGroup = features.channelGroup[merchant] ?? 'card_present';
    const demandClass = features.demandClass[merchant] ?? 'low_volume_tail';
    const virtualMode = features.virtualMode[merchant] ?? 'NON_VIRTUAL';
    const classScale = scale.classes[demandClass];
    const sites = { inZone: counts[row] ?? 0, inCountry: sums[row] ?? 0 };
    const role = zoneRole(sites, policies.merchant_class.role_thresholds);
    let weekly = 0;
    if (sites.inZone > 0) {
      const message = perSiteMessage(id, textOf(countries, row), textOf(zones, row), parameterHash);
      const perSite = perSiteVolume(message, classScale);
      const raw = rawWeeklyVolume({ sites, perSite, role, virtualMode, channelGroup }, scale);
      weekly = softCapped(raw, scale.soft_cap);
      softCap.maximumRaw = Math.max(softCap.maximumRaw, raw);
      softCap.maximumFinal = Math.max(softCap.maximumFinal, weekly);
      if (raw > scale.soft_cap.weekly) softCap.rows += 1;
      softCap.totalReduction += raw - weekly;
    }
    const factor = scaleFactor(weekly, sites.inZone, classScale.median);
    if (!(Number.isFinite(weekly) && Number.isFinite(factor))) invalidScale(row, weekly);
    weeklyVolume[row] = weekly;
    scaleFactors[row] = factor;
    out.channel[row] = channelGroups.indexOf(channelGroup);
    out.demandClass[row] = catalogueOrder.get(demandClass) ?? 0;
    out.role[row] = zoneRoles.indexOf(role);
    out.profile[row] = profileIds.codeOf(`${demandClass}.${role}.${channelGroup}`);
    out.source[row] = sources.codeOf(features.classSource[merchant] ?? '');
    highVariability[row] = classScale.high_variability ? 1 : 0;
    lowVolume[row] = weekly < scale.low_volume_below ? 1 : 0;
    virtualPreferred[row] = virtualMode === 'NON_VIRTUAL' ? 0 : 1;
  }
  const profile = tableOf(rows, {
    merchant_id: u64Column(merchants),
    legal_country_iso: countries,
    tzid: zones,
    channel_group: stringColumn(out.channel, channelGroups),
    demand_class: stringColumn(out.demandClass, demandClasses),
    demand_subclass: stringColumn(out.role, zoneRoles),
    profile_id: stringColumn(out.profile, profileIds.entries),
    weekly_volume_expected: f64Column(weeklyVolume),
    scale_factor: f64Column(scaleFactors),
    high_variability_flag: booleanColumn(highVariability),
    low_volume_flag: booleanColumn(lowVolume),
    virtual_preferred_flag: booleanColumn(virtualPreferred),
    class_source: stringColumn(out.source, sources.entries),
  });
  return { profile, features, softCap };
}

function missingMerchant(row: number, id: bigint): never {
  return dataFault({
    code: 'S1_DOMAIN_ALIGNMENT_FAILED',
    message: 'zone_alloc names a merchant that merchants does not have',
    where: cell('zone_alloc', row, 'merchant_id'),
    value: String(id),
    remedy: 'Add the merchant to merchants, or remove its zones.',
  });
}

/** Every zone of zone_alloc is one of the zone table's. Throws `S1_DOMAIN_ALIGNMENT_FAILED` (65). */
export function refuseUnknownZones(
  dictionary: readonly string[],
  codes: Uint32Array,
  known: ReadonlySet<string>,
): void {
  const unknown = new Map(Array.from(dictionary.entries()).filter(([, name]) => !known.has(name)));
  if (unknown.size === 0) return;
  const row = codes.findIndex((code) => unknown.has(code));
  if (row === -1) return;
  dataFault({
    code: 'S1_DOMAIN_ALIGNMENT_FAILED',
    message: 'zone_alloc names a time zone that the zone table of the world does not have',
    where: cell('zone_alloc', row, 'tzid'),
    value: unknown.get(codes[row] ?? 0) ?? '',
    remedy: 'Add the offsets of the zone to zone_offsets, or correct its name.',
  });
}

function invalidScale(row: number, weekly: number): never {
  return dataFault({
    code: 'S1_SCALE_ASSIGNMENT_FAILED',
    message: 'the expected weekly volume is not a finite number',
    where: cell('merchant_zone_profile_5A', row, 'weekly_volume_expected'),
    value: String(weekly),
    remedy: 'Lower the multipliers or the clip in demand_scale.yaml.',
  });
}
