import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { SurfaceBlocks } from '../../../../lib/burst/arrivals/surface-blocks.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'surface-blocks-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const pairsOf = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) => ({
    merchantId: BigInt(from + index),
    country: 'DE',
    tzid: 'Europe/Berlin',
    channelGroup: 'cp',
  }));

test('property: a surface comes back bucket by bucket, in the order of its merchant-zones, the idle ones left out', async () => {
  const surfaces = fc.integer({ min: 1, max: 60 }).chain((buckets) =>
    fc.record({
      buckets: fc.constant(buckets),
      perBlock: fc.integer({ min: 1, max: 48 }),
      files: fc.array(
        fc.array(fc.array(fc.nat(3), { minLength: buckets, maxLength: buckets }), { maxLength: 4 }),
        {
          maxLength: 4,
        },
      ),
    }),
  );
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(surfaces, async ({ buckets, perBlock, files }) => {
      runs += 1;
      const blocks = await SurfaceBlocks.create(join(folder, `run-${runs}`), { buckets, perBlock });
      let merchants = 0;
      const expected: { id: bigint; row: readonly number[] }[] = [];
      for (const rows of files) {
        const pairs = pairsOf(rows.length, merchants);
        merchants += rows.length;
        await blocks.add(pairs, Float64Array.from(rows.flat()));
        for (const [index, row] of rows.entries()) {
          if (row.some((value) => value > 0)) expected.push({ id: pairs[index]?.merchantId ?? -1n, row });
        }
      }
      assert.deepEqual(
        blocks.pairs.map(({ merchantId }) => merchantId),
        expected.map(({ id }) => id),
      );
      const read = expected.map((): number[] => []);
      for (let block = 0; block < blocks.count; block += 1) {
        const { firstBucket, buckets: length, lambda } = await blocks.read(block);
        assert.equal(firstBucket, read[0]?.length ?? firstBucket);
        for (const [pair, row] of read.entries())
          row.push(...lambda.subarray(pair * length, (pair + 1) * length));
      }
      assert.deepEqual(
        read,
        expected.map(({ row }) => row),
      );
      await blocks.close();
    }),
    { numRuns: 25 },
  );
});

test('a merchant-zone that lacks a bucket is refused', async () => {
  const blocks = await SurfaceBlocks.create(join(folder, 'short'), { buckets: 24, perBlock: 24 });
  await assert.rejects(
    blocks.add(pairsOf(2, 1), new Float64Array(47)),
    (error) => isPlatformError(error) && error.failure.code === 'SURFACE_INCOMPLETE',
  );
  await blocks.close();
});
