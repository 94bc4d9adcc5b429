import type { TableSchema } from '../tables/schema.ts';

/**
 * Values of the tokens in a path. What is constant in a file stands here, in its path, and in no row.
 * `mbucket` is the label of a merchant bucket, `00` … `07`.
 */
export type Partition = {
  readonly manifest_fingerprint?: string;
  readonly parameter_hash?: string;
  readonly scenario_id?: string;
  readonly mbucket?: string;
};

/** A table of the segment: its schema, and where its files lie below the run folder or the world's data. */
export type Dataset = {
  readonly table: TableSchema;
  /** Relative, with tokens in braces for the members of `Partition`. */
  readonly pathTemplate: string;
};

const token = /\{([a-z_]+)\}/g;

/** The tokens of a dataset's path, in order: its partition keys. */
export function partitionKeys(dataset: Dataset): readonly string[] {
  return Array.from(dataset.pathTemplate.matchAll(token), (match) => match[1] ?? '');
}

/** The path of one file, relative. Throws a plain `Error` when a token has no value: a programming mistake. */
export function datasetPath(dataset: Dataset, partition: Partition): string {
  const values: Readonly<Record<string, string | undefined>> = partition;
  return dataset.pathTemplate.replaceAll(token, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${dataset.table.name}: the path needs ${key}`);
    return value;
  });
}
