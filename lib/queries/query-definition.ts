import { parseDocument } from 'yaml';
import { z } from 'zod';
import { sha256Of } from '../evidence/format/digest.ts';
import { fail } from '../vocabulary/failure.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';

/** Name of a query: its file in `config/queries` without the ending. */
export const queryNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/, 'lower-case words joined by _');

const about = z.string().min(3);
const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('run-id'), about, default: z.string().optional() }),
  z.strictObject({ type: z.literal('instant'), about, default: z.string().optional() }),
  z.strictObject({ type: z.literal('text'), about, default: z.string().optional() }),
  z.strictObject({
    type: z.literal('integer'),
    about,
    minimum: z.int(),
    maximum: z.int(),
    default: z.string().optional(),
  }),
]);
/** One named, typed parameter. Defaults are text, as a caller would give them. */
export type QueryParameter = z.infer<typeof parameterSchema>;

const headerSchema = z.strictObject({
  purpose: z.string().min(10).max(400),
  /** In the order of the placeholders: the first is $1. */
  parameters: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'not a name like run_id'), parameterSchema),
  /** More rows than this is an error, never a cut. */
  row_cap: z.int().min(1).max(100_000),
  /** Bytes of all values as text, in the same way. */
  byte_cap: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024),
  /** After this the server cancels the statement. */
  timeout_seconds: z.int().min(1).max(600),
});

/** Bounds that every query has, also one that has no header. */
export type QueryBounds = Pick<z.infer<typeof headerSchema>, 'row_cap' | 'byte_cap' | 'timeout_seconds'>;

/** A query of the registry. */
export type QueryDefinition = z.infer<typeof headerSchema> & {
  readonly name: string;
  /** The whole file, header included: what the digest is of and what the server is sent. */
  readonly sql: string;
  readonly sha256: Sha256;
};

const headerShape = /^\/\*\n([\s\S]*?)\*\//;

/**
 * Reads a query file: a YAML header in the first comment, then one statement. Pure. Throws `QUERY_FILE_INVALID`
 * (65) naming file, field and what is wrong.
 */
export function parseQueryFile(name: string, sql: string, path: string): QueryDefinition {
  const header = headerShape.exec(sql)?.[1];
  if (header === undefined) return refuse(path, '', 'the file does not begin with a header comment');
  const document = parseDocument(header, { strict: true, uniqueKeys: true, version: '1.2' });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) return refuse(path, '', problem.message);
  const parsed = headerSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(path, (issue?.path ?? []).map(String).join('.'), issue?.message ?? 'not a header');
  }
  if (!queryNameSchema.safeParse(name).success) return refuse(path, 'name', `${name} is no name of a query`);
  return { ...parsed.data, name, sql, sha256: sha256Of(sql) };
}

function refuse(path: string, field: string, message: string): never {
  return fail({
    exit: 'data',
    code: 'QUERY_FILE_INVALID',
    message,
    where: field === '' ? path : `${path}: ${field}`,
    remedy: 'Correct the header; lib/queries/query-definition.ts says what each field means.',
  });
}
