import {
  amount,
  channelGroup,
  count,
  demandClass,
  demandSubclass,
  flag,
  fraction,
  instant,
  integer,
  legalCountry,
  merchantId,
  nullable,
  pattern,
  scenarioId,
  text,
  tzid,
} from './columns.ts';
import type { Dataset } from './dataset.ts';

/**
 * The tables that the states write, below the run folder. S1 … S3 do not depend on the scenario, so a
 * run has one of each however many scenarios it has. Bulk tables are cut into merchant buckets.
 */

const root = 'data/layer2/5A';
const byRun = 'manifest_fingerprint={manifest_fingerprint}';
const byParameters = 'parameter_hash={parameter_hash}';
const byScenario = `${byRun}/scenario_id={scenario_id}`;
const byBucket = 'mbucket={mbucket}/part-0.parquet';

const pair = [merchantId, legalCountry, tzid];
const pairKey = ['merchant_id', 'legal_country_iso', 'tzid'];
const classZone = [demandClass, channelGroup, legalCountry, tzid];
const classZoneKey = ['demand_class', 'channel_group', 'legal_country_iso', 'tzid'];
const weekBucket = integer('bucket_index', 0, 10_079);
const horizonBucket = (name: string) => integer(name, 0, 2 ** 31 - 1);

/** Scenarios of the run with their horizons, from the world and the horizon policy (S0). */
export const scenarioManifest: Dataset = {
  table: {
    name: 'scenario_manifest_5A',
    columns: [
      scenarioId,
      pattern('scenario_version', String.raw`^v\d+\.\d+\.\d+$`),
      instant('horizon_start_utc'),
      instant('horizon_end_utc'),
      flag('is_baseline'),
      flag('is_stress'),
      // Joined by `;`.
      text('labels'),
    ],
    primaryKey: ['scenario_id'],
    sort: ['scenario_id'],
  },
  pathTemplate: `${root}/scenario_manifest/${byRun}/scenario_manifest_5A.parquet`,
};

/** Expected weekly arrivals of every merchant-zone (S1); zones without sites included, with 0. */
export const merchantZoneProfile: Dataset = {
  table: {
    name: 'merchant_zone_profile_5A',
    columns: [
      ...pair,
      channelGroup,
      demandClass,
      demandSubclass,
      pattern('profile_id', '^[a-z0-9_.]{1,64}$'),
      // Arrivals per local week.
      amount('weekly_volume_expected'),
      amount('scale_factor'),
      flag('high_variability_flag'),
      flag('low_volume_flag'),
      flag('virtual_preferred_flag'),
      pattern('class_source', '^(virtual_branch|nonvirtual_branch[.][a-z_]+[.][a-z_]+)$'),
    ],
    primaryKey: pairKey,
    sort: pairKey,
  },
  pathTemplate: `${root}/merchant_zone_profile/${byRun}/merchant_zone_profile_5A.parquet`,
};

/** The class that carries most of a merchant's volume (S1). */
export const merchantClassProfile: Dataset = {
  table: {
    name: 'merchant_class_profile_5A',
    columns: [
      merchantId,
      channelGroup,
      { ...demandClass, name: 'primary_demand_class' },
      // In catalogue order, joined by `;`.
      text('classes_seen'),
      amount('weekly_volume_total_expected'),
    ],
    primaryKey: ['merchant_id'],
    sort: ['merchant_id'],
  },
  pathTemplate: `${root}/merchant_class_profile/${byRun}/merchant_class_profile_5A.parquet`,
};

/** The buckets of the local week (S2). */
export const shapeGridDefinition: Dataset = {
  table: {
    name: 'shape_grid_definition_5A',
    columns: [
      weekBucket,
      integer('local_day_of_week', 1, 7),
      integer('local_minutes_since_midnight', 0, 1_439),
      integer('bucket_duration_minutes', 1, 1_440),
      flag('is_weekend'),
      flag('is_nominal_open_hours'),
    ],
    primaryKey: ['bucket_index'],
    sort: ['bucket_index'],
  },
  pathTemplate: `${root}/shape_grid_definition/${byParameters}/shape_grid_definition_5A.parquet`,
};

/**
 * Weekly shape of every class, channel group and zone of the run's world (S2). Which of them exist
 * depends on the world, so the fingerprint is in the path beside the parameter hash.
 */
export const classZoneShape: Dataset = {
  table: {
    name: 'class_zone_shape_5A',
    columns: [
      ...classZone,
      weekBucket,
      fraction('shape_value'),
      // What bent the bucket, joined by `;`.
      text('adjustment_flags'),
    ],
    primaryKey: [...classZoneKey, 'bucket_index'],
    sort: [...classZoneKey, 'bucket_index'],
  },
  pathTemplate: `${root}/class_zone_shape/${byParameters}/${byRun}/class_zone_shape_5A.parquet`,
};

