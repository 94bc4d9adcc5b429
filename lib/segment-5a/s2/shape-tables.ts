import type { Table } from '../../tables/columns.ts';
import {
  booleanColumn,
  f64Column,
  i32Column,
  newDictionary,
  stringColumn,
  tableOf,
} from '../frame/build-columns.ts';
import { strings } from '../frame/table-access.ts';
import type { WeekGrid } from '../laws/week-grid.ts';
import { adjustmentFlags } from '../laws/weekly-shape.ts';
import type { ClassZones } from './class-zones.ts';
import type { Shapes } from './compute-shapes.ts';

/** The grid as a table, one row a bucket of the week. */
export function gridTable(grid: WeekGrid): Table {
  return tableOf(grid.buckets, {
    bucket_index: i32Column(Int32Array.from({ length: grid.buckets }, (_, k) => k)),
    local_day_of_week: i32Column(grid.weekday),
    local_minutes_since_midnight: i32Column(grid.minute),
    bucket_duration_minutes: i32Column(new Int32Array(grid.buckets).fill(grid.bucketMinutes)),
    is_weekend: booleanColumn(grid.weekend),
    is_nominal_open_hours: booleanColumn(grid.nominalOpen),
  });
}

/** The four key columns of class-zones, each repeated `times` times in a row. */
export function classZoneKeyColumns(profile: Table, classZones: ClassZones, times: number) {
  const repeated = (name: string, codes: Uint32Array) => {
    const out = new Uint32Array(codes.length * times);
    for (const [index, code] of codes.entries()) out.fill(code, index * times, (index + 1) * times);
    return stringColumn(out, strings(profile, name).dictionary);
  };
  return {
    demand_class: repeated('demand_class', classZones.classCodes),
    channel_group: repeated('channel_group', classZones.channelCodes),
    legal_country_iso: repeated('legal_country_iso', classZones.countryCodes),
    tzid: repeated('tzid', classZones.zoneCodes),
  };
}

/** 0 … buckets − 1, over and over, for `groups` groups. */
export function bucketIndexColumn(groups: number, buckets: number): Int32Array {
  const out = new Int32Array(groups * buckets);
  for (let k = 0; k < buckets; k += 1) out[k] = k;
  for (let filled = buckets; filled < out.length; filled *= 2) out.copyWithin(filled, 0, filled);
  return out;
}

/** The shapes as a table, sorted by class, channel group, country, zone and bucket. */
export function shapeTable(profile: Table, shapes: Shapes): Table {
  const { grid, classZones, chosen } = shapes;
  const rows = classZones.count * grid.buckets;
  const flags = newDictionary();
  const flagsOf = new Map<(typeof chosen)[number], Uint32Array>();
  const flagCodes = new Uint32Array(rows);
  for (const [index, shape] of chosen.entries()) {
    let codes = flagsOf.get(shape);
    if (codes === undefined) {
      codes = Uint32Array.from({ length: grid.buckets }, (_, k) =>
        flags.codeOf(adjustmentFlags(shape.choice, grid, k)),
      );
      flagsOf.set(shape, codes);
    }
    flagCodes.set(codes, index * grid.buckets);
  }
  return tableOf(rows, {
    ...classZoneKeyColumns(profile, classZones, grid.buckets),
    bucket_index: i32Column(bucketIndexColumn(classZones.count, grid.buckets)),
    shape_value: f64Column(shapes.values),
    adjustment_flags: stringColumn(flagCodes, flags.entries),
  });
}

/** Which template and zone profile each class-zone drew. */
export function catalogueTable(profile: Table, shapes: Shapes): Table {
  const { chosen, classZones } = shapes;
  const coded = (textOf: (shape: (typeof chosen)[number]) => string) => {
    const dictionary = newDictionary();
    const codes = Uint32Array.from(chosen, (shape) => dictionary.codeOf(textOf(shape)));
    return stringColumn(codes, dictionary.entries);
  };
  const override = coded(({ choice }) => choice.override ?? '');
  return tableOf(classZones.count, {
    ...classZoneKeyColumns(profile, classZones, 1),
    template_id: coded(({ template }) => template.id),
    candidate_templates: i32Column(Int32Array.from(chosen, ({ candidates }) => candidates)),
    zone_profile_id: coded(({ choice }) => choice.profile.id),
    zone_override_id: {
      ...override,
      nulls: Uint8Array.from(chosen, ({ choice }) => (choice.override === undefined ? 1 : 0)),
    },
  });
}
