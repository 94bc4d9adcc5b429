import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderPlace, runsPlace, runsRootOf } from '../../bin/commands/runs-place.ts';
import { refusedWith } from '../support/refused-with.ts';

test('locally, runs lie in folders: a place in the lake is refused before anything starts', async () => {
  assert.throws(() => runsRootOf('s3://bucket/lake/runs'), refusedWith('PLACE_UNREACHABLE'));
  const place = folderPlace('/runs');
  assert.throws(() => place.runPlace('s3://bucket/lake/runs/one'), refusedWith('PLACE_UNREACHABLE'));
  await assert.rejects(place.worldFolder('s3://bucket/lake/worlds/one'), refusedWith('PLACE_UNREACHABLE'));
  assert.equal(place.runPlace('/runs/one'), '/runs/one');
});

test('in AWS, runs lie in the lake: a run is named by its id or its place, and no folder of this machine is', async () => {
  const unused = () => assert.fail('nothing is asked');
  const store = {
    url: 's3://lake-bucket/',
    putIfAbsent: unused,
    putFileIfAbsent: unused,
    get: unused,
    fetchTo: unused,
    list: unused,
  };
  const place = await runsPlace(
    {
      environmentName: 'dev-min',
      openEnvironment: async () => ({ region: 'eu-west-2', lake: { url: store.url, store } }),
      output: { progress: () => undefined },
      signal: new AbortController().signal,
    },
    () => assert.fail('no folder is asked for'),
  );
  const id = '7f20e9d97dad4ff5ac639bbc41749fb0';
  assert.equal(place.runsRoot, 's3://lake-bucket/lake/runs');
  assert.equal(place.runPlace(id), `s3://lake-bucket/lake/runs/${id}`);
  assert.equal(place.runPlace(`s3://lake-bucket/lake/runs/${id}/`), `s3://lake-bucket/lake/runs/${id}`);
  assert.throws(() => place.runPlace('./runs/one'), refusedWith('PLACE_UNREACHABLE'));
});
