import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  classShapeCatalogue,
  classZoneShape,
  shapeGridDefinition,
} from '../../../../lib/segment-5a/datasets.ts';
import { f64Values, i32Values, strings, textOf } from '../../../../lib/segment-5a/frame/table-access.ts';
import { computeShapes, type ShapePolicies } from '../../../../lib/segment-5a/s2/compute-shapes.ts';
import { catalogueTable, gridTable, shapeTable } from '../../../../lib/segment-5a/s2/shape-tables.ts';
import { encodeStrings, type Table, tableFrom } from '../../../../lib/tables/columns.ts';
import { validateTable } from '../../../../lib/tables/validate-table.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const policies = await shippedPolicies();

type Row = readonly [demandClass: string, channel: string, country: string, tzid: string];

function profile(rows: readonly Row[]): Table {
  const column = (at: 0 | 1 | 2 | 3) => encodeStrings(rows.map((row) => row[at]));
  return tableFrom({
    demand_class: column(0),
    channel_group: column(1),
    legal_country_iso: column(2),
    tzid: column(3),
  });
}

const rows: readonly Row[] = [
  ['office_hours', 'card_present', 'US', 'America/New_York'],
  ['online_24h', 'card_not_present', 'AE', 'Asia/Dubai'],
  ['office_hours', 'card_not_present', 'US', 'America/New_York'],
  ['office_hours', 'card_present', 'US', 'America/Chicago'],
  ['office_hours', 'card_present', 'US', 'America/New_York'],
  ['office_hours', 'card_present', 'DE', 'Europe/Berlin'],
];

const shapesOf = (change: Partial<ShapePolicies> = {}) =>
  computeShapes(profile(rows), { ...policies, ...change }, policies.parameterHash);

test('every distinct class-zone once, ascending, whatever the order of the dictionaries', () => {
  const catalogue = catalogueTable(profile(rows), shapesOf());
  const keys = Array.from({ length: catalogue.rows }, (_, row) =>
    ['demand_class', 'channel_group', 'legal_country_iso', 'tzid']
      .map((name) => textOf(strings(catalogue, name), row))
      .join('|'),
  );
  assert.deepEqual(keys, [...new Set(rows.map((row) => row.join('|')))].toSorted());
  validateTable(classShapeCatalogue.table, catalogue);
});

test('the tables keep their schemas, order and keys; shapes add up to 1', () => {
  const shapes = shapesOf();
  const table = shapeTable(profile(rows), shapes);
  validateTable(classZoneShape.table, table);
  validateTable(shapeGridDefinition.table, gridTable(shapes.grid));
  const values = f64Values(table, 'shape_value');
  const buckets = i32Values(table, 'bucket_index');
  for (let row = 0; row < table.rows; row += 168) {
    const sum = values.subarray(row, row + 168).reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(sum - 1) < 1e-12);
    assert.deepEqual([buckets[row], buckets[row + 167]], [0, 167]);
  }
});

test('the catalogue says what was drawn, and an override where there is one', () => {
  const catalogue = catalogueTable(profile(rows), shapesOf());
  const override = strings(catalogue, 'zone_override_id');
  const zones = strings(catalogue, 'tzid');
  const profiles = strings(catalogue, 'zone_profile_id');
  const templates = strings(catalogue, 'template_id');
  const classes = strings(catalogue, 'demand_class');
  for (let row = 0; row < catalogue.rows; row += 1) {
    const inGulf = textOf(zones, row) === 'Asia/Dubai';
    assert.equal(override.nulls?.[row], inGulf ? 0 : 1);
    if (inGulf) assert.equal(textOf(profiles, row), 'zg4');
    assert.ok(textOf(templates, row).startsWith(`${textOf(classes, row)}.`));
  }
});

test('class-zones of the same template and profile share one computed shape', () => {
  const { chosen } = shapesOf();
  const distinct = new Set(chosen);
  const keys = new Set(
    chosen.map(({ template, choice }) => `${template.id}|${choice.profile.id}|${choice.override}`),
  );
  assert.equal(distinct.size, keys.size);
});

test('a shape below a floor of the library is refused, naming template and profile', () => {
  const floors = { ...policies.shape_library.floors, night_mass: 0.9 };
  assert.throws(
    () => shapesOf({ shape_library: { ...policies.shape_library, floors } }),
    (error) => {
      assert.ok(isPlatformError(error));
      assert.equal(error.failure.code, 'S2_SHAPE_NORMALISATION_FAILED');
      assert.match(`${error.failure.where}`, /office_hours\.card_not_present\.v\d under .*zg\d/);
      return true;
    },
  );
});

test('a class-zone that no rule covers is refused', () => {
  const rules = policies.shape_library.rules.filter((rule) => rule.class !== 'online_24h');
  assert.throws(
    () => shapesOf({ shape_library: { ...policies.shape_library, rules } }),
    (error) => isPlatformError(error) && error.failure.code === 'S2_TEMPLATE_RESOLUTION_FAILED',
  );
});
