import { z } from 'zod';
import { databaseRole } from '../../config/names.ts';
import { queryNameSchema } from '../queries/query-definition.ts';
import { sha256Schema } from '../vocabulary/identifiers.ts';
import { defineTask } from './define-task.ts';

/**
 * One question to the database, from inside its network: a query of the registry, pinned by its digest, or
 * ad-hoc SQL where the environment allows it. Its role can read and nothing else.
 */
export const queryContract = defineTask({
  name: 'query',
  purpose: 'Answers one question from the database, read-only, with the answer as evidence.',
  parameters: z.union([
    z.strictObject({
      query: queryNameSchema,
      /** Digest of the file that the caller read; the image must hold the same. */
      query_sha256: sha256Schema,
      arguments: z.record(z.string(), z.string()).default({}),
    }),
    z.strictObject({ sql: z.string().min(1).max(100_000), query_sha256: sha256Schema }),
  ]),
  settings: {
    AD_HOC_QUERIES: {
      purpose: 'Whether SQL that is not in the registry may be asked: allowed or refused.',
      kind: 'text',
      schema: z.enum(['allowed', 'refused']),
    },
  },
  secrets: {
    DATABASE_DSN: {
      kind: 'database-dsn',
      purpose: 'Login of the query role, which may read and nothing else.',
      path: 'database/query/dsn',
      role: databaseRole('query'),
    },
  },
  database: { secret: 'DATABASE_DSN', schema: 'current' },
  evidence: { reads: [], writes: [] },
  lake: { reads: [], writes: [] },
  actions: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 21 },
  deadline: { default: 180_000, maximum: 900_000 },
  stopGrace: 10_000,
});
