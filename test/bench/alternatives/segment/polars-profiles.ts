import { createHash } from 'node:crypto';
import pl, { type DataFrame } from 'nodejs-polars';
import type { Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import type { WorldFiles } from './inputs.ts';
import { classZoneKey, doubles, integers, pairKey, readFrame, text } from './polars-frames.ts';

/** The draw that a message says: 64 bits, and the same between 0 and 1. */
function drawOf(message: string): { readonly bits: bigint; readonly unit: number } {
  const bits = createHash('sha256').update(message).digest().readBigUInt64BE(0);
  return { bits, unit: (Number(bits) + 0.5) / 2 ** 64 };
}

/** S1: class, role and expected weekly volume of every merchant-zone. Polars has no hash, so the law is a loop. */
export function profiles(
  world: WorldFiles,
  { merchant_class: classes, demand_scale: scale, parameterHash }: Policies,
) {
  const sectors = Object.values(classes.sectors).flatMap(({ mccs, classes: byChannel }) =>
    mccs.flatMap((mcc) => Object.entries(byChannel).map(([channel, name]) => ({ mcc, channel, name }))),
  );
  const sectorClass = pl.DataFrame([
    integers(
      'mcc',
      sectors.map(({ mcc }) => mcc),
    ),
    text(
      'channel',
      sectors.map(({ channel }) => channel),
    ),
    text(
      'sector_class',
      sectors.map(({ name }) => name),
    ),
  ]);
  const domain = readFrame(world.zoneAlloc)
    .join(readFrame(world.merchants), { on: 'merchant_id' })
    .join(readFrame(world.virtualClassification), { on: 'merchant_id' })
    .join(sectorClass, { on: ['mcc', 'channel'], how: 'left' })
    .sort(pairKey);
  const rows = domain.toRecords().map((row) => {
    const mode = String(row.virtual_mode) as keyof typeof scale.virtual_multipliers;
    const channel = String(row.channel) as keyof typeof scale.channel_multipliers;
    const demandClass = (
      mode === 'NON_VIRTUAL' ? row.sector_class : classes.virtual_classes[mode]
    ) as keyof typeof scale.classes;
    const [sites, all] = [Number(row.zone_site_count), Number(row.zone_site_count_sum)];
    const share = all <= 0 ? 0 : sites / all;
    const role =
      share >= classes.role_thresholds.primary
        ? 'primary_zone'
        : share <= classes.role_thresholds.tail
          ? 'tail_zone'
          : 'secondary_zone';
    const law = scale.classes[demandClass];
    let weekly = 0;
    if (sites > 0) {
      const key = `${row.merchant_id}|${row.legal_country_iso}|${row.tzid}`;
      const { unit } = drawOf(`5A.scale|per_site|${key}|${parameterHash}`);
      const perSite = Math.min(law.clip, law.median / 2 ** (1 / law.alpha) / (1 - unit) ** (1 / law.alpha));
      weekly =
        scale.global_multiplier *
        sites *
        perSite *
        scale.zone_multipliers[role] *
        Math.max(1, all) ** scale.brand_size_exponent *
        scale.virtual_multipliers[mode] *
        scale.channel_multipliers[channel];
      const { weekly: cap, ratio, multiplier } = scale.soft_cap;
      if (weekly > cap) weekly = Math.min(cap + (weekly - cap) * ratio, Math.max(cap * multiplier, cap));
    }
    return {
      demandClass,
      role,
      mode,
      channel,
      weekly,
      factor: sites > 0 ? weekly / (sites * law.median) : 0,
      law,
    };
  });
  const words = (name: string, of: (row: (typeof rows)[number]) => string) => text(name, rows.map(of));
  const flags = (name: string, of: (row: (typeof rows)[number]) => boolean) =>
    pl.Series(name, rows.map(of), pl.Bool);
  return pl.DataFrame([
    ...pairKey.map((name) => domain.getColumn(name)),
    words('channel_group', ({ channel }) => channel),
    words('demand_class', ({ demandClass }) => demandClass),
    words('demand_subclass', ({ role }) => role),
    words('profile_id', ({ demandClass, role, channel }) => `${demandClass}.${role}.${channel}`),
    doubles(
      'weekly_volume_expected',
      rows.map(({ weekly }) => weekly),
    ),
    doubles(
      'scale_factor',
      rows.map(({ factor }) => factor),
    ),
    flags('high_variability_flag', ({ law }) => law.high_variability),
    flags('low_volume_flag', ({ weekly }) => weekly < scale.low_volume_below),
    flags('virtual_preferred_flag', ({ mode }) => mode !== 'NON_VIRTUAL'),
  ]);
}

/** S2: the weekly shape of every class, channel group and zone of the profile. */
export function shapes(profile: DataFrame, policies: Policies): DataFrame {
  const { shape_library: library, zone_modifiers: modifiers, parameterHash } = policies;
  const size = policies.shape_time_grid.bucket_minutes;
  const buckets = 10_080 / size;
  const classZones = profile
    .select(...classZoneKey)
    .unique()
    .sort(classZoneKey);
  const values: number[] = [];
  for (const row of classZones.toRecords()) {
    const [name, channel, country, tzid] = classZoneKey.map((key) => String(row[key]));
    const rule = library.rules.find((one) => one.class === name && one.channel_group === channel);
    const { bits, unit } = drawOf(`5A.S2.template|${name}|${channel}|${tzid}|${parameterHash}`);
    const template =
      rule?.candidates[Math.min(Math.floor(unit * rule.candidates.length), rule.candidates.length - 1)];
    const override = modifiers.overrides.find(
      (one) =>
        (one.countries?.includes(country ?? '') ?? true) &&
        (one.tzids?.includes(tzid ?? '') ?? true) &&
        (one.tzid_prefixes?.some((prefix) => tzid?.startsWith(prefix)) ?? true),
    );
    const id = override?.profile ?? `zg${bits % BigInt(modifiers.profiles.length)}`;
    const zone = modifiers.profiles.find((one) => one.id === id);
    if (template === undefined || zone === undefined) throw new Error(`no shape for ${name} in ${tzid}`);
    const bent = Array.from({ length: buckets }, (_, k) => {
      const [weekday, minute] = [Math.floor((k * size) / 1_440), (k * size) % 1_440];
      const level = template.peaks.reduce(
        (sum, { centre, sigma, amplitude }) =>
          sum + amplitude * Math.exp(-0.5 * ((minute - centre) / sigma) ** 2),
        template.floor,
      );
      const value = ((template.weekday_weights[weekday] ?? 0) * level) ** template.power;
      return zone.windows.reduce(
        (sum, { days, start_minute: start, end_minute: end, multiplier }) => {
          const inside = start < end ? minute >= start && minute < end : minute >= start || minute < end;
          return inside && days.includes(weekday + 1) ? sum * multiplier : sum;
        },
        value * (zone.weekday_multipliers[weekday] ?? 1),
      );
    });
    const total = bent.reduce((sum, value) => sum + value, 0);
    for (const value of bent) values.push(value / total);
  }
  const week = pl.DataFrame([
    integers(
      'bucket_index',
      Array.from({ length: buckets }, (_, k) => k),
    ),
  ]);
  return classZones
    .lazy()
    .join(week.lazy(), { how: 'cross', maintainOrder: 'left_right' })
    .collectSync()
    .withColumns(doubles('shape_value', values));
}
