import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { sha256Of } from '../evidence/format/digest.ts';
import { fail } from '../vocabulary/failure.ts';
import { migrations } from './migrations.ts';

export type MigrationFile = {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
};

type AppliedMigration = { readonly version: number; readonly name: string; readonly sha256: string };

/** The SQL files of this version, in order. */
export async function readMigrationFiles(): Promise<readonly MigrationFile[]> {
  return await Promise.all(
    migrations.map(async ({ version, name, file }) => {
      const sql = await readFile(new URL(`./sql/${file}`, import.meta.url), 'utf8');
      return { version, name, sql, sha256: sha256Of(sql) };
    }),
  );
}

/**
 * Which files are still to be applied. Pure. Throws `SCHEMA_NEWER` (65) when the database is ahead of
 * this code, and `MIGRATION_ALTERED` (65) when an applied file is not the one that was applied.
 */
export function planMigrations(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): readonly MigrationFile[] {
  const newest = files.at(-1)?.version ?? 0;
  for (const row of applied) {
    const file = files.find(({ version }) => version === row.version);
    if (file === undefined) {
      return fail({
        exit: 'data',
        code: 'SCHEMA_NEWER',
        message: `the database has schema version ${row.version}, this code knows ${newest}`,
        where: 'platform.schema_migrations',
        value: String(row.version),
        remedy: 'Run the migrate task of the version that made the database; going back is a restore.',
      });
    }
    if (file.sha256 !== row.sha256) {
      return fail({
        exit: 'data',
        code: 'MIGRATION_ALTERED',
        message: `migration ${row.version} ${row.name} was applied with other content`,
        where: `migration ${row.version}`,
        value: row.sha256,
        remedy: 'Restore the file as it was applied, and put the change into a new migration.',
      });
    }
  }
  const latest = Math.max(0, ...applied.map(({ version }) => version));
  return files.filter(({ version }) => version > latest);
}

/**
 * Applies what is missing, each migration with its record in one transaction, so that a crash leaves a
 * whole number of migrations. Must be called under `withMigrationLock`.
 */
export async function applyMigrations(
  client: pg.Client,
  files: readonly MigrationFile[],
  signal: AbortSignal,
): Promise<{ readonly before: number; readonly applied: readonly number[] }> {
  const known = await readApplied(client);
  const pending = planMigrations(files, known);
  for (const { version, name, sql, sha256 } of pending) {
    signal.throwIfAborted();
    await client.query('begin');
    try {
      await client.query(sql);
      await client.query(
        'insert into platform.schema_migrations (version, name, sha256) values ($1, $2, $3)',
        [version, name, sha256],
      );
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }
  return {
    before: Math.max(0, ...known.map(({ version }) => version)),
    applied: pending.map(({ version }) => version),
  };
}

async function readApplied(client: pg.Client): Promise<readonly AppliedMigration[]> {
  const { rows: tables } = await client.query<{ present: boolean }>(
    `select to_regclass('platform.schema_migrations') is not null as present`,
  );
  if (tables[0]?.present !== true) return [];
  const { rows } = await client.query<AppliedMigration>(
    'select version, name, sha256 from platform.schema_migrations order by version',
  );
  return rows;
}
