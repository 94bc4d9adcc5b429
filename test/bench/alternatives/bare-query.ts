/**
 * The question of `fraudctl query receipts_window` as a script would ask it: connect, send the file's SQL with
 * the values of the command line, print. Its settings stand in its environment.
 */
import { readFile } from 'node:fs/promises';
import { withConnection } from '../../../lib/database/connect.ts';
import { parseDsn } from '../../../lib/database/dsn.ts';

const { BARE_DSN = '', BARE_AUTHORITIES = '' } = process.env;
const sql = await readFile(new URL('../../../config/queries/receipts_window.sql', import.meta.url), 'utf8');
const wish = { dsn: parseDsn(BARE_DSN, 'BARE_DSN'), authorities: BARE_AUTHORITIES, applicationName: 'bare' };
const { rows } = await withConnection(wish, (client) => client.query(sql, process.argv.slice(2)));
console.table(rows);
