import { databaseRole } from '../../config/names.ts';

/** What one login role may do. Nothing is inherited, and what is not listed is revoked. */
export type RoleGrants = {
  readonly role: string;
  /** At most this many connections at a time. */
  readonly connectionLimit: number;
  readonly schemas: readonly string[];
  readonly tables: Readonly<Record<string, readonly ('select' | 'insert' | 'update' | 'delete')[]>>;
};

/** Least grants by role. Every role may read the schema's version: the bootstrap refuses by it. */
export const roleGrants: readonly RoleGrants[] = [
  {
    role: databaseRole('probe'),
    connectionLimit: 4,
    schemas: ['platform'],
    tables: {
      'platform.schema_migrations': ['select'],
      'platform.heartbeats': ['select', 'insert'],
    },
  },
  {
    role: databaseRole('gate'),
    connectionLimit: 8,
    schemas: ['platform', 'ingest'],
    tables: {
      'platform.schema_migrations': ['select'],
      'ingest.run_scopes': ['select'],
      'ingest.admissions': ['select', 'insert'],
      'ingest.rejections': ['select', 'insert'],
      'ingest.receipts': ['select'],
    },
  },
  {
    role: databaseRole('burst'),
    // Every lane holds one connection, and a Map may have forty lanes.
    connectionLimit: 44,
    schemas: ['platform', 'ingest'],
    tables: {
      'platform.schema_migrations': ['select'],
      'ingest.run_scopes': ['select', 'insert', 'update'],
      'ingest.checkpoints': ['select', 'insert', 'update'],
      'ingest.admissions': ['select'],
      'ingest.rejections': ['select'],
      'ingest.receipts': ['select'],
    },
  },
  // Both read everything that is about runs, and write nothing, not even a temporary table.
  ...['query', 'report'].map(
    (contract): RoleGrants => ({
      role: databaseRole(contract),
      connectionLimit: 8,
      schemas: ['platform', 'ingest'],
      tables: {
        'platform.schema_migrations': ['select'],
        'ingest.run_scopes': ['select'],
        'ingest.checkpoints': ['select'],
        'ingest.admissions': ['select'],
        'ingest.rejections': ['select'],
        'ingest.receipts': ['select'],
      },
    }),
  ),
];
