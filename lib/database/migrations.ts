/**
 * Migrations in the order in which they are applied; the version of a schema is the number of the last
 * one. The list is code, so that a task knows what it expects without reading a folder; a test holds
 * it to the files.
 */
export const migrations = [
  { version: 1, name: 'platform', file: '0001_platform.sql' },
  { version: 2, name: 'ingest', file: '0002_ingest.sql' },
] as const satisfies readonly { readonly version: number; readonly name: string; readonly file: string }[];

/** The schema version that this code works with. */
export const expectedSchemaVersion: number = migrations[migrations.length - 1]?.version ?? 0;
