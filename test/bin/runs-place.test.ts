import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderPlace, runsPlace, runsRootOf } from '../../bin/commands/runs-place.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { keepFiles } from '../../lib/lake/keep-files.ts';
import { openRunFolder } from '../../lib/segment-5a/frame/run-folder.ts';
import {
  manifestFingerprintSchema,
  parameterHashSchema,
  scenarioIdSchema,
} from '../../lib/segment-5a/identity.ts';
import { runReceiptSet } from '../../lib/segment-5a/lake/run-sets.ts';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
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

test('the receipt of a run is had from a folder and from the lake, and nothing else of the run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'receipts-'));
  try {
    const run = {
      runId: segmentRunIdSchema.parse('a'.repeat(32)),
      manifestFingerprint: manifestFingerprintSchema.parse('1'.repeat(64)),
      parameterHash: parameterHashSchema.parse('2'.repeat(64)),
      scenarioIds: [scenarioIdSchema.parse('baseline_v1')],
    };
    const receipt = await openRunFolder(join(folder, 'runs', run.runId), run, '7', 0);
    assert.deepEqual(await folderPlace(join(folder, 'runs')).runReceipt(run.runId), receipt);
    const { signal } = new AbortController();
    const store = createFolderStore(join(folder, 'lake'));
    const place = await runsPlace(
      {
        environmentName: 'dev-min',
        openEnvironment: async () => ({ region: 'eu-west-2', lake: { url: 's3://lake-bucket/', store } }),
        output: { progress: () => undefined },
        signal,
      },
      () => assert.fail('no folder is asked for'),
    );
    assert.equal(await place.runReceipt(run.runId), undefined);
    const prefix = `lake/runs/${run.runId}/`;
    const paths = ['run_receipt.json'];
    await keepFiles(store, prefix, runReceiptSet, join(folder, 'runs', run.runId), paths, signal);
    assert.deepEqual(await place.runReceipt(run.runId), receipt);
  } finally {
    await rm(folder, { recursive: true });
  }
});
