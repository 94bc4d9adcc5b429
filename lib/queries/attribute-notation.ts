import { z } from 'zod';
import { harmlessFunctions } from './harmless-functions.ts';
import { membersOf } from './tree-members.ts';

/** Columns that functions without effect name themselves; no function has such a name. */
const ownColumns: ReadonlySet<string> = new Set(['key', 'value', 'ordinality']);

const name = z.looseObject({ String: z.looseObject({ sval: z.string() }) });
const namesIn = (nodes: unknown) =>
  z
    .array(z.unknown())
    .parse(nodes)
    .map((node) => name.safeParse(node).data?.String.sval);

const rangeFunctionSchema = z.looseObject({
  functions: z.array(
    z.looseObject({ List: z.looseObject({ items: z.array(z.record(z.string(), z.unknown())) }) }),
  ),
  alias: z.looseObject({ aliasname: z.string(), colnames: z.array(name).optional() }).optional(),
});

/**
 * What a tree has of attribute notation that may call a function, or `undefined`. Pure.
 *
 * PostgreSQL takes `x.name` for `name(x)` where x has no such column: `(expression).name` whatever the expression,
 * and `g.name` where g is a function in FROM that returns one value, whole. Any other `t.name` hands over a row,
 * and what takes a row, of PostgreSQL's own functions, only shows it. (PostgreSQL 17,
 * 8.16.5, "Using Composite Types in Queries".)
 */
export function attributeCallIn(tree: unknown): string | undefined {
  const nodes = [...membersOf(tree)];
  const sources = nodes.flatMap(([kind, node]) => (kind === 'RangeFunction' ? [sourceOf(node)] : []));
  if (sources.includes(undefined)) return 'an expression in FROM without a name';
  for (const [kind, node] of nodes) {
    if (kind === 'A_Indirection') {
      const { indirection } = z.looseObject({ indirection: z.unknown() }).parse(node);
      const called = namesIn(indirection).find((found) => found !== undefined);
      if (called !== undefined) return `an attribute of an expression, (…).${called}`;
    }
    if (kind === 'ColumnRef') {
      const { fields } = z.looseObject({ fields: z.unknown() }).parse(node);
      const [relation, column] = namesIn(fields).slice(-2);
      if (relation === undefined || column === undefined) continue;
      // Two may have the same name, and only one of them such a column.
      const isCall = sources.some(
        (source) => source?.names.includes(relation) === true && !source.columns.has(column),
      );
      if (isCall && !harmlessFunctions.has(column) && !ownColumns.has(column)) {
        return `an attribute of a function in FROM, ${relation}.${column}; name its columns, ${relation}(${column})`;
      }
    }
  }
  return undefined;
}

type FunctionInFrom = {
  /** What it may be called by. */
  readonly names: readonly string[];
  /** Columns that the query has named; its alias is not always one. */
  readonly columns: ReadonlySet<string>;
};

/** A function in FROM, or `undefined` where its name follows rules that are not told here. */
function sourceOf(node: unknown): FunctionInFrom | undefined {
  const { functions, alias } = rangeFunctionSchema.parse(node);
  const columns = new Set(alias?.colnames?.map(({ String: { sval } }) => sval));
  if (alias !== undefined) return { names: [alias.aliasname], columns };
  const names = functions.map(({ List: { items } }) => {
    const call = z.looseObject({ funcname: z.array(name) }).safeParse(items[0]?.FuncCall).data;
    return call?.funcname.at(-1)?.String.sval;
  });
  return names.includes(undefined) ? undefined : { names: names.filter((one) => one !== undefined), columns };
}
