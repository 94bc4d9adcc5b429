/** Files that are moved at a time: enough to fill the network, few enough to hold open. */
const hands = 8;

/** Does the same to every item, some at a time; the results in the order of the items. The first failure is thrown. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const queue = items.entries();
  const hand = async () => {
    for (const [index, item] of queue) results.set(index, await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(hands, items.length) }, hand));
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}
