import { test } from 'node:test';
import {
  classShapeCatalogue,
  classZoneBaseline,
  classZoneShape,
  merchantZoneBaseline,
  shapeGridDefinition,
} from '../../../lib/segment-5a/datasets.ts';
import { changedValue, flipped, named, nextDouble, removed, swapped, throughout } from './changes.ts';
import { createSpoilableRun, type Mutation } from './spoilable-run.ts';

const { assertFound } = await createSpoilableRun();

const mutations: readonly Mutation[] = [
  {
    what: 'shapes: one part in a billion',
    dataset: classZoneShape,
    change: changedValue('shape_value', (value) => value * (1 + 1e-9)),
    check: 'S2_RECOMPOSITION',
    issue: 'S2_SHAPE_DIFFERS',
  },
  {
    what: 'baseline: the last bit',
    dataset: merchantZoneBaseline,
    change: changedValue('lambda_local_base', nextDouble),
    check: 'S3_RECOMPOSITION',
    issue: 'S3_LAMBDA_DIFFERS',
  },
  ...(
    [
      ['local_minutes_since_midnight', () => 7],
      ['local_day_of_week', () => 6],
      ['bucket_duration_minutes', () => 30],
      ['is_weekend', () => 1],
      ['is_nominal_open_hours', flipped],
    ] as const
  ).map(
    ([column, change]): Mutation => ({
      what: `grid: ${column} of every hour`,
      dataset: shapeGridDefinition,
      change: throughout(column, change),
      check: 'S2_GRID_VALID',
      issue: 'S2_GRID_COLUMNS',
    }),
  ),
  ...(
    [
      ['candidate_templates', changedValue('candidate_templates', () => 99)],
      ['template_id', named('template_id', 'online_24h.card_present.v9')],
      ['zone_profile_id', named('zone_profile_id', 'zg99')],
      ['zone_override_id', named('zone_override_id', 'nobody')],
    ] as const
  ).map(
    ([column, change]): Mutation => ({
      what: `catalogue: another ${column}`,
      dataset: classShapeCatalogue,
      change,
      check: 'S2_CATALOGUE',
      issue: 'S2_CHOICE_DIFFERS',
    }),
  ),
  {
    what: 'catalogue: a row removed',
    dataset: classShapeCatalogue,
    change: removed,
    check: 'S2_CATALOGUE',
    issue: 'S2_CATALOGUE_KEYS',
  },
  {
    what: 'shapes: another flag',
    dataset: classZoneShape,
    change: named('adjustment_flags', 'zone_window:nobody'),
    check: 'S2_RECOMPOSITION',
    issue: 'S2_FLAGS_DIFFER',
  },
  {
    what: 'class baseline: all of it',
    dataset: classZoneBaseline,
    change: throughout('lambda_local_base_class', (value) => value * 3 + 1),
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_SUM',
  },
  {
    what: 'class baseline: one hour of a class',
    dataset: classZoneBaseline,
    change: changedValue('lambda_local_base_class', (value) => value * 1.01 + 0.001),
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_SUM',
  },
  {
    what: 'class baseline: an hour removed',
    dataset: classZoneBaseline,
    change: removed,
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_KEYS',
  },
  {
    what: 'class baseline: of a zone that nobody has',
    dataset: classZoneBaseline,
    change: changedValue('tzid', () => 0),
    check: 'S3_CLASS_SUMS',
    issue: 'S3_CLASS_KEYS',
  },
  {
    what: 'grid: an hour removed',
    dataset: shapeGridDefinition,
    change: removed,
    check: 'S2_GRID_VALID',
    issue: 'S2_GRID_INVALID',
  },
  {
    what: 'shapes: a negative value',
    dataset: classZoneShape,
    change: changedValue('shape_value', (value) => -value),
    check: 'S2_SHAPES_NONNEG',
    issue: 'S2_SHAPE_INVALID',
  },
  {
    what: 'shapes: one that adds up to more than 1',
    dataset: classZoneShape,
    change: changedValue('shape_value', (value) => value + 0.01),
    check: 'S2_SHAPES_SUM_TO_ONE',
    issue: 'S2_SHAPE_SUM',
  },
  {
    what: 'shapes: an hour removed',
    dataset: classZoneShape,
    change: removed,
    check: 'S2_DOMAIN_COVERS_S1',
    issue: 'S2_SHAPE_INCOMPLETE',
  },
  {
    what: 'shapes: of a zone that nobody has',
    dataset: classZoneShape,
    change: changedValue('tzid', () => 0),
    check: 'S2_DOMAIN_COVERS_S1',
    issue: 'S2_SHAPE_FOREIGN',
  },
  {
    what: 'baseline: infinite',
    dataset: merchantZoneBaseline,
    change: changedValue('lambda_local_base', () => Number.POSITIVE_INFINITY),
    check: 'S3_LAMBDA_NONNEG_FINITE',
    issue: 'S3_LAMBDA_INVALID',
  },
  {
    what: 'baseline: two rows swapped',
    dataset: merchantZoneBaseline,
    change: swapped,
    check: 'S3_DOMAIN_PARITY',
    issue: 'S3_KEY_MISMATCH',
  },
  {
    what: 'baseline: a row removed',
    dataset: merchantZoneBaseline,
    change: removed,
    check: 'S3_DOMAIN_PARITY',
    issue: 'S3_ROW_COUNT',
  },
  {
    what: 'baseline: a week that is not its volume',
    dataset: merchantZoneBaseline,
    change: changedValue('lambda_local_base', (value) => value * 2),
    check: 'S3_WEEKLY_SUM_VS_SCALE',
    issue: 'S3_WEEKLY_SUM',
  },
];

for (const mutation of mutations) {
  test(`FAIL, naming it: ${mutation.what}`, () => assertFound(mutation));
}
