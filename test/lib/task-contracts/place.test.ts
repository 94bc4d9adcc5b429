import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filePlaceSchema, placeSchema } from '../../../lib/task-contracts/place.ts';

for (const [place, accepted] of [
  ['/runs', true],
  ['s3://lake-bucket/lake/runs', true],
  ['s3://lake-bucket/lake/runs/7f20e9d97dad4ff5ac639bbc41749fb0', true],
  ['runs', false],
  ['./runs', false],
  ['s3://lake-bucket', false],
  ['s3://lake-bucket/', false],
  ['s3://lake-bucket/lake/runs/', false],
  ['s3://Lake/lake', false],
  ['s3:/lake-bucket/lake', false],
  ['s3://lake-bucket/a b', false],
  ['s3://lake-bucket/a?versionId=1', false],
  ['file:///runs', false],
  ['https://lake-bucket/lake', false],
] as const) {
  test(`${place} is ${accepted ? 'a' : 'no'} place of a task`, () => {
    assert.equal(placeSchema.safeParse(place).success, accepted);
  });
}

test('a file has one of its endings, wherever it lies', () => {
  const schema = filePlaceSchema(['ndjson', 'parquet']);
  for (const place of ['/a/events.ndjson', 's3://lake-bucket/lake/events/one.parquet'])
    assert.ok(schema.safeParse(place).success, place);
  for (const place of ['/a/events.csv', 's3://lake-bucket/lake/events/one', 'events.ndjson'])
    assert.ok(!schema.safeParse(place).success, place);
});
