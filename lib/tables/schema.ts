/**
 * Physical types of a column. `u64` keys are always UInt64; `string` is dictionary-encoded; `f64` may
 * hold NaN or an infinity only where no rule forbids it, and every rule does unless it says otherwise.
 */
export type ColumnType = 'u64' | 'f64' | 'i32' | 'string' | 'boolean';

/** What every value of a column must satisfy; null is judged by `nullable` alone. Bounds include their ends. */
export type ColumnRule =
  | { readonly kind: 'range'; readonly minimum?: number; readonly maximum?: number }
  | { readonly kind: 'u64-range'; readonly minimum: bigint; readonly maximum: bigint }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string };

export type ColumnSchema = {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** A column of type `f64` without a rule must still be finite. */
  readonly rule?: ColumnRule;
};

/** A table as it is written: columns in this order, rows sorted by `sort`, unique by `primaryKey`. */
export type TableSchema = {
  readonly name: string;
  readonly columns: readonly ColumnSchema[];
  readonly primaryKey: readonly string[];
  readonly sort: readonly string[];
};
