import type { Table } from '../../tables/columns.ts';
import { distributionOf } from '../frame/quantiles.ts';
import { f64Values, i32Values, strings } from '../frame/table-access.ts';
import type { Policies } from '../policies/load-policies.ts';
import { demandClasses } from '../vocabulary.ts';
import type { MerchantFeatures } from './merchant-features.ts';

/** A figure that leaves what the policy calls believable. Never an error: a team's data may be like that. */
export type RealismWarning = {
  readonly field: string;
  readonly subject: string;
  readonly value: number;
  readonly limit: number;
};

/** Compares population and volumes with the realism fields of merchant_class and demand_scale. */
export function realismWarnings(
  profile: Table,
  zoneAlloc: Table,
  features: MerchantFeatures,
  policies: Pick<Policies, 'merchant_class' | 'demand_scale'>,
): readonly RealismWarning[] {
  return [
    ...populationWarnings(features, policies.merchant_class.realism),
    ...countryWarnings(profile, policies.merchant_class.realism.maximum_country_share_in_class),
    ...volumeWarnings(profile, zoneAlloc, policies.demand_scale.realism),
  ];
}

function populationWarnings(
  features: MerchantFeatures,
  limits: Policies['merchant_class']['realism'],
): readonly RealismWarning[] {
  const warnings: RealismWarning[] = [];
  const merchants = features.demandClass.length;
  if (merchants === 0) return warnings;
  const shares = demandClasses.map(
    (name) => features.demandClass.filter((one) => one === name).length / merchants,
  );
  for (const [code, value] of shares.entries()) {
    if (value <= limits.maximum_class_share) continue;
    const subject = demandClasses[code] ?? '';
    warnings.push({ field: 'maximum_class_share', subject, value, limit: limits.maximum_class_share });
  }
  const nontrivial = shares.filter((value) => value >= limits.nontrivial_share).length;
  if (nontrivial < limits.minimum_nontrivial_classes) {
    const limit = limits.minimum_nontrivial_classes;
    warnings.push({ field: 'minimum_nontrivial_classes', subject: 'merchants', value: nontrivial, limit });
  }
  const virtual = features.virtualMode.filter((mode) => mode !== 'NON_VIRTUAL').length / merchants;
  if (virtual < limits.minimum_virtual_share) {
    const limit = limits.minimum_virtual_share;
    warnings.push({ field: 'minimum_virtual_share', subject: 'merchants', value: virtual, limit });
  }
  return warnings;
}

function countryWarnings(profile: Table, limit: number): readonly RealismWarning[] {
  const classes = strings(profile, 'demand_class');
  const countries = strings(profile, 'legal_country_iso');
  const weekly = f64Values(profile, 'weekly_volume_expected');
  const width = countries.dictionary.length;
  const volume = new Float64Array(demandClasses.length * width);
  for (let row = 0; row < profile.rows; row += 1) {
    const at = (classes.codes[row] ?? 0) * width + (countries.codes[row] ?? 0);
    volume[at] = (volume[at] ?? 0) + (weekly[row] ?? 0);
  }
  return demandClasses.flatMap((name, code) => {
    const ofClass = volume.subarray(code * width, (code + 1) * width);
    const total = ofClass.reduce((sum, value) => sum + value, 0);
    const largest = ofClass.reduce((best, value, at) => (value > (ofClass[best] ?? 0) ? at : best), 0);
    const value = total === 0 ? 0 : (ofClass[largest] ?? 0) / total;
    const subject = `${name} in ${countries.dictionary[largest]}`;
    return value > limit ? [{ field: 'maximum_country_share_in_class', subject, value, limit }] : [];
  });
}

function volumeWarnings(
  profile: Table,
  zoneAlloc: Table,
  limits: Policies['demand_scale']['realism'],
): readonly RealismWarning[] {
  const warnings: RealismWarning[] = [];
  const weekly = f64Values(profile, 'weekly_volume_expected');
  const classes = strings(profile, 'demand_class').codes;
  const total = weekly.reduce((sum, value) => sum + value, 0);
  const sites = i32Values(zoneAlloc, 'zone_site_count').reduce((sum, value) => sum + value, 0);
  if (total === 0 || sites === 0) return warnings;
  const perSite = total / sites;
  const { minimum, maximum } = limits.mean_per_site;
  if (perSite < minimum || perSite > maximum) {
    const limit = perSite < minimum ? minimum : maximum;
    warnings.push({ field: 'mean_per_site', subject: 'all sites', value: perSite, limit });
  }
  const { median, p99 } = distributionOf(weekly.filter((value) => value > 0));
  if (p99 / median < limits.minimum_p99_over_p50) {
    const limit = limits.minimum_p99_over_p50;
    warnings.push({ field: 'minimum_p99_over_p50', subject: 'merchant-zones', value: p99 / median, limit });
  }
  const ofClass = new Float64Array(demandClasses.length);
  for (const [row, value] of weekly.entries()) {
    const code = classes[row] ?? 0;
    ofClass[code] = (ofClass[code] ?? 0) + value;
  }
  for (const [code, volume] of ofClass.entries()) {
    if (volume / total <= limits.maximum_class_volume_share) continue;
    const limit = limits.maximum_class_volume_share;
    const subject = demandClasses[code] ?? '';
    warnings.push({ field: 'maximum_class_volume_share', subject, value: volume / total, limit });
  }
  return warnings;
}
