import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openLake } from '../../lib/lake/open-lake.ts';
import { fetchRun } from '../../lib/segment-5a/lake/fetch-run.ts';
import { smallWorld } from '../lib/segment-5a/make-world.ts';
import {
  contentOf,
  type LakeGround,
  lakeBucket,
  lakeRunsRoot,
  launchSegment,
  onFetchedRun,
  openLakeGround,
  wholeRun,
} from '../support/lake-ground.ts';
import { onGround, runStates } from '../tasks/segment/run-states.ts';

const never = new AbortController().signal;

let lake: LakeGround;
before(async () => {
  lake = await openLakeGround();
});
after(() => lake.fake.close());

test('cut off at any request, a launch leaves whole outputs or none, and the next one finishes', () =>
  onGround(smallWorld(6), {}, async (ground) => {
    const local = await runStates(ground, ['S0', 'S1']);
    const { prepare } = await lake.planOf(ground.world, 1);
    const work = { ...prepare, states: ['S0', 'S1'] };
    const prefix = `lake/runs/${local.runId}/`;
    const wrote = () => lake.fake.bucket(lakeBucket).keys(prefix);
    let requests = 0;
    const finish = async () => {
      lake.schedule(() => undefined);
      const output = await launchSegment(work);
      await onFetchedRun(output.run_folder, async (folder) =>
        assert.deepEqual(await contentOf(folder), await contentOf(local.runFolder)),
      );
      for (const key of wrote()) {
        const version = lake.fake.bucket(lakeBucket).latest(key);
        if (version !== undefined) lake.fake.bucket(lakeBucket).remove(key, version.versionId);
      }
    };
    lake.schedule(() => {
      requests += 1;
      return undefined;
    });
    await launchSegment(work);
    const whole = requests;
    await finish();
    for (let cut = 1; cut <= whole; cut += 1) {
      let seen = 0;
      lake.schedule(() => {
        seen += 1;
        return seen >= cut ? 'denied' : undefined;
      });
      await assert.rejects(
        launchSegment(work),
        (error) => /EVIDENCE_STORE_NOT_PERMITTED/.test(String(error)),
        `at ${cut}`,
      );
      lake.schedule(() => undefined);
      const store = openLake(lakeRunsRoot);
      const folder = await mkdtemp(join(tmpdir(), 'partial-'));
      // What is fetched is held to its digests: a set whose files are not all there would throw.
      if (store !== undefined) await fetchRun(store, `${local.runId}/`, folder, wholeRun, never);
      await rm(folder, { recursive: true });
      await finish();
    }
  }));
