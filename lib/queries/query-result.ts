import { z } from 'zod';
import { sha256Schema } from '../vocabulary/identifiers.ts';

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type ResultValue = z.infer<typeof valueSchema>;

/** What a query found, as it is kept in evidence: canonical JSON. */
export const queryResultSchema = z.strictObject({
  schema: z.literal('fraud-platform/query-result/v1'),
  /** Name in the registry; null for ad-hoc SQL, which is given in `sql`. */
  query: z.string().nullable(),
  sql: z.string().nullable(),
  /** Digest of the text that the server was sent. */
  query_sha256: sha256Schema,
  arguments: z.record(z.string(), z.string()),
  /** Which transactions the result sees, as PostgreSQL writes a snapshot: xmin:xmax:xip,… */
  snapshot: z.string(),
  /** When the snapshot was taken, by the clock of the database. */
  taken_at: z.string(),
  server_version: z.string(),
  role: z.string(),
  isolation: z.literal('repeatable read, read only'),
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
  row_count: z.int().min(0),
  rows: z.array(z.array(valueSchema)),
});
export type QueryResult = z.infer<typeof queryResultSchema>;

/** What the task says of it in its own result. */
export const queryOutputSchema = z.strictObject({
  query: z.string().nullable(),
  query_sha256: sha256Schema,
  row_count: z.int().min(0),
  result: z.strictObject({ key: z.string(), sha256: sha256Schema, bytes: z.int().min(0) }),
});

/** Name of the object beside `result.json`. */
export const queryResultName = 'query-result.json';
