import { hash } from 'node:crypto';
import { createSha256Lanes, initialState, lanes, type Sha256Lanes } from './sha256-lanes.ts';

/**
 * Told of a bucket with the first eight bytes of its hash, as two 32-bit halves; says up to which upper
 * half it wants to be told from now on.
 */
export type OnHash = (bucket: number, high: number, low: number) => number;

/**
 * Hashes `<prefix><key><bucket>` for every bucket of a key, in ascending order, and tells those whose
 * upper half is at most `limit`; few are, and calling back for every row would cost more than its hash.
 */
export type RowHasher = { readonly each: (key: string, limit: number, onHash: OnHash) => void };

const blockBytes = 64;
/** Behind a message come a one bit and, in the last 8 bytes of its last block, its length. */
const paddingBytes = 9;
const lengthWord = 15;
/** The digits of a bucket with the one bit behind them lie in at most this many words. */
const digitWords = 3;

/**
 * A hasher for messages that begin alike: the state after the blocks that are whole before the digits is
 * computed once a key, so that a row costs one compression, and four rows are compressed at a time.
 * `buckets` is at most 10^7.
 */
export function createRowHasher(prefix: string, buckets: number): RowHasher {
  const sha = createSha256Lanes();
  const digits = Array.from({ length: 4 }, (_, offset) => digitTable(buckets, offset));
  const lengths = Uint8Array.from({ length: buckets }, (_, bucket) => String(bucket).length);
  const mostDigits = String(Math.max(0, buckets - 1)).length;
  const prefixBytes = Buffer.from(prefix);
  const wholePrefix = prefixBytes.length - (prefixBytes.length % blockBytes);
  absorb(sha, initialState, prefixBytes.subarray(0, wholePrefix));
  const prefixState = firstLane(sha);
  return {
    each: (key, limit, onHash) => {
      let wanted = limit;
      const head = Buffer.from(prefix + key);
      const rest = head.length % blockBytes;
      if (rest + mostDigits + paddingBytes > blockBytes) {
        eachByLibrary(prefix + key, buckets, wanted, onHash);
        return;
      }
      absorb(sha, prefixState, head.subarray(wholePrefix, head.length - rest));
      const firstWord = rest >>> 2;
      fillBlock(sha.block, head.subarray(head.length - rest));
      const begun = sha.block[firstWord * lanes] ?? 0;
      const table = digits[rest % 4] ?? new Uint32Array(0);
      const { block, result } = sha;
      const word = firstWord * lanes;
      for (let first = 0; first < buckets; first += lanes) {
        const count = Math.min(lanes, buckets - first);
        for (let lane = 0; lane < count; lane += 1) {
          const at = (first + lane) * digitWords;
          block[word + lane] = begun | (table[at] ?? 0);
          block[word + lanes + lane] = table[at + 1] ?? 0;
          block[word + 2 * lanes + lane] = table[at + 2] ?? 0;
          // Last: in a block that is nearly full, the words above reach it.
          block[lengthWord * lanes + lane] = (head.length + (lengths[first + lane] ?? 0)) * 8;
        }
        sha.compress();
        for (let lane = 0; lane < count; lane += 1) {
          const high = result[lane] ?? 0;
          if (high <= wanted) wanted = onHash(first + lane, high, result[lanes + lane] ?? 0);
        }
      }
    },
  };
}

/** For the few keys whose digits cross a block. */
function eachByLibrary(head: string, buckets: number, limit: number, onHash: OnHash): void {
  let wanted = limit;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const digest = hash('sha256', `${head}${bucket}`, 'buffer');
    const high = digest.readUInt32BE(0);
    if (high <= wanted) wanted = onHash(bucket, high, digest.readUInt32BE(4));
  }
}

/** Digits of every bucket and the one bit behind them, as words that begin `offset` bytes before the digits. */
function digitTable(buckets: number, offset: number): Uint32Array {
  const table = new Uint32Array(buckets * digitWords);
  const bytes = Buffer.alloc(digitWords * 4);
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    bytes.fill(0);
    const length = bytes.write(String(bucket), offset);
    bytes[offset + length] = 0x80;
    for (let word = 0; word < digitWords; word += 1) {
      table[bucket * digitWords + word] = bytes.readUInt32BE(word * 4);
    }
  }
  return table;
}

/** Sets every lane's state to what it is after these whole blocks. */
function absorb(sha: Sha256Lanes, state: ArrayLike<number>, blocks: Buffer): void {
  for (let word = 0; word < state.length; word += 1) {
    sha.state.fill(state[word] ?? 0, word * lanes, (word + 1) * lanes);
  }
  for (let at = 0; at < blocks.length; at += blockBytes) {
    fillBlock(sha.block, blocks.subarray(at, at + blockBytes));
    sha.compress();
    sha.state.set(sha.result);
  }
}

/** The same bytes for every lane, zeros behind them. */
function fillBlock(block: Uint32Array, bytes: Buffer): void {
  const whole = Buffer.alloc(blockBytes);
  bytes.copy(whole);
  for (let word = 0; word * 4 < blockBytes; word += 1) {
    block.fill(whole.readUInt32BE(word * 4), word * lanes, (word + 1) * lanes);
  }
}

function firstLane(sha: Sha256Lanes): readonly number[] {
  return initialState.map((_, word) => sha.state[word * lanes] ?? 0);
}
