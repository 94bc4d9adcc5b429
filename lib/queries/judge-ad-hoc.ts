import { loadModule, parseSync } from 'libpg-query';
import { z } from 'zod';
import { fail } from '../vocabulary/failure.ts';
import { attributeCallIn } from './attribute-notation.ts';
import { harmlessFunctions } from './harmless-functions.ts';
import type { QueryBounds } from './query-definition.ts';
import { membersOf } from './tree-members.ts';

/** What an ad-hoc query may take; one that needs more belongs into the registry, where it is reviewed. */
export const adHocBounds: QueryBounds = { row_cap: 10_000, byte_cap: 8 * 1024 * 1024, timeout_seconds: 30 };

/** Its shape is looked at no further down than here: a check of every node would recurse as deep as the SQL does. */
const treeSchema = z.looseObject({
  stmts: z.array(z.looseObject({ stmt: z.record(z.string(), z.unknown()) })).optional(),
});

/**
 * Refuses SQL that is not one plain SELECT, by the tree that PostgreSQL's own parser makes of it: no
 * second statement, no statement that is no SELECT at any depth (data-modifying CTEs), no INTO, no row
 * locks, no placeholders, and no function, however it is called, that is not known to have no effect. Throws
 * `AD_HOC_REFUSED` (77) naming what, or `AD_HOC_SYNTAX` (65) with what the parser says.
 *
 * The second wall is the database: a role without any grant but SELECT, in a read-only transaction, one
 * statement by the extended protocol.
 */
export async function judgeAdHoc(sql: string, where: string): Promise<void> {
  // The parser is C and stops at a NUL; the server would not.
  if (sql.includes('\0')) refuse(where, 'a NUL character');
  if (!sql.isWellFormed()) refuse(where, 'text that is not well-formed Unicode');
  await loadModule();
  const statements = treeSchema.parse(parsed(sql, where)).stmts ?? [];
  if (statements.length !== 1) refuse(where, `${statements.length} statements`);
  const [first] = statements;
  const kind = Object.keys(first?.stmt ?? {}).join();
  if (kind !== 'SelectStmt') refuse(where, kindOf(kind));
  for (const [name, value] of membersOf(first?.stmt)) checkMember(name, value, where);
  const attributeCall = attributeCallIn(first?.stmt);
  if (attributeCall !== undefined) refuse(where, attributeCall);
}

function parsed(sql: string, where: string): unknown {
  try {
    return parseSync(sql);
  } catch (error) {
    // The parser writes its tree recursively, on the stack of this program.
    if (error instanceof RangeError) refuse(where, 'nesting too deep to be judged');
    return fail(
      {
        exit: 'data',
        code: 'AD_HOC_SYNTAX',
        message: error instanceof Error ? error.message : 'the parser refuses it',
        where,
        remedy: 'Correct the SQL; it is read as PostgreSQL 17 reads it.',
      },
      error,
    );
  }
}

const functionNameSchema = z.array(z.looseObject({ String: z.looseObject({ sval: z.string() }) }));

function checkMember(name: string, value: unknown, where: string): void {
  if (name.endsWith('Stmt') && name !== 'SelectStmt') refuse(where, kindOf(name));
  if (name === 'intoClause') refuse(where, 'SELECT INTO');
  if (name === 'lockingClause') refuse(where, 'a row lock (FOR UPDATE, FOR SHARE)');
  if (name === 'ParamRef') refuse(where, 'a placeholder');
  if (name === 'FuncCall') checkFunction(value, where);
}

function checkFunction(call: unknown, where: string): void {
  const { funcname } = z.looseObject({ funcname: functionNameSchema }).parse(call);
  const parts = funcname.map(({ String: { sval } }) => sval);
  const [last = ''] = parts.slice(-1);
  const ownSchema = parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog');
  if (!ownSchema || !harmlessFunctions.has(last)) refuse(where, `the function ${parts.join('.')}`);
}

function kindOf(node: string): string {
  return node === 'RawStmt' ? 'a statement' : `${node.replace(/Stmt$/, '').toUpperCase()}`;
}

function refuse(where: string, what: string): never {
  return fail({
    exit: 'not-permitted',
    code: 'AD_HOC_REFUSED',
    message: `an ad-hoc query is one plain SELECT over functions without effect; this one has ${what}`,
    where,
    value: what,
    remedy: 'Take it out, or add a query to config/queries, where it is reviewed and pinned by its digest.',
  });
}
