/** Files that are moved at a time: enough to fill the network, few enough to hold open. */
const hands = 8;

/**
 * Does the same to every item, some at a time; the results in the order of the items. The first failure is thrown,
 * when nothing is worked on any more: whoever is told may take away what the work writes to.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const failures: unknown[] = [];
  const queue = items.entries();
  const hand = async () => {
    for (const [index, item] of queue) {
      try {
        results.set(index, await work(item));
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(hands, items.length) }, hand));
  if (failures.length > 0) throw failures[0];
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}
