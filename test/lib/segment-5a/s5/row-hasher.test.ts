import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createRowHasher } from '../../../../lib/segment-5a/s5/row-hasher.ts';
import { createSha256Lanes, initialState, lanes } from '../../../../lib/segment-5a/s5/sha256-lanes.ts';

const everything = 0xffff_ffff;

test('four blocks at a time are compressed as node:crypto does', () => {
  const sha = createSha256Lanes();
  for (let round = 0; round < 200; round += 1) {
    const messages = Array.from({ length: lanes }, (_, lane) => randomBytes((round * 7 + lane * 13) % 56));
    for (const [lane, message] of messages.entries()) {
      const block = Buffer.alloc(64);
      message.copy(block);
      block[message.length] = 0x80;
      block.writeUInt32BE(message.length * 8, 60);
      for (let word = 0; word < 16; word += 1) sha.block[word * lanes + lane] = block.readUInt32BE(word * 4);
      for (const [word, value] of initialState.entries()) sha.state[word * lanes + lane] = value;
    }
    sha.compress();
    for (const [lane, message] of messages.entries()) {
      const result = Buffer.alloc(32);
      for (let word = 0; word < 8; word += 1) {
        result.writeUInt32BE(sha.result[word * lanes + lane] ?? 0, word * 4);
      }
      assert.deepEqual(result, createHash('sha256').update(message).digest());
    }
  }
});

// Every place that the digits can have in a block, and every number of digits that crosses one.
for (const prefixLength of [0, 1, 63, 64, 65, 158]) {
  test(`rows behind a prefix of ${prefixLength} characters, with keys of any length`, () => {
    const prefix = 'p'.repeat(prefixLength);
    const hasher = createRowHasher(prefix, 1_003);
    for (let keyLength = 0; keyLength <= 130; keyLength += 1) {
      const key = 'k'.repeat(keyLength);
      let expected = 0;
      hasher.each(key, everything, (bucket, high, low) => {
        assert.equal(bucket, expected, 'in order, none left out');
        expected += 1;
        // Around each change of the number of digits, and a few more.
        if (![0, 1, 2, 8, 9, 10, 11, 98, 99, 100, 101, 998, 999, 1_000, 1_002].includes(bucket))
          return everything;
        const digest = createHash('sha256').update(`${prefix}${key}${bucket}`).digest();
        assert.deepEqual(
          [high, low],
          [digest.readUInt32BE(0), digest.readUInt32BE(4)],
          `${keyLength} ${bucket}`,
        );
        return everything;
      });
      assert.equal(expected, 1_003);
    }
  });
}

test('golden: the reference’s row', () => {
  const prefix = `5A.S5.recompose|${'1'.repeat(64)}|${'0'.repeat(64)}|baseline_v1|`;
  let found: bigint | undefined;
  createRowHasher(prefix, 2_160).each(
    '123456789|DE|Europe/Berlin|mixed|',
    everything,
    (bucket, high, low) => {
      if (bucket === 17) found = (BigInt(high) << 32n) | BigInt(low);
      return everything;
    },
  );
  assert.equal(found, 14823027064111631454n);
});

test('only hashes up to the limit are told, and the limit may fall', () => {
  const hasher = createRowHasher('p', 1_000);
  const all: number[] = [];
  hasher.each('k', everything, (_, high) => {
    all.push(high);
    return everything;
  });
  const limit = 2 ** 30;
  let told = 0;
  hasher.each('k', limit, (_, high) => {
    assert.ok(high <= limit);
    told += 1;
    return limit;
  });
  assert.equal(told, all.filter((high) => high <= limit).length);
  let times = 0;
  hasher.each('k', everything, () => {
    times += 1;
    return -1;
  });
  assert.equal(times, 1);
});
