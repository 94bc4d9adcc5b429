import { Socket } from 'node:net';
import Cursor from 'pg-cursor';
import { z } from 'zod';
import { PlatformError } from '../vocabulary/failure.ts';
import type { DatabaseClient } from './connect.ts';

/** Rows as the server writes them: text, or null. */
export type TextRows = {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
};

export type RowCaps = { readonly rows: number; readonly bytes: number };

const batchRows = 500;
/** What the protocol may add to the values: their lengths, for rows of up to some hundred columns. */
const wireBytesPerRow = 1_024;
const wireBytesAside = 1_048_576;

/**
 * Runs one statement by the extended protocol and reads it through a portal of the server, a batch at a
 * time, so that memory holds no more than the caps whatever the statement would give; a single value that is
 * larger than the cap is cut off while it arrives, and the connection with it. Exceeding a cap is an error,
 * never a cut: `QUERY_ROW_CAP` or `QUERY_BYTE_CAP` (65), naming the cap. Throws what the driver throws.
 */
export async function readCursor(
  client: DatabaseClient,
  sql: string,
  values: readonly string[],
  caps: RowCaps,
): Promise<TextRows> {
  const cursor = client.query(
    new Cursor<(string | null)[]>(sql, [...values], {
      rowMode: 'array',
      types: { getTypeParser: (() => (value: string) => value) as never },
    }),
  );
  const stopCounting = cutOffAbove(client, caps);
  let failed = false;
  try {
    const rows: (string | null)[][] = [];
    let columns: TextRows['columns'] = [];
    let bytes = 0;
    for (;;) {
      const batch = await readBatch(cursor, batchRows).catch((error: unknown) => {
        failed = true;
        throw error;
      });
      columns = batch.columns;
      for (const row of batch.rows) {
        for (const value of row) bytes += value === null ? 0 : Buffer.byteLength(value);
        rows.push(row);
        if (rows.length > caps.rows) refuseSize('QUERY_ROW_CAP', `more than ${caps.rows} rows`);
        if (bytes > caps.bytes) refuseSize('QUERY_BYTE_CAP', `more than ${caps.bytes} bytes`);
      }
      if (batch.rows.length < batchRows) return { columns, rows };
    }
  } finally {
    stopCounting();
    // Closing waits for the server to say so, which one that has ended the session never does.
    if (!failed) await cursor.close().catch(() => undefined);
    endSilenceTimer(cursor);
  }
}

/** Ends the connection when more arrives on it than an answer within the caps can be. Returns how to stop. */
function cutOffAbove(client: DatabaseClient, { rows, bytes }: RowCaps): () => void {
  const most = bytes + rows * wireBytesPerRow + wireBytesAside;
  const { stream } = connectionSchema.parse(client).connection;
  let arrived = 0;
  const count = (chunk: Uint8Array) => {
    arrived += chunk.length;
    if (arrived > most) stream.destroy(tooLarge('QUERY_BYTE_CAP', `more than ${bytes} bytes`));
  };
  stream.on('data', count);
  return () => void stream.off('data', count);
}

/** The driver's own socket, of which its types do not tell. */
const connectionSchema = z.object({ connection: z.object({ stream: z.instanceof(Socket) }) });

/**
 * The driver ends its timer of a query in the callback that it puts on it, which a cursor never calls: the
 * timer would keep the process for as long as the statement might have taken.
 */
function endSilenceTimer(cursor: Cursor<(string | null)[]>): void {
  const callback: unknown = Reflect.get(cursor, 'callback');
  if (typeof callback === 'function') callback.call(cursor);
}

type Batch = { readonly columns: TextRows['columns']; readonly rows: (string | null)[][] };

function readBatch(cursor: Cursor<(string | null)[]>, rows: number): Promise<Batch> {
  return new Promise((resolve, reject) => {
    // Only the callback is told about the columns.
    cursor.read(rows, (error, batch, result) => {
      if (error) reject(error);
      else {
        resolve({
          columns: result.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
          rows: batch,
        });
      }
    });
  });
}

function refuseSize(code: SizeCode, message: string): never {
  throw tooLarge(code, message);
}

type SizeCode = 'QUERY_ROW_CAP' | 'QUERY_BYTE_CAP';

function tooLarge(code: SizeCode, message: string): PlatformError {
  return new PlatformError({
    exit: 'data',
    code,
    message: `the query has ${message}; nothing of it is kept`,
    where: code === 'QUERY_ROW_CAP' ? 'row_cap' : 'byte_cap',
    value: message,
    remedy:
      'Ask for less: a shorter window, an aggregate, a LIMIT. The caps stand in the header of the query.',
  });
}
