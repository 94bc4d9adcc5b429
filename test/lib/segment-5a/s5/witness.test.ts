import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bottomSample,
  type WitnessPair,
  witnessMessage,
  witnessPrefix,
} from '../../../../lib/segment-5a/s5/witness.ts';
import { sampleInWorkers, sampleRows } from '../../../../lib/segment-5a/s5/witness-pool.ts';

const hashOf = (message: string) => createHash('sha256').update(message, 'ascii').digest().readBigUInt64BE(0);

test('golden: the reference’s message and hash', () => {
  const prefix = witnessPrefix('1'.repeat(64), '0'.repeat(64), 'baseline_v1');
  const pair = { merchantId: 123456789n, country: 'DE', tzid: 'Europe/Berlin', channelGroup: 'mixed' };
  const message = witnessMessage(prefix, pair, 17);
  assert.deepEqual([prefix.length, message.length], [158, 193]);
  assert.equal(hashOf(message), 14823027064111631454n);
});

test('law: the sample is the smallest hashes of all rows, whatever its size', () => {
  const pairs = fc.uniqueArray(
    fc.record({
      merchantId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
      country: fc.constantFrom('DE', 'US'),
      tzid: fc.constantFrom('Europe/Berlin', 'Asia/Kolkata'),
      channelGroup: fc.constantFrom('card_present', 'card_not_present'),
    }),
    { minLength: 1, maxLength: 6, selector: ({ merchantId }) => merchantId },
  );
  fc.assert(
    fc.property(
      pairs,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 80 }),
      (list: readonly WitnessPair[], buckets, size) => {
        const slow = list
          .flatMap((pair, index) =>
            Array.from({ length: buckets }, (_, h) => ({
              pair: index,
              h,
              hash64: hashOf(witnessMessage('p|', pair, h)),
            })),
          )
          .sort((one, other) => (one.hash64 < other.hash64 ? -1 : 1))
          .slice(0, size);
        assert.deepEqual(bottomSample(list, buckets, 'p|', size), slow);
      },
    ),
    { numRuns: 60 },
  );
});

test('threads give the sample of one', async () => {
  const pairs = Array.from({ length: 120 }, (_, row) => ({
    merchantId: 2n ** 63n + BigInt(row >> 1),
    country: 'DE',
    tzid: row % 2 === 0 ? 'Europe/Berlin' : 'Europe/Busingen',
    channelGroup: 'card_present',
  }));
  const alone = bottomSample(pairs, 2_160, 'p|', 300);
  assert.deepEqual(await sampleInWorkers(pairs, 2_160, 'p|', 300), alone);
  assert.deepEqual(await sampleRows(pairs, 2_160, 'p|', 300), alone);
});
