import { hash } from 'node:crypto';

/**
 * Every draw of this segment is the hash of a message that says what is drawn. There is no generator
 * with a state, so a draw depends on nothing but its message, in any order and on any machine.
 * The reference law: u64(x) = first 8 bytes of SHA-256(x), big-endian; U(x) = (u64(x) + 0.5) / 2^64.
 */

/** First 8 bytes of SHA-256 of the UTF-8 message, as a big-endian unsigned integer. */
export function u64Of(message: string): bigint {
  return hash('sha256', message, 'buffer').readBigUInt64BE(0);
}

const two32 = 2 ** 32;
const largestBelowOne = 1 - 2 ** -53;

/** The same 64 bits as a double in (0, 1); the top value would round to 1 and is held just below it. */
export function unitDraw(message: string): number {
  return unitOf(hash('sha256', message, 'buffer'));
}

/** `u64Of` and `unitDraw` of one message with one hash. */
export function drawOf(message: string): { readonly u64: bigint; readonly unit: number } {
  const digest = hash('sha256', message, 'buffer');
  return { u64: digest.readBigUInt64BE(0), unit: unitOf(digest) };
}

function unitOf(digest: Buffer): number {
  // High and low halves add up with one rounding, as converting the 64-bit integer would.
  const rounded = digest.readUInt32BE(0) * two32 + digest.readUInt32BE(4);
  return Math.min((rounded + 0.5) / 2 ** 64, largestBelowOne);
}
