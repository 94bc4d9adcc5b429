import type { ValidationPolicy } from '../policies/validation.ts';
import { demandClasses } from '../vocabulary.ts';
import { type CheckList, unlessFound } from './check.ts';
import { countIn, type Engine, parquetFiles, sqlDouble, sqlText } from './engine.ts';
import { expectProfile, type ProfileLaws, type WorldFiles } from './expected-profile.ts';
import { bad, exactSum, finding } from './row-findings.ts';

/** The checks of S1, each over every row. `profile` of the expectation is there. */
export async function checkProfile(
  engine: Engine,
  checks: CheckList,
  files: { readonly world: WorldFiles; readonly classProfile: string },
  laws: ProfileLaws & { readonly tolerances: ValidationPolicy['tolerances'] },
): Promise<void> {
  await checks.run('S1_PK_VALID', 'S1', async () => {
    const row = await engine.one(
      `select count(*) as rows, count(distinct (merchant_id, legal_country_iso, tzid)) as keys from profile`,
    );
    const [rows, keys] = [countIn(row, 'rows'), countIn(row, 'keys')];
    return unlessFound(
      { rows, keys },
      finding('S1_DUPLICATE_KEY', rows - keys, 'rows of the profile repeat a key'),
    );
  });
  await checks.run('S1_REQUIRED_FIELDS', 'S1', async () => {
    const row =
      await engine.one(`select count(*) filter (where merchant_id is null or legal_country_iso is null
      or tzid is null or channel_group is null or demand_class is null) as missing from profile`);
    const missing = countIn(row, 'missing');
    return unlessFound({ missing }, finding('S1_FIELD_MISSING', missing, 'rows of the profile lack a field'));
  });
  await checks.run('S1_SCALE_NONNEG_FINITE', 'S1', async () => {
    const row = await engine.one(
      `select count(*) filter (where ${bad('weekly_volume_expected')} or ${bad('scale_factor')}) as bad from profile`,
    );
    const count = countIn(row, 'bad');
    return unlessFound(
      { bad: count },
      finding('S1_SCALE_INVALID', count, 'scales are not finite numbers of at least 0'),
    );
  });
  await checks.run('S1_DOMAIN_PARITY', 'S1', async () => {
    const keys = 'merchant_id, legal_country_iso, tzid';
    const wanted = `select ${keys} from ${parquetFiles([files.world.zoneAlloc])}`;
    const row = await engine.one(`select
      (select count(*) from (${wanted}) anti join profile using (${keys})) as missing,
      (select count(*) from profile anti join (${wanted}) using (${keys})) as foreign_rows`);
    const [missing, foreign] = [countIn(row, 'missing'), countIn(row, 'foreign_rows')];
    return unlessFound({ missing, foreign }, [
      ...finding('S1_PAIR_MISSING', missing, 'merchant-zones of the world are not in the profile'),
      ...finding('S1_PAIR_FOREIGN', foreign, 'rows of the profile are no merchant-zone of the world'),
    ]);
  });
  await checks.run('S1_RECOMPOSITION', 'S1', async () => {
    await expectProfile(engine, files.world, laws);
    const relative = sqlDouble(laws.tolerances.shape_recomputation.relative);
    const off = (found: string, expected: string) =>
      `coalesce(abs(p.${found} - e.${expected}) <= ${relative} * e.${expected}, false) = false`;
    const same = [
      ...['channel_group', 'demand_class', 'demand_subclass', 'profile_id', 'class_source'],
      ...['high_variability_flag', 'virtual_preferred_flag'],
    ].map((name) => `p.${name} is distinct from e.${name}`);
    const low = `p.low_volume_flag is distinct from (p.weekly_volume_expected < ${sqlDouble(laws.scale.low_volume_below)})`;
    const row = await engine.one(`select count(*) as rows,
        count(*) filter (where ${[...same, low].join(' or ')}) as classes,
        count(*) filter (where ${off('weekly_volume_expected', 'weekly')} or ${off('scale_factor', 'scale_factor')}) as volumes
      from profile p left join expected_profile e using (merchant_id, legal_country_iso, tzid)`);
    const [classes, volumes] = [countIn(row, 'classes'), countIn(row, 'volumes')];
    return unlessFound({ rows: countIn(row, 'rows'), classes, volumes }, [
      ...finding(
        'S1_CLASS_DIFFERS',
        classes,
        'rows have another class, role or flag than the world gives them',
      ),
      ...finding('S1_VOLUME_DIFFERS', volumes, 'rows have another volume than the world gives them'),
    ]);
  });
  await checkClassProfile(engine, checks, files.classProfile, laws.tolerances);
}

/** The classes of every merchant, from the rows of the profile: of equal volume the class that the catalogue has first. */
async function checkClassProfile(
  engine: Engine,
  checks: CheckList,
  path: string,
  { weekly_sum: { absolute, relative } }: ValidationPolicy['tolerances'],
): Promise<void> {
  const catalogue = `list_position([${demandClasses.map(sqlText).join(', ')}], demand_class)`;
  await checks.run('S1_CLASS_PROFILE', 'S1', async () => {
    const row = await engine.one(`
      with by_class as (
        select merchant_id, any_value(channel_group) as channel_group, demand_class, count(*) as rows,
          ${exactSum('weekly_volume_expected')} as volume
        from profile group by merchant_id, demand_class
      ), totalled as (
        select *, sum(volume) over (partition by merchant_id) as total from by_class
      ), ranked as (
        select *, row_number() over (
          partition by merchant_id order by case when total > 0 then volume else rows end desc, ${catalogue}) as place
        from totalled
      ), expected as (
        select merchant_id, any_value(channel_group) as channel_group, any_value(total) as total,
          any_value(demand_class) filter (where place = 1) as demand_class,
          string_agg(demand_class, ';' order by ${catalogue}) as seen
        from ranked group by merchant_id
      ), found as (select * from ${parquetFiles([path])})
      select (select count(*) from found) as rows,
        (select count(*) - count(distinct merchant_id) from found)
          + count(*) filter (where f.merchant_id is null or e.merchant_id is null) as keys,
        count(*) filter (where f.merchant_id = e.merchant_id and (f.channel_group is distinct from e.channel_group
          or f.primary_demand_class is distinct from e.demand_class or f.classes_seen is distinct from e.seen)) as classes,
        count(*) filter (where f.merchant_id = e.merchant_id and (${bad('f.weekly_volume_total_expected')}
          or (abs(f.weekly_volume_total_expected - e.total) > ${sqlDouble(absolute)}
            and abs(f.weekly_volume_total_expected - e.total) / greatest(e.total, 1) > ${sqlDouble(relative)}))) as totals
      from expected e full join found f on f.merchant_id = e.merchant_id`);
    const [keys, classes, totals] = [countIn(row, 'keys'), countIn(row, 'classes'), countIn(row, 'totals')];
    return unlessFound({ rows: countIn(row, 'rows'), keys, classes, totals }, [
      ...finding('S1_MERCHANT_KEYS', keys, 'merchants are missing, foreign, or stand twice'),
      ...finding('S1_MERCHANT_CLASS', classes, 'merchants have other classes than their zones'),
      ...finding('S1_MERCHANT_TOTAL', totals, 'merchants have another total than their zones add up to'),
    ]);
  });
}
