import type { DuckDBConnection } from '@duckdb/node-api';
import type { Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';

/** A value as an SQL literal; numbers as DOUBLE with all their bits. */
type Cell = string | number | boolean | null;

function literal(cell: Cell): string {
  if (cell === null || typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'number') return `'${cell}'::double`;
  return `'${cell.replaceAll("'", "''")}'`;
}

/** A table out of rows of policy values. */
async function load(
  database: DuckDBConnection,
  name: string,
  columns: string,
  rows: readonly (readonly Cell[])[],
) {
  await database.run(`create table ${name} (${columns})`);
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`);
  if (values.length > 0) await database.run(`insert into ${name} values ${values.join(', ')}`);
}

/** Every policy that the SQL of S1 and S2 joins with, as small tables. */
export async function loadPolicyTables(database: DuckDBConnection, policies: Policies): Promise<void> {
  const {
    merchant_class: classes,
    demand_scale: scale,
    shape_library: library,
    zone_modifiers: zones,
  } = policies;
  await load(
    database,
    'sector_class',
    'mcc integer, channel_group varchar, demand_class varchar',
    Object.values(classes.sectors).flatMap(({ mccs, classes: byChannel }) =>
      mccs.flatMap((mcc) => Object.entries(byChannel).map(([channel, name]) => [mcc, channel, name])),
    ),
  );
  const map = (name: string, column: string, value: string, entries: Readonly<Record<string, Cell>>) =>
    load(database, name, `${column} varchar, ${value}`, Object.entries(entries));
  await map('virtual_class', 'virtual_mode', 'demand_class varchar', classes.virtual_classes);
  await map('zone_multiplier', 'role', 'multiplier double', scale.zone_multipliers);
  await map('virtual_multiplier', 'virtual_mode', 'multiplier double', scale.virtual_multipliers);
  await map('channel_multiplier', 'channel_group', 'multiplier double', scale.channel_multipliers);
  await load(
    database,
    'class_scale',
    'demand_class varchar, median double, alpha double, clip double, high_variability boolean',
    Object.entries(scale.classes).map(([name, c]) => [name, c.median, c.alpha, c.clip, c.high_variability]),
  );
  const templates = library.rules.flatMap(({ candidates }) => candidates);
  await load(
    database,
    'candidates',
    'demand_class varchar, channel_group varchar, place integer, candidates integer, template varchar',
    library.rules.flatMap((rule) =>
      rule.candidates.map(({ id }, place) => [
        rule.class,
        rule.channel_group,
        place,
        rule.candidates.length,
        id,
      ]),
    ),
  );
  await load(
    database,
    'template_weight',
    'template varchar, floor double, power double, weekday integer, weight double',
    templates.flatMap(({ id, floor, power, weekday_weights: weights }) =>
      weights.map((weight, day) => [id, floor, power, day + 1, weight]),
    ),
  );
  await load(
    database,
    'template_peak',
    'template varchar, centre double, sigma double, amplitude double',
    templates.flatMap(({ id, peaks }) => peaks.map((peak) => [id, peak.centre, peak.sigma, peak.amplitude])),
  );
  await load(
    database,
    'zone_profile',
    'profile varchar, weekday integer, multiplier double',
    zones.profiles.flatMap(({ id, weekday_multipliers: multipliers }) =>
      multipliers.map((multiplier, day) => [id, day + 1, multiplier]),
    ),
  );
  await load(
    database,
    'zone_window',
    'profile varchar, weekday integer, start_minute integer, end_minute integer, multiplier double',
    zones.profiles.flatMap(({ id, windows }) =>
      windows.flatMap((window) =>
        window.days.map((day) => [id, day, window.start_minute, window.end_minute, window.multiplier]),
      ),
    ),
  );
  await load(
    database,
    'zone_override',
    'place integer, country varchar, tzid varchar, prefix varchar, profile varchar',
    zones.overrides.flatMap(
      ({ countries = [null], tzids = [null], tzid_prefixes: prefixes = [null], profile }, place) =>
        countries.flatMap((country) =>
          tzids.flatMap((tzid) => prefixes.map((prefix) => [place, country, tzid, prefix, profile])),
        ),
    ),
  );
  const { bucket_minutes: size } = policies.shape_time_grid;
  await database.run(`
    create table grid as select k::integer as k, (1 + k * ${size} // 1440)::integer as weekday,
      (k * ${size} % 1440)::integer as minute from range(${10_080 / size}) as week(k);
    create table template_value as
      select w.template, g.k, pow(w.weight * (any_value(w.floor)
        + sum(p.amplitude * exp(-0.5 * pow((g.minute - p.centre) / p.sigma, 2)))), any_value(w.power)) as value
      from template_weight w join grid g using (weekday) join template_peak p using (template)
      group by w.template, g.k, w.weight;
    create table profile_multiplier as
      select z.profile, g.k, any_value(z.multiplier) * coalesce(product(w.multiplier), 1) as multiplier
      from zone_profile z join grid g using (weekday)
      left join zone_window w on w.profile = z.profile and w.weekday = g.weekday
        and case when w.start_minute < w.end_minute then g.minute >= w.start_minute and g.minute < w.end_minute
          else g.minute >= w.start_minute or g.minute < w.end_minute end
      group by z.profile, g.k`);
}
