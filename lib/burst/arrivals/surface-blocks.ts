import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../vocabulary/failure.ts';

/** A merchant-zone that has any intensity. */
export type ArrivalPair = {
  readonly merchantId: bigint;
  readonly country: string;
  readonly tzid: string;
  readonly channelGroup: string;
};

/** Intensities of one block of buckets: of pair `p` and bucket `b` of the block at `p * buckets + b`. */
export type BucketBlock = {
  readonly firstBucket: number;
  readonly buckets: number;
  readonly lambda: Float64Array;
};

/** How a surface is laid out: buckets of a merchant-zone over the horizon, and how many of them are held in memory at a time. */
export type BlockLayout = { readonly buckets: number; readonly perBlock: number };

/**
 * Turns a surface that is written merchant-zone by merchant-zone into blocks of buckets, on disk: each
 * file of the surface is read once, and memory never holds more than a block or a file. Pairs without
 * any intensity are left out.
 */
export class SurfaceBlocks {
  readonly #folder: string;
  readonly #layout: BlockLayout;
  readonly #files: FileHandle[] = [];
  readonly pairs: ArrivalPair[] = [];

  private constructor(folder: string, layout: BlockLayout) {
    this.#folder = folder;
    this.#layout = layout;
  }

  /** Files go into `folder`, which is the caller's to remove. */
  static async create(folder: string, layout: BlockLayout): Promise<SurfaceBlocks> {
    const blocks = new SurfaceBlocks(folder, layout);
    await mkdir(folder, { recursive: true });
    for (let block = 0; block < blocks.count; block += 1) {
      blocks.#files.push(await open(join(folder, `block-${block}`), 'w+'));
    }
    return blocks;
  }

  get count(): number {
    return Math.ceil(this.#layout.buckets / this.#layout.perBlock);
  }

  /** Adds merchant-zones with all their buckets, back to back, in the order of the surface. */
  async add(pairs: readonly ArrivalPair[], lambda: Float64Array): Promise<void> {
    const { buckets } = this.#layout;
    if (lambda.length !== pairs.length * buckets) {
      fail({
        exit: 'data',
        code: 'SURFACE_INCOMPLETE',
        message: `a surface has ${lambda.length} values for ${pairs.length} merchant-zones of ${buckets} buckets`,
        where: this.#folder,
        remedy: 'Run S4 and S5 again: a sealed surface has every bucket of every merchant-zone.',
      });
    }
    const active = pairs
      .map((pair, index) => ({
        pair,
        values: lambda.subarray(index * buckets, (index + 1) * buckets),
      }))
      .filter(({ values }) => values.some((value) => value > 0));
    for (const [block, file] of this.#files.entries()) {
      const { from, to } = this.#span(block);
      const rows = new Float64Array(active.length * (to - from));
      for (const [index, { values }] of active.entries()) {
        rows.set(values.subarray(from, to), index * (to - from));
      }
      await file.appendFile(new Uint8Array(rows.buffer));
    }
    this.pairs.push(...active.map(({ pair }) => pair));
  }

  async read(block: number): Promise<BucketBlock> {
    const { from, to } = this.#span(block);
    const lambda = new Float64Array(this.pairs.length * (to - from));
    const bytes = new Uint8Array(lambda.buffer);
    const { bytesRead } = (await this.#files[block]?.read(bytes, 0, bytes.length, 0)) ?? { bytesRead: 0 };
    if (bytesRead !== bytes.length) throw new Error(`block ${block} is cut off`);
    return { firstBucket: from, buckets: to - from, lambda };
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
  }

  #span(block: number): { readonly from: number; readonly to: number } {
    const { buckets, perBlock } = this.#layout;
    return { from: block * perBlock, to: Math.min((block + 1) * perBlock, buckets) };
  }
}
