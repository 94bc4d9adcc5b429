import type { ParameterHash } from '../identity.ts';
import type { Policies } from '../policies/load-policies.ts';
import { type Engine, parquetFiles, sqlDouble, sqlText } from './engine.ts';

/** Tables of the world that a profile is made from; absolute paths. */
export type WorldFiles = {
  readonly merchants: string;
  readonly zoneAlloc: string;
  readonly virtualClassification: string;
};

export type ProfileLaws = {
  readonly parameterHash: ParameterHash;
  readonly classes: Policies['merchant_class'];
  readonly scale: Policies['demand_scale'];
};

/**
 * Table `expected_profile`: class, role and volume of every merchant-zone of the world by the reference's
 * S1, in SQL: nothing of what S1 wrote, and none of its code. Powers may differ in the last bit between programs.
 */
export async function expectProfile(engine: Engine, files: WorldFiles, laws: ProfileLaws): Promise<void> {
  const { classes, scale, parameterHash } = laws;
  const { primary, tail } = classes.role_thresholds;
  const cap = scale.soft_cap;
  const message = `'5A.scale|per_site|' || merchant_id || '|' || legal_country_iso || '|' || tzid || ${sqlText(`|${parameterHash}`)}`;
  await engine.run(`
    create or replace table sector as
      select * from (values ${sectorRows(classes)}) as s(mcc, sector, card_present, card_not_present);
    create or replace table class_scale as
      select * from (values ${scaleRows(scale)}) as s(demand_class, median, alpha, clip, high_variability);
    create or replace table merchant_class as
      select m.merchant_id, m.channel as channel_group, v.virtual_mode,
        case v.virtual_mode ${casesOf(classes.virtual_classes, sqlText)}
          else case m.channel when 'card_present' then s.card_present else s.card_not_present end end as demand_class,
        case when v.virtual_mode = 'NON_VIRTUAL' then 'nonvirtual_branch.' || m.channel || '.' || s.sector
          else 'virtual_branch' end as class_source
      from ${parquetFiles([files.merchants])} m
      join ${parquetFiles([files.virtualClassification])} v using (merchant_id)
      join sector s using (mcc);
    create or replace table expected_profile as
    with placed as (
      select a.merchant_id, a.legal_country_iso, a.tzid, a.zone_site_count as sites, a.zone_site_count_sum as sites_of_country,
        m.* exclude (merchant_id), c.* exclude (demand_class),
        case when sites_of_country <= 0 then 'tail_zone'
          when sites::DOUBLE / sites_of_country >= ${sqlDouble(primary)} then 'primary_zone'
          when sites::DOUBLE / sites_of_country <= ${sqlDouble(tail)} then 'tail_zone'
          else 'secondary_zone' end as role
      from ${parquetFiles([files.zoneAlloc])} a
      join merchant_class m using (merchant_id)
      join class_scale c using (demand_class)
    ), drawn as (
      select *, case when sites > 0
        then least((('0x' || substr(sha256(${message}), 1, 16))::UBIGINT::DOUBLE + 0.5) / 18446744073709551616::DOUBLE, ${sqlDouble(1 - 2 ** -53)})
        end as unit
      from placed
    ), scaled as (
      select *, case when sites > 0 then ${sqlDouble(scale.global_multiplier)} * sites
          * least(clip, median / pow(2::DOUBLE, 1::DOUBLE / alpha) / pow(1::DOUBLE - unit, 1::DOUBLE / alpha))
          * case role ${casesOf(scale.zone_multipliers, sqlDouble)} end
          * pow(greatest(1, sites_of_country)::DOUBLE, ${sqlDouble(scale.brand_size_exponent)})
          * case virtual_mode ${casesOf(scale.virtual_multipliers, sqlDouble)} end
          * case channel_group ${casesOf(scale.channel_multipliers, sqlDouble)} end
        else 0::DOUBLE end as raw
      from drawn
    )
    select merchant_id, legal_country_iso, tzid, channel_group, demand_class, role as demand_subclass,
      demand_class || '.' || role || '.' || channel_group as profile_id, class_source,
      high_variability as high_variability_flag, virtual_mode <> 'NON_VIRTUAL' as virtual_preferred_flag,
      case when raw <= ${sqlDouble(cap.weekly)} then raw
        else least(${sqlDouble(cap.weekly)} + (raw - ${sqlDouble(cap.weekly)}) * ${sqlDouble(cap.ratio)},
          ${sqlDouble(Math.max(cap.weekly * cap.multiplier, cap.weekly))}) end as weekly,
      case when sites > 0 then weekly / (sites * median) else 0::DOUBLE end as scale_factor
    from scaled;`);
}

function sectorRows({ sectors }: Policies['merchant_class']): string {
  return Object.entries(sectors)
    .flatMap(([sector, { classes, mccs }]) => {
      const texts = [sector, classes.card_present, classes.card_not_present].map(sqlText).join(', ');
      return mccs.map((mcc) => `(${mcc}, ${texts})`);
    })
    .join(', ');
}

function scaleRows({ classes }: Policies['demand_scale']): string {
  return Object.entries(classes)
    .map(([name, { median, alpha, clip, high_variability }]) => {
      const figures = [median, alpha, clip].map(sqlDouble).join(', ');
      return `(${sqlText(name)}, ${figures}, ${high_variability})`;
    })
    .join(', ');
}

/** The arms of a `case` that looks a word up. */
function casesOf<Value>(values: Readonly<Record<string, Value>>, literal: (value: Value) => string): string {
  return Object.entries(values)
    .map(([word, value]) => `when ${sqlText(word)} then ${literal(value)}`)
    .join(' ');
}
