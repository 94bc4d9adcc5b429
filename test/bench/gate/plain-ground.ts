import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { secretParameterName } from '../../../config/names.ts';
import { readParameters } from '../../support/read-parameters.ts';
import { type EventService, type GateGround, prepareGate, removeGate } from './ground.ts';

const program = fileURLToPath(new URL('../alternatives/gate/plain-server.ts', import.meta.url));

/** The gate and the plain server, each with tables of its own in one PostgreSQL. */
export type PlainGround = GateGround & {
  readonly plain: EventService & { readonly server: ChildProcess };
  /** Rows of admissions that each must have by now. */
  expected: { gate: number; plain: number };
};

export async function preparePlain(connections: number): Promise<PlainGround> {
  const ground = await prepareGate(connections);
  // The same columns, keys and indices.
  await ground.gate.owner.query(`create schema plain;
    create table plain.admissions (like ingest.admissions including all);
    create table plain.rejections (like ingest.rejections including all);`);
  const { home } = ground.environment;
  const [dsn = ''] = await readParameters(home, [secretParameterName('local', 'database/master/dsn')]);
  const server = spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      PLAIN_DSN: dsn,
      PLAIN_AUTHORITIES: await readFile(join(home, 'postgres', 'authority.pem'), 'utf8'),
      PLAIN_KEY: ground.key,
    },
  });
  const [line] = await once(server.stdout, 'data');
  const pool = new Pool(`http://127.0.0.1:${Number(String(line))}`, { connections, pipelining: 1 });
  return { ...ground, plain: { pool, key: ground.key, server }, expected: { gate: 0, plain: 0 } };
}

export async function removePlain(ground: PlainGround): Promise<void> {
  await ground.plain.pool.close();
  ground.plain.server.kill('SIGTERM');
  if (ground.plain.server.exitCode === null) await once(ground.plain.server, 'exit');
  await removeGate(ground);
}

export const plainServers = ({ plain, postgres }: PlainGround): readonly number[] => [
  ...(plain.server.pid === undefined ? [] : [plain.server.pid]),
  postgres,
];

/** As many rows are in the table as were sent and answered. */
export async function requireRows(ground: PlainGround, side: 'gate' | 'plain'): Promise<void> {
  const table = side === 'gate' ? 'ingest.admissions' : 'plain.admissions';
  const { rows } = await ground.gate.owner.query<{ count: string }>(`select count(*) from ${table}`);
  const found = Number(rows[0]?.count);
  if (found !== ground.expected[side])
    throw new Error(`${table} has ${found} rows, ${ground.expected[side]} were answered`);
}
