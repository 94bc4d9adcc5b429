import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { layOutBundle } from '../../../../lib/evidence/format/bundle.ts';
import { publishValidation, validationFolder } from '../../../../lib/segment-5a/s5/publish-validation.ts';
import { refusedWith } from '../../../support/refused-with.ts';
import { sampleContent } from '../../../support/sample-bundle.ts';

const root = await mkdtemp(join(tmpdir(), 'publish-validation-'));
after(() => rm(root, { recursive: true }));
const bundle = layOutBundle(sampleContent());
const other = layOutBundle(sampleContent({ items: sampleContent().items.slice(1) }));
const path = validationFolder('1'.repeat(64), bundle);

let runs = 0;
async function freshRun() {
  runs += 1;
  const run = join(root, `run-${runs}`);
  await mkdir(run);
  let attempts = 0;
  return {
    run,
    publish: (one = bundle) => {
      attempts += 1;
      return publishValidation(run, path, one, join(root, `scratch-${runs}-${attempts}`));
    },
  };
}

test('the same bundle again is identical, with other clocks too; another one is a conflict and changes nothing', async () => {
  const { run, publish } = await freshRun();
  assert.equal((await publish()).kind, 'published');
  assert.equal((await publish(layOutBundle(sampleContent({ clocks: { at: 'later' } })))).kind, 'identical');
  const before = await readdir(join(run, path), { recursive: true });
  await assert.rejects(() => publish(other), refusedWith('S5_OUTPUT_CONFLICT'));
  assert.deepEqual(await readdir(join(run, path), { recursive: true }), before);
});

test('a file of the published bundle that was altered, or taken away, is a conflict', async () => {
  const { run, publish } = await freshRun();
  const { folder } = await publish();
  const [item] = bundle.payload;
  assert.ok(item !== undefined);
  const original = await readFile(join(folder, item.path));
  await writeFile(join(folder, item.path), 'altered');
  await assert.rejects(() => publish(), refusedWith('S5_OUTPUT_CONFLICT'));
  await rm(join(folder, item.path));
  await assert.rejects(() => publish(), refusedWith('S5_OUTPUT_CONFLICT'));
  await writeFile(join(folder, item.path), original);
  assert.equal((await publish()).folder, join(run, path));
});

test('a place that cannot be written is told as passing trouble', async () => {
  const { run, publish } = await freshRun();
  await writeFile(join(run, 'data'), 'a file where a folder belongs');
  await assert.rejects(() => publish(), refusedWith('S5_INFRASTRUCTURE_IO_ERROR'));
});
