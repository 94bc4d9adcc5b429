import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderPlace, runsPlace, runsRootOf } from '../../bin/commands/runs-place.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
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

test('events of one’s own are kept in the lake once, under their digest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  try {
    await writeFile(join(folder, 'events.ndjson'), '{}\n');
    const store = createFolderStore(join(folder, 'lake'));
    const place = await runsPlace(
      {
        environmentName: 'dev-min',
        openEnvironment: async () => ({ region: 'eu-west-2', lake: { url: 's3://lake-bucket/', store } }),
        output: { progress: () => undefined },
        signal: new AbortController().signal,
      },
      () => assert.fail('no folder is asked for'),
    );
    const kept = `s3://lake-bucket/lake/events/${sha256Of('{}\n')}.ndjson`;
    assert.equal(await place.shareEvents(join(folder, 'events.ndjson')), kept);
    assert.equal(await place.shareEvents(kept), kept);
    assert.ok(await store.get(`lake/events/${sha256Of('{}\n')}.ndjson`));
  } finally {
    await rm(folder, { recursive: true });
  }
});
