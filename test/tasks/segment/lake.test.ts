import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { filesBelow } from '../../../lib/lake/keep-files.ts';
import { type Receipt, receiptDocument, receiptSchema } from '../../../lib/segment-5a/frame/receipt.ts';
import { stateNames } from '../../../lib/segment-5a/frame/states.ts';
import { lakeRunKeeper } from '../../../lib/segment-5a/lake/lake-run-keeper.ts';
import { nearRun } from '../../../lib/segment-5a/lake/near-run.ts';
import { smallWorld } from '../../lib/segment-5a/make-world.ts';
import {
  contentOf,
  type LakeGround,
  lakeBucket,
  lakeRunsRoot,
  launchSegment,
  onFetchedRun,
  openLakeGround,
  wholeRun,
} from '../../support/lake-ground.ts';
import { refusedWith } from '../../support/refused-with.ts';
import { onGround, runStates } from './run-states.ts';

const never = new AbortController().signal;

let lake: LakeGround;
before(async () => {
  lake = await openLakeGround();
});
after(() => lake.fake.close());

test('the chain over S3, S4 in lanes of two partitions, gives the digests of a folder', () =>
  onGround(smallWorld(8), {}, async (ground) => {
    const local = await runStates(ground, stateNames);
    const plan = await lake.planOf(ground.world, 2);
    const prepared = await launchSegment(plan.prepare);
    assert.equal(prepared.run_folder, `${lakeRunsRoot}/${local.runId}`);
    await Promise.all(plan.lanes.map(launchSegment));
    const validated = await launchSegment(plan.validate);
    assert.equal(validated.states[0].bundle_digest_sha256, local.states.at(-1)?.outcome.bundleDigest);
    await onFetchedRun(prepared.run_folder, async (folder) => {
      assert.deepEqual(await contentOf(folder), await contentOf(local.runFolder));
      const reports = (await filesBelow(folder)).filter((path) => path.endsWith('run_report.json'));
      assert.equal(reports.length, 4 + plan.lanes.length + 1, 'each part of the work left its report');
    });
    // Whoever does it again finds it done, and not one object is written over another.
    const again = await Promise.all([plan.prepare, ...plan.lanes.slice(0, 1)].map(launchSegment));
    for (const { states } of again) {
      for (const { state, publication } of states) assert.equal(publication, 'identical', state);
    }
    const { versions } = lake.fake.bucket(lakeBucket);
    assert.equal(new Set(versions.map(({ key }) => key)).size, versions.length);
  }));

/** A copy of a run in which one receipt's file has other bytes. */
async function withOtherBytes(
  runFolder: string,
  change: (file: Receipt['files'][number]) => Receipt['files'][number],
): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'other-'));
  await cp(runFolder, copy, { recursive: true });
  const path = (await filesBelow(copy)).find((one) => /receipts\/state=S1.*receipt\.json$/.test(one)) ?? '';
  const receipt = receiptSchema.parse(JSON.parse(await readFile(join(copy, path), 'utf8')));
  const [first, ...others] = receipt.files;
  assert.ok(first !== undefined);
  await writeFile(join(copy, first.path), 'other bytes');
  const files = [change({ ...first, sha256: sha256Of('other bytes') }), ...others];
  await writeFile(join(copy, path), canonicalBytes(receiptDocument({ ...receipt, files })));
  return copy;
}

test('the same values in other bytes give way to what is kept; other values are a conflict', () =>
  onGround(smallWorld(8), {}, async (ground) => {
    const { runId, runFolder, manifestFingerprint, parameterHash } = await runStates(ground, ['S0', 'S1']);
    const run = { runId, manifestFingerprint, parameterHash };
    const store = createFolderStore(await mkdtemp(join(tmpdir(), 'kept-')));
    const keeperOf = async (folder: string) => {
      const keeper = lakeRunKeeper(store, never);
      // Nothing is wanted: each keeper meets what the other kept only when it keeps.
      await keeper.fetch(await mkdtemp(join(tmpdir(), 'empty-')), run, ['S0'], {
        scenarioIds: [],
        buckets: [],
      });
      await keeper.keep(folder);
    };
    await keeperOf(runFolder);
    const same = await withOtherBytes(runFolder, (file) => file);
    await keeperOf(same);
    assert.deepEqual(await contentOf(same), await contentOf(runFolder));
    const other = await withOtherBytes(runFolder, (file) => ({ ...file, logical_sha256: sha256Of('other') }));
    await assert.rejects(keeperOf(other), refusedWith('S1_OUTPUT_CONFLICT'));
  }));

test('a world that is not in the lake, or a run that is not, is said as such', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'none-'));
  await assert.rejects(
    nearRun(`${lakeRunsRoot}/${'f'.repeat(32)}`, wholeRun, scratch, never),
    refusedWith('RUN_NOT_FOUND'),
  );
  await assert.rejects(
    launchSegment({
      states: ['S0'],
      runs_root: lakeRunsRoot,
      world: `s3://${lakeBucket}/lake/worlds/none`,
      scenario_ids: [],
      partition: { index: 0, count: 1 },
    }),
    refusedWith('LAKE_SET_MISSING'),
  );
});
