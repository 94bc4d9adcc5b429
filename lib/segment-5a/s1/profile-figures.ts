import type { Table } from '../../tables/columns.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { distributionOf } from '../frame/quantiles.ts';
import { f64Values, strings, u64Values } from '../frame/table-access.ts';
import type { DemandScalePolicy } from '../policies/demand-scale.ts';
import { zoneRoles } from '../vocabulary.ts';
import type { SoftCapReport } from './compute-profiles.ts';

/** Counts of a profile under the reference's names; a merchant's rows stand together. */
export function profileCounts(profile: Table, softCap: SoftCapReport): Readonly<Record<string, number>> {
  const merchants = u64Values(profile, 'merchant_id');
  let merchantCount = 0;
  for (let row = 0; row < profile.rows; row += 1) {
    if (row === 0 || merchants[row] !== merchants[row - 1]) merchantCount += 1;
  }
  const distinct = (column: string) => new Set(strings(profile, column).codes).size;
  return {
    domain_rows: profile.rows,
    merchants_total: merchantCount,
    zones_total: distinct('tzid'),
    countries_total: distinct('legal_country_iso'),
    classes_total: distinct('demand_class'),
    soft_cap_rows: softCap.rows,
  };
}

/** Volumes of a profile, in arrivals a local week, and how its rows spread over roles. */
export function profileMetrics(
  profile: Table,
  softCap: SoftCapReport,
  policy: Pick<DemandScalePolicy, 'soft_cap' | 'high_volume_from'>,
): JsonObject {
  const weekly = f64Values(profile, 'weekly_volume_expected');
  const roles = strings(profile, 'demand_subclass').codes;
  const rowsByRole = zoneRoles.map(
    (role, code) => [role, roles.filter((one) => one === code).length] as const,
  );
  return {
    weekly_volume: { ...distributionOf(weekly) },
    scale_factor: { ...distributionOf(f64Values(profile, 'scale_factor')) },
    zero_rows: weekly.filter((value) => value === 0).length,
    high_volume_rows: weekly.filter((value) => value >= policy.high_volume_from).length,
    rows_by_role: Object.fromEntries(rowsByRole),
    soft_cap: {
      ratio: policy.soft_cap.ratio,
      multiplier: policy.soft_cap.multiplier,
      maximum_raw: softCap.maximumRaw,
      maximum_final: softCap.maximumFinal,
      total_reduction: softCap.totalReduction,
    },
  };
}
