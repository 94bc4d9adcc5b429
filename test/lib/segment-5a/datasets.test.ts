import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datasetPath, partitionKeys } from '../../../lib/segment-5a/dataset.ts';
import { merchantZoneScenarioLocal, runDatasets } from '../../../lib/segment-5a/datasets.ts';
import { worldDatasets } from '../../../lib/segment-5a/world-datasets.ts';

const all = [...worldDatasets, ...runDatasets];

for (const dataset of all) {
  const { table } = dataset;
  test(`${table.name}: keys are its columns, and what is in the path is not in the rows`, () => {
    const names = table.columns.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const key of [...table.primaryKey, ...table.sort]) assert.ok(names.includes(key), key);
    for (const key of partitionKeys(dataset)) assert.ok(!names.includes(key), key);
    for (const constant of ['manifest_fingerprint', 'parameter_hash']) assert.ok(!names.includes(constant));
    const nullableKey = table.columns.find(
      ({ name, nullable }) => nullable && table.primaryKey.includes(name),
    );
    assert.equal(nullableKey, undefined);
  });

  test(`${table.name}: merchant ids are unsigned 64-bit and patterns compile`, () => {
    for (const { name, type, rule } of table.columns) {
      if (name === 'merchant_id') assert.equal(type, 'u64');
      if (rule?.kind === 'pattern') assert.ok(new RegExp(rule.pattern, 'u'));
      if (rule?.kind === 'u64-range') assert.equal(type, 'u64');
    }
  });
}

test('names and paths are distinct', () => {
  assert.equal(new Set(all.map(({ table }) => table.name)).size, all.length);
  assert.equal(new Set(all.map(({ pathTemplate }) => pathTemplate)).size, all.length);
});

test('a path takes its tokens from the partition and refuses to guess', () => {
  const partition = { manifest_fingerprint: 'f', scenario_id: 's', mbucket: '03' };
  assert.equal(
    datasetPath(merchantZoneScenarioLocal, partition),
    'data/layer2/5A/merchant_zone_scenario_local/manifest_fingerprint=f/scenario_id=s/mbucket=03/part-0.parquet',
  );
  assert.throws(
    () => datasetPath(merchantZoneScenarioLocal, { scenario_id: 's' }),
    /needs manifest_fingerprint/,
  );
});
