/** A range of IPv4 addresses, both ends included, as numbers. */
export type AddressRange = { readonly first: number; readonly last: number };

const pattern = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Reads `10.42.0.0/16`; `undefined` when it is no CIDR, or its address has bits beyond the prefix. Pure. */
export function parseCidr(text: string): AddressRange | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, ...numbers] = match.map(Number);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = numbers;
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

/** Whether two ranges share an address. */
export function overlaps(one: AddressRange, other: AddressRange): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}