/** The template and zone profile that each shape was made from (S2). */
export const classShapeCatalogue: Dataset = {
  table: {
    name: 'class_shape_catalogue_5A',
    columns: [
      ...classZone,
      pattern('template_id', String.raw`^[a-z0-9_]+\.[a-z_]+\.v[1-9]$`),
      count('candidate_templates'),
      pattern('zone_profile_id', String.raw`^zg\d+$`),
      nullable(pattern('zone_override_id', '^[a-z0-9_]{1,32}$')),
    ],
    primaryKey: classZoneKey,
    sort: classZoneKey,
  },
  pathTemplate: `${root}/class_shape_catalogue/${byParameters}/${byRun}/class_shape_catalogue_5A.parquet`,
};

/** λ_base = weekly · shape of every merchant-zone and week bucket (S3): expected arrivals in that bucket. */
export const merchantZoneBaseline: Dataset = {
  table: {
    name: 'merchant_zone_baseline_local_5A',
    columns: [...pair, channelGroup, weekBucket, amount('lambda_local_base')],
    primaryKey: [...pairKey, 'bucket_index'],
    sort: [...pairKey, 'bucket_index'],
  },
  pathTemplate: `${root}/merchant_zone_baseline_local/${byRun}/${byBucket}`,
};

/** Sum of the baseline over the merchants of a class, channel group and zone (S3). */
export const classZoneBaseline: Dataset = {
  table: {
    name: 'class_zone_baseline_local_5A',
    columns: [...classZone, weekBucket, amount('lambda_local_base_class')],
    primaryKey: [...classZoneKey, 'bucket_index'],
    sort: [...classZoneKey, 'bucket_index'],
  },
  pathTemplate: `${root}/class_zone_baseline_local/${byRun}/class_zone_baseline_local_5A.parquet`,
};

/** λ = λ_base · F by horizon bucket (S4). */
export const merchantZoneScenarioLocal: Dataset = {
  table: {
    name: 'merchant_zone_scenario_local_5A',
    columns: [
      ...pair,
      channelGroup,
      horizonBucket('local_horizon_bucket_index'),
      amount('lambda_local_scenario'),
      amount('overlay_factor_total'),
    ],
    primaryKey: [...pairKey, 'local_horizon_bucket_index'],
    sort: [...pairKey, 'local_horizon_bucket_index'],
  },
  pathTemplate: `${root}/merchant_zone_scenario_local/${byScenario}/${byBucket}`,
};

/** F by horizon bucket, on its own (S4). */
export const merchantZoneOverlayFactors: Dataset = {
  table: {
    name: 'merchant_zone_overlay_factors_5A',
    columns: [
      ...pair,
      channelGroup,
      horizonBucket('local_horizon_bucket_index'),
      amount('overlay_factor_total'),
    ],
    primaryKey: [...pairKey, 'local_horizon_bucket_index'],
    sort: [...pairKey, 'local_horizon_bucket_index'],
  },
  pathTemplate: `${root}/merchant_zone_overlay_factors/${byScenario}/${byBucket}`,
};

/** The same intensities by bucket of UTC (S4). */
export const merchantZoneScenarioUtc: Dataset = {
  table: {
    name: 'merchant_zone_scenario_utc_5A',
    columns: [
      ...pair,
      channelGroup,
      horizonBucket('utc_horizon_bucket_index'),
      amount('lambda_utc_scenario'),
    ],
    primaryKey: [...pairKey, 'utc_horizon_bucket_index'],
    sort: [...pairKey, 'utc_horizon_bucket_index'],
  },
  pathTemplate: `${root}/merchant_zone_scenario_utc/${byScenario}/${byBucket}`,
};

/** Findings of S5, in its bundle. */
export const validationIssueTable: Dataset = {
  table: {
    name: 'validation_issue_table_5A',
    columns: [
      nullable(scenarioId),
      pattern('segment', '^S[0-5]$'),
      pattern('check_id', '^[A-Z0-9_]+$'),
      pattern('issue_code', '^[A-Z0-9_]+$'),
      pattern('severity', '^(ERROR|WARN|INFO)$'),
      // Canonical JSON.
      text('context'),
      text('message'),
    ],
    primaryKey: [],
    sort: ['segment', 'check_id', 'issue_code', 'scenario_id'],
  },
  pathTemplate: 'issues/validation_issue_table_5A.parquet',
};

export const runDatasets: readonly Dataset[] = [
  classShapeCatalogue,
  classZoneBaseline,
  classZoneShape,
  merchantClassProfile,
  merchantZoneBaseline,
  merchantZoneOverlayFactors,
  merchantZoneProfile,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
  scenarioManifest,
  shapeGridDefinition,
  validationIssueTable,
];
