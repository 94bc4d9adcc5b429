import type pg from 'pg';
import { fail } from '../vocabulary/failure.ts';
import type { Dsn } from './dsn.ts';
import type { RoleGrants } from './grants.ts';
import { scramVerifier } from './scram-verifier.ts';

/** A login role, with the DSN that carries its password. */
export type LoginRole = { readonly grants: RoleGrants; readonly dsn: Dsn };

/**
 * Gives every login role its password and exactly its grants, in one transaction. What a role was
 * granted before and is not listed any more is taken away. Throws `ROLE_FOREIGN` (65) when a DSN is
 * for another role than the one it is stored for.
 */
export async function applyRoles(client: pg.Client, roles: readonly LoginRole[]): Promise<readonly string[]> {
  for (const { grants, dsn } of roles) {
    if (dsn.user !== grants.role) {
      fail({
        exit: 'data',
        code: 'ROLE_FOREIGN',
        message: `the DSN stored for ${grants.role} logs in as ${dsn.user}`,
        where: dsn.describe(),
        value: dsn.user,
        remedy: 'Store the DSN of the contract’s own role under its own secret.',
      });
    }
  }
  await client.query('begin');
  try {
    const { rows } = await client.query<{ database: string }>('select current_database() as database');
    const database = quoted(client, rows[0]?.database ?? '');
    await client.query(`revoke all on database ${database} from public`);
    for (const role of roles) await applyRole(client, database, role);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
  return roles.map(({ grants }) => grants.role);
}

async function applyRole(client: pg.Client, database: string, { grants, dsn }: LoginRole): Promise<void> {
  const role = quoted(client, grants.role);
  const { rows } = await client.query('select from pg_roles where rolname = $1', [grants.role]);
  if (rows.length === 0) await client.query(`create role ${role} login noinherit`);
  const verifier = client.escapeLiteral(scramVerifier(dsn.password()));
  await client.query(
    `alter role ${role} with login noinherit connection limit ${grants.connectionLimit} password ${verifier}`,
  );
  await client.query(`revoke all on database ${database} from ${role}`);
  await client.query(`grant connect on database ${database} to ${role}`);
  const { rows: schemas } = await client.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')`,
  );
  for (const { name } of schemas) {
    const schema = quoted(client, name);
    await client.query(`revoke all on schema ${schema} from ${role}`);
    for (const kind of ['tables', 'sequences', 'functions']) {
      await client.query(`revoke all on all ${kind} in schema ${schema} from ${role}`);
    }
  }
  for (const schema of grants.schemas)
    await client.query(`grant usage on schema ${quoted(client, schema)} to ${role}`);
  for (const [table, privileges] of Object.entries(grants.tables)) {
    const name = table
      .split('.')
      .map((part) => quoted(client, part))
      .join('.');
    await client.query(`grant ${privileges.join(', ')} on ${name} to ${role}`);
  }
}

function quoted(client: pg.Client, identifier: string): string {
  return client.escapeIdentifier(identifier);
}
