/**
 * SHA-256's compression of four messages at a time, in WebAssembly SIMD: no library of npm has it, and it
 * is what makes a hash of every row affordable. The module is written out here, round by round, when a
 * thread first needs it; tests hold it to node:crypto.
 */

/** One compression: four lanes, each with a state of its own and a block of its own. */
export type Sha256Lanes = {
  /** Words of the chaining state before the block: word `i` of lane `l` is at `i * 4 + l`. */
  readonly state: Uint32Array;
  /** Words of the block, big-endian values, placed in the same way. */
  readonly block: Uint32Array;
  /** Words of the state after the block, placed in the same way. */
  readonly result: Uint32Array;
  readonly compress: () => void;
};

export const lanes = 4;
const stateWords = 8;
const blockWords = 16;
const vectorBytes = 16;

/** Initial state of SHA-256: fractional parts of the square roots of the first eight primes (FIPS 180-4, 5.3.3). */
export const initialState: readonly number[] = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** Round constants: fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const roundConstants: readonly number[] = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];

const blockAt = stateWords * vectorBytes;
const resultAt = blockAt + blockWords * vectorBytes;

/** A compression of its own memory; one for each thread. */
export function createSha256Lanes(): Sha256Lanes {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, compress } = exports;
  if (
    typeof compress !== 'function' ||
    typeof memory !== 'object' ||
    memory === null ||
    !('buffer' in memory)
  ) {
    throw new Error('the module does not export what it was written to export');
  }
  const { buffer } = memory;
  if (!(buffer instanceof ArrayBuffer)) throw new Error('the memory of the module has no buffer');
  const words = (at: number, count: number) => new Uint32Array(buffer, at, count * lanes);
  return {
    state: words(0, stateWords),
    block: words(blockAt, blockWords),
    result: words(resultAt, stateWords),
    compress: () => void compress(),
  };
}

/** A number as LEB128, unsigned. */
function leb(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** Instructions of WebAssembly, as far as they are needed, by the names of its text format. */
const i32Const0 = [0x41, 0x00];
const localGet = (local: number) => [0x20, ...leb(local)];
const localSet = (local: number) => [0x21, ...leb(local)];
const localTee = (local: number) => [0x22, ...leb(local)];
const simd = (opcode: number) => [0xfd, ...leb(opcode)];
const i32Const = (value: number) => [0x41, value];
const v128Load = (at: number) => [...i32Const0, ...simd(0x00), 4, ...leb(at)];
const v128Store = (at: number, value: readonly number[]) => [
  ...i32Const0,
  ...value,
  ...simd(0x0b),
  4,
  ...leb(at),
];
const v128Splat = (word: number) => {
  const bytes = [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
  return [...simd(0x0c), ...bytes, ...bytes, ...bytes, ...bytes];
};
const or = simd(0x50);
const xor = simd(0x51);
const bitselect = simd(0x52);
const add = simd(0xae);
const shiftLeft = (bits: number) => [...i32Const(bits), ...simd(0xab)];
const shiftRight = (bits: number) => [...i32Const(bits), ...simd(0xad)];

/** Locals of the function: working variables a … h, the schedule's window of 16 words, and two to compute with. */
const windowLocal = (word: number) => stateWords + (word % blockWords);
const sumLocal = stateWords + blockWords;
const scratchLocal = sumLocal + 1;
const localCount = scratchLocal + 1;

function rotate(local: number, bits: number): number[] {
  return [...localGet(local), ...shiftRight(bits), ...localGet(local), ...shiftLeft(32 - bits), ...or];
}

/** Σ0 and Σ1 of FIPS 180-4: three rotations. */
function bigSigma(local: number, one: number, two: number, three: number): number[] {
  return [...rotate(local, one), ...rotate(local, two), ...xor, ...rotate(local, three), ...xor];
}

/** σ0 and σ1: two rotations and a shift. */
function smallSigma(local: number, one: number, two: number, shift: number): number[] {
  return [
    ...rotate(local, one),
    ...rotate(local, two),
    ...xor,
    ...localGet(local),
    ...shiftRight(shift),
    ...xor,
  ];
}

/** W[t] = σ1(W[t−2]) + W[t−7] + σ0(W[t−15]) + W[t−16], in the place of W[t−16]. */
function extendSchedule(round: number): number[] {
  return [
    ...smallSigma(windowLocal(round - 2), 17, 19, 10),
    ...localGet(windowLocal(round - 7)),
    ...add,
    ...smallSigma(windowLocal(round - 15), 7, 18, 3),
    ...add,
    ...localGet(windowLocal(round - 16)),
    ...add,
    ...localSet(windowLocal(round)),
  ];
}

/** Locals of a … h in a round: instead of moving eight values, their names move. */
function namesIn(round: number): readonly number[] {
  return Array.from({ length: stateWords }, (_, name) => (name - round + 64 * stateWords) % stateWords);
}

function roundCode(round: number): number[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = namesIn(round);
  return [
    ...(round < blockWords ? [] : extendSchedule(round)),
    // T1 = h + Σ1(e) + Ch(e, f, g) + K + W
    ...localGet(h),
    ...bigSigma(e, 6, 11, 25),
    ...add,
    ...localGet(f),
    ...localGet(g),
    ...localGet(e),
    ...bitselect,
    ...add,
    ...v128Splat(roundConstants[round] ?? 0),
    ...localGet(windowLocal(round)),
    ...add,
    ...add,
    ...localTee(sumLocal),
    // e of the next round is d + T1.
    ...localGet(d),
    ...add,
    ...localSet(d),
    // a of the next round is T1 + Σ0(a) + Maj(a, b, c); where a and b agree the majority is theirs, else c's.
    ...localGet(sumLocal),
    ...bigSigma(a, 2, 13, 22),
    ...add,
    ...localGet(c),
    ...localGet(a),
    ...localGet(a),
    ...localGet(b),
    ...xor,
    ...bitselect,
    ...add,
    ...localSet(h),
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const code = [
    ...Array.from({ length: stateWords }, (_, word) => [
      ...v128Load(word * vectorBytes),
      ...localSet(word),
    ]).flat(),
    ...Array.from({ length: blockWords }, (_, word) => [
      ...v128Load(blockAt + word * vectorBytes),
      ...localSet(windowLocal(word)),
    ]).flat(),
    ...roundConstants.flatMap((_, round) => roundCode(round)),
    ...Array.from({ length: stateWords }, (_, word) =>
      v128Store(resultAt + word * vectorBytes, [...localGet(word), ...v128Load(word * vectorBytes), ...add]),
    ).flat(),
  ];
  const sized = (bytes: readonly number[]) => [...leb(bytes.length), ...bytes];
  const section = (id: number, content: readonly number[]) => [id, ...sized(content)];
  const name = (text: string) => sized([...new TextEncoder().encode(text)]);
  const v128 = 0x7b;
  const body = [1, ...leb(localCount), v128, ...code, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    // One type, of functions without parameters or results; one function of it; one page of memory.
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('compress'), 0, 0]),
    ...section(10, [1, ...sized(body)]),
  ]);
}
