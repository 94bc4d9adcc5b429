import type { Table } from '../../tables/columns.ts';
import { dataFault } from '../frame/segment-failure.ts';
import { f64Values, i32Values, strings, textOf } from '../frame/table-access.ts';
import type { BaselineShapes } from '../s3/compute-baseline.ts';
import { classZonesOf } from './class-zones.ts';

/**
 * The shapes of a published class_zone_shape, aligned with the class-zones of a profile: the table must
 * hold exactly those, in their order, each with every bucket of the grid. Proven row by row, not
 * trusted. Throws `S3_DOMAIN_ALIGNMENT_FAILED` or `S3_SHAPE_JOIN_FAILED` (65).
 */
export function alignedShapes(profile: Table, shapeTable: Table, buckets: number): BaselineShapes {
  const classZones = classZonesOf(profile);
  if (shapeTable.rows !== classZones.count * buckets) {
    misaligned(
      'rows',
      String(shapeTable.rows),
      `${classZones.count} class-zones of ${buckets} buckets are expected`,
    );
  }
  const keys = [
    { name: 'demand_class', codes: classZones.classCodes },
    { name: 'channel_group', codes: classZones.channelCodes },
    { name: 'legal_country_iso', codes: classZones.countryCodes },
    { name: 'tzid', codes: classZones.zoneCodes },
  ];
  for (const { name, codes } of keys) {
    const own = strings(shapeTable, name);
    const { dictionary } = strings(profile, name);
    // Code in the profile's dictionary of each text of the shape table.
    const translated = Int32Array.from(own.dictionary, (text) => dictionary.indexOf(text));
    for (let row = 0; row < shapeTable.rows; row += 1) {
      if (translated[own.codes[row] ?? 0] === codes[Math.floor(row / buckets)]) continue;
      misaligned(`row ${row}, column ${name}`, textOf(own, row), 'the profile has another class-zone here');
    }
  }
  const bucketIndex = i32Values(shapeTable, 'bucket_index');
  for (let row = 0; row < shapeTable.rows; row += 1) {
    if (bucketIndex[row] === row % buckets) continue;
    dataFault({
      code: 'S3_SHAPE_JOIN_FAILED',
      message: 'a shape has not every bucket of the week once, in order',
      where: `class_zone_shape_5A row ${row}, column bucket_index`,
      value: String(bucketIndex[row]),
      remedy: 'Run S2 again in a clean candidate.',
    });
  }
  return { classZones, buckets, values: f64Values(shapeTable, 'shape_value') };
}

function misaligned(where: string, value: string, message: string): never {
  return dataFault({
    code: 'S3_DOMAIN_ALIGNMENT_FAILED',
    message: `class_zone_shape_5A does not fit the profile: ${message}`,
    where: `class_zone_shape_5A ${where}`,
    value,
    remedy: 'Run S2 again in a clean candidate.',
  });
}
