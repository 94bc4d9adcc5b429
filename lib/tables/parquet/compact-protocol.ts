/** A value of Thrift's compact protocol, as far as Parquet's metadata needs it. */
export type ThriftValue =
  | { readonly type: 'i8' | 'i32'; readonly value: number }
  | { readonly type: 'i64'; readonly value: bigint }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'binary'; readonly value: Uint8Array }
  | {
      readonly type: 'list';
      readonly of: 'i32' | 'binary' | 'struct';
      readonly value: readonly ThriftValue[];
    }
  | { readonly type: 'struct'; readonly value: ThriftStruct };

/** Fields by their number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

export const i8 = (value: number): ThriftValue => ({ type: 'i8', value });
export const i32 = (value: number): ThriftValue => ({ type: 'i32', value });
export const i64 = (value: number | bigint): ThriftValue => ({ type: 'i64', value: BigInt(value) });
export const boolean = (value: boolean): ThriftValue => ({ type: 'boolean', value });
export const binary = (value: Uint8Array | string): ThriftValue => ({
  type: 'binary',
  value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
});
export const list = (of: 'i32' | 'binary' | 'struct', value: readonly ThriftValue[]): ThriftValue => ({
  type: 'list',
  of,
  value,
});
/** Members that are `undefined` are left out. */
export const struct = (fields: Readonly<Record<number, ThriftValue | undefined>>): ThriftValue => ({
  type: 'struct',
  value: structOf(fields),
});

function structOf(fields: Readonly<Record<number, ThriftValue | undefined>>): ThriftStruct {
  const members = new Map<number, ThriftValue>();
  for (const [number, value] of Object.entries(fields)) {
    if (value !== undefined) members.set(Number(number), value);
  }
  return members;
}

const codes = { i8: 3, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;
const [codeOfTrue, codeOfFalse] = [1, 2];

/** The bytes of a struct. Pure. */
export function encodeStruct(value: ThriftValue): Uint8Array {
  if (value.type !== 'struct') throw new Error('only a struct stands alone');
  const bytes: number[] = [];
  writeStruct(bytes, value.value);
  return Uint8Array.from(bytes);
}

function writeStruct(bytes: number[], fields: ThriftStruct): void {
  let last = 0;
  for (const number of [...fields.keys()].sort((one, other) => one - other)) {
    const value = fields.get(number);
    if (value === undefined) continue;
    // Deltas of field numbers fit in four bits everywhere in Parquet's metadata.
    if (number - last > 15) throw new Error(`field ${number} is too far from ${last}`);
    bytes.push(((number - last) << 4) | codeOf(value));
    last = number;
    if (value.type !== 'boolean') writeValue(bytes, value);
  }
  bytes.push(0);
}

function codeOf(value: ThriftValue): number {
  if (value.type === 'boolean') return value.value ? codeOfTrue : codeOfFalse;
  return codes[value.type];
}

function writeValue(bytes: number[], value: ThriftValue): void {
  switch (value.type) {
    case 'i8':
      bytes.push(value.value & 0xff);
      return;
    case 'i32':
      writeVarint(bytes, zigzag(BigInt(value.value)));
      return;
    case 'i64':
      writeVarint(bytes, zigzag(value.value));
      return;
    case 'boolean':
      throw new Error('a list of booleans is not needed');
    case 'binary':
      writeVarint(bytes, BigInt(value.value.length));
      for (const byte of value.value) bytes.push(byte);
      return;
    case 'list': {
      const size = value.value.length;
      if (size < 15) bytes.push((size << 4) | codes[value.of]);
      else {
        bytes.push(0xf0 | codes[value.of]);
        writeVarint(bytes, BigInt(size));
      }
      for (const member of value.value) writeValue(bytes, member);
      return;
    }
    case 'struct':
      writeStruct(bytes, value.value);
      return;
  }
}

const zigzag = (value: bigint) => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));

/** Seven bits a byte, lowest first. */
export function writeVarint(bytes: number[], value: bigint): void {
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
}
