import { z } from 'zod';
import { databaseRole } from '../../config/names.ts';
import { defineTask } from './define-task.ts';

/** Login of the owner of the database; no other contract may read its secret. */
export const masterRole = 'fraud_master';

/**
 * Makes the database what this version expects: schemas, tables, login roles with least grants and the
 * passwords of their DSNs. Run it after every deploy and after every rotation; running it again changes
 * nothing.
 *
 * A contract with a database adds its DSN here, so that its role gets its password.
 */
export const migrateContract = defineTask({
  name: 'migrate',
  purpose: 'Brings schemas, login roles and grants of the database to what this version expects.',
  parameters: z.strictObject({}),
  settings: {},
  secrets: {
    MASTER_DSN: {
      kind: 'database-dsn',
      purpose: 'Login of the owner of the database.',
      path: 'database/master/dsn',
      role: masterRole,
    },
    PROBE_DSN: {
      kind: 'role-dsn',
      purpose: 'Its password becomes that of the probe role.',
      path: 'database/probe/dsn',
      role: databaseRole('probe'),
    },
    GATE_DSN: {
      kind: 'role-dsn',
      purpose: 'Its password becomes that of the gate role.',
      path: 'database/gate/dsn',
      role: databaseRole('gate'),
    },
    BURST_DSN: {
      kind: 'role-dsn',
      purpose: 'Its password becomes that of the burst role.',
      path: 'database/burst/dsn',
      role: databaseRole('burst'),
    },
    QUERY_DSN: {
      kind: 'role-dsn',
      purpose: 'Its password becomes that of the query role.',
      path: 'database/query/dsn',
      role: databaseRole('query'),
    },
    REPORT_DSN: {
      kind: 'role-dsn',
      purpose: 'Its password becomes that of the report role.',
      path: 'database/report/dsn',
      role: databaseRole('report'),
    },
  },
  database: { secret: 'MASTER_DSN', schema: 'any' },
  evidence: { reads: [], writes: [] },
  lake: { reads: [], writes: [] },
  actions: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 21 },
  deadline: { default: 300_000, maximum: 1_800_000 },
  stopGrace: 15_000,
});
