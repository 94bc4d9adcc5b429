import { drawOf } from '../draw.ts';

/** Draws of one world: each is the hash of its seed, stage and keys, whatever else is drawn. */
export type WorldDraw = {
  /** A double in (0, 1). */
  readonly unit: (stage: string, ...keys: readonly (string | number)[]) => number;
  /** 64 bits. */
  readonly u64: (stage: string, ...keys: readonly (string | number)[]) => bigint;
  /** A whole number in [0, count). */
  readonly below: (count: number, stage: string, ...keys: readonly (string | number)[]) => number;
  /** The items by the hash of their keys: a shuffle that depends on no order. */
  readonly ranked: <Item>(
    items: readonly Item[],
    keyOf: (item: Item) => string,
    stage: string,
  ) => readonly Item[];
};

export function createWorldDraw(seed: string): WorldDraw {
  const draw = (stage: string, keys: readonly (string | number)[]) =>
    drawOf(`sf5a.world|${seed}|${stage}|${keys.join('|')}`);
  const unit: WorldDraw['unit'] = (stage, ...keys) => draw(stage, keys).unit;
  return {
    unit,
    u64: (stage, ...keys) => draw(stage, keys).u64,
    below: (count, stage, ...keys) => Math.min(count - 1, Math.floor(unit(stage, ...keys) * count)),
    ranked: (items, keyOf, stage) =>
      items
        .map((item) => ({ item, rank: draw(stage, [keyOf(item)]).u64, key: keyOf(item) }))
        .sort((one, other) =>
          one.rank === other.rank ? (one.key < other.key ? -1 : 1) : one.rank < other.rank ? -1 : 1,
        )
        .map(({ item }) => item),
  };
}

/** Index of the interval that a unit draw falls into, among intervals of these weights. */
export function pickWeighted(weights: readonly number[], unit: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = unit * total;
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return weights.length - 1;
}

/** A standard normal from two unit draws (Box and Muller). */
export function normalOf(one: number, other: number): number {
  return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * other);
}
