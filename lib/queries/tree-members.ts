/**
 * Every member of a tree, as name and value, the outer before the inner. Pure. It does not recurse: a sum of three
 * thousand terms is three thousand deep.
 */
export function* membersOf(tree: unknown): Generator<readonly [name: string, value: unknown]> {
  const left = [tree];
  while (left.length > 0) {
    const node = left.pop();
    if (typeof node !== 'object' || node === null) continue;
    if (!Array.isArray(node)) yield* Object.entries(node);
    left.push(...Object.values(node).reverse());
  }
}
