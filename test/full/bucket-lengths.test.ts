import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSealedSurface } from '../../lib/burst/arrivals/sealed-surface.ts';
import { merchantZoneScenarioUtc } from '../../lib/segment-5a/datasets.ts';
import { stateNames } from '../../lib/segment-5a/frame/states.ts';
import { f64Values, i32Values } from '../../lib/segment-5a/frame/table-access.ts';
import { readTable } from '../../lib/tables/read-table.ts';
import { sealWorld, smallWorld } from '../lib/segment-5a/make-world.ts';
import { policiesInBuckets } from '../lib/segment-5a/shipped-policies.ts';
import { firstArrivals } from '../support/first-arrivals.ts';
import { runStates } from '../tasks/segment/run-states.ts';

let folder: string;
let world: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bucket-lengths-'));
  world = await sealWorld(smallWorld());
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(world, { recursive: true, force: true });
});

for (const minutes of [30, 120] as const) {
  test(`buckets of ${minutes} minutes: every id once, and over the day the shape that the surface has`, async () => {
    const policies = await policiesInBuckets(join(folder, `policies-${minutes}`), minutes);
    const ground = { world, runsRoot: join(folder, `runs-${minutes}`) };
    const { runFolder: own } = await runStates(ground, stateNames, { policies });
    const surface = await openSealedSurface(own, 'baseline_v1');
    assert.deepEqual(surface.horizon, {
      startMinute: Date.parse('2026-01-01') / 60_000,
      bucketMinutes: minutes,
      buckets: (14 * 1_440) / minutes,
    });
    const arrivals = await firstArrivals(surface, join(folder, `scratch-${minutes}`), {
      hours: Number.POSITIVE_INFINITY,
    });
    const times = arrivals.map(({ tsUtc }) => tsUtc);
    assert.deepEqual(times, [...times].sort());
    assert.equal(new Set(arrivals.map(({ eventId }) => eventId)).size, arrivals.length);
    // Two hours of the day at a time: whole buckets of either length.
    const expected = new Array<number>(12).fill(0);
    for (const path of surface.files) {
      const rows = await readTable(path, merchantZoneScenarioUtc.table);
      const lambda = f64Values(rows, 'lambda_utc_scenario');
      for (const [row, bucket] of i32Values(rows, 'utc_horizon_bucket_index').entries()) {
        const part = Math.floor(((bucket * minutes) % 1_440) / 120);
        expected[part] = (expected[part] ?? 0) + (lambda[row] ?? 0);
      }
    }
    const found = new Array<number>(12).fill(0);
    for (const time of times) {
      const part = Math.floor(Number(time.slice(11, 13)) / 2);
      found[part] = (found[part] ?? 0) + 1;
    }
    for (const [part, count] of found.entries()) {
      const wanted = expected[part] ?? 0;
      assert.ok(
        Math.abs(count - wanted) < 5 * Math.sqrt(wanted),
        `${count} of ${wanted} from ${2 * part}:00`,
      );
    }
    assert.ok(Math.max(...found) > 1.3 * Math.min(...found), `a day that is not flat: ${found.join(' ')}`);
  });
}
