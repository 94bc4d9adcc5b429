/**
 * Attempts the same with every item, all at once and whatever becomes of the others; what each came to, joined.
 * Throws an `AggregateError` of what failed, when all have been attempted.
 */
export async function attemptAll<Item, Line>(
  items: readonly Item[],
  attempt: (item: Item) => Promise<readonly Line[]>,
): Promise<readonly Line[]> {
  const results = await Promise.allSettled(items.map(attempt));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}
