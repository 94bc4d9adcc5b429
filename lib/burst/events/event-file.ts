import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import { sha256Of, sha256OfStream } from '../../evidence/format/digest.ts';
import { envelopeSchema } from '../../ingest/envelope.ts';
import { streamParquetRows } from '../../tables/stream-rows.ts';
import { errorCodeOf, fail, messageOf } from '../../vocabulary/failure.ts';
import type { Sha256 } from '../../vocabulary/identifiers.ts';
import { byteLines } from './byte-lines.ts';

/** One event of a team's own file: an envelope without what belongs to the run that sends it. */
export const fileEventSchema = envelopeSchema.omit({ run_id: true, trace_id: true, producer: true });
export type FileEvent = z.infer<typeof fileEventSchema>;

const identityFields = ['manifest_fingerprint', 'parameter_hash', 'scenario_id', 'segment_run_id'] as const;

/** A file of events, every one of them looked at. */
export type EventFile = {
  readonly path: string;
  /** Identity of the stream: the bytes of the file. */
  readonly sourceSha256: Sha256;
  readonly identity: Pick<FileEvent, (typeof identityFields)[number]>;
  /** Times of the events lie in [start, end). */
  readonly windowStart: string;
  readonly windowEnd: string;
  readonly events: number;
};

/**
 * Reads a whole file of events (`.ndjson` or `.parquet`) and holds every one to the envelope: nothing
 * unknown, one identity for all, times that never go back. Memory does not grow with the file. Throws
 * `EVENT_FILE_MISSING` (64), and `EVENT_FILE_INVALID` (65) naming file, line or row, field and value.
 */
export async function inspectEventFile(path: string, signal: AbortSignal): Promise<EventFile> {
  let first: FileEvent | undefined;
  let last: FileEvent | undefined;
  let events = 0;
  for await (const { event, place } of readEventFile(path, signal)) {
    first ??= event;
    for (const field of identityFields) {
      if (event[field] !== first[field]) {
        invalid(path, place, field, event[field], `is not that of the first event, ${first[field]}`);
      }
    }
    if (last !== undefined && event.ts_utc < last.ts_utc) {
      invalid(path, place, 'ts_utc', event.ts_utc, `is before that of the event above, ${last.ts_utc}`);
    }
    last = event;
    events += 1;
  }
  if (first === undefined || last === undefined) return invalid(path, 'line 1', '', '', 'there is no event');
  const { sha256 } = await sha256OfStream(createReadStream(path));
  return {
    path,
    sourceSha256: sha256Of(`fraud-platform/event-file/v1\n${sha256}\n`),
    identity: {
      manifest_fingerprint: first.manifest_fingerprint,
      parameter_hash: first.parameter_hash,
      scenario_id: first.scenario_id,
      segment_run_id: first.segment_run_id,
    },
    windowStart: first.ts_utc,
    windowEnd: afterInstant(last.ts_utc),
    events,
  };
}

/** The events of a file in their order, each with where it stands. Throws as `inspectEventFile`. */
export async function* readEventFile(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly event: FileEvent; readonly place: string }> {
  const rows = path.endsWith('.parquet') ? parquetRows(path, signal) : jsonLines(path, signal);
  try {
    for await (const { value, place } of rows) {
      const parsed = fileEventSchema.safeParse(value);
      if (parsed.success) {
        yield { event: parsed.data, place };
        continue;
      }
      const [issue] = parsed.error.issues;
      const field = (issue?.path ?? []).map(String).join('.');
      invalid(path, place, field, shown(valueAt(value, issue?.path ?? [])), issue?.message ?? 'is no event');
    }
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
    fail(
      {
        exit: 'usage',
        code: 'EVENT_FILE_MISSING',
        message: `the file of events cannot be read: ${messageOf(error)}`,
        where: path,
        remedy: 'Give the path of an .ndjson or .parquet file that the task can read.',
      },
      error,
    );
  }
}

type Row = { readonly value: unknown; readonly place: string };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function* jsonLines(path: string, signal: AbortSignal): AsyncGenerator<Row> {
  let line = 0;
  for await (const bytes of byteLines(createReadStream(path, { signal }))) {
    line += 1;
    const place = `line ${line}`;
    const text = decodedLine(path, place, bytes).replace(/\r$/, '');
    if (text !== '') yield { value: parsedLine(path, place, text), place };
  }
}

/** What is not UTF-8 would be sent as something else, under the digest of the file. */
function decodedLine(path: string, place: string, bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return invalid(path, place, '', Buffer.from(bytes).toString('utf8').slice(0, 80), 'is not UTF-8');
  }
}

function parsedLine(path: string, place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const message = text.startsWith('\uFEFF') ? 'begins with a byte order mark' : 'is not JSON';
    return invalid(path, place, '', text.slice(0, 80), message);
  }
}

/** Columns are the members of an event; `payload` is JSON text. */
async function* parquetRows(path: string, signal: AbortSignal): AsyncGenerator<Row> {
  let row = 0;
  for await (const { payload, ...members } of streamParquetRows(path, signal)) {
    const place = `row ${row}`;
    row += 1;
    const value = typeof payload === 'string' ? parsedLine(path, place, payload) : payload;
    yield { value: { ...members, payload: value }, place };
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 80);
}

/** The instant a microsecond after one with six fractional digits. */
function afterInstant(instant: string): string {
  const micros = BigInt(Date.parse(`${instant.slice(0, 23)}Z`)) * 1_000n + BigInt(instant.slice(23, 26)) + 1n;
  const millis = Number(micros / 1_000n);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros % 1_000n).padStart(3, '0')}Z`;
}

function invalid(path: string, place: string, field: string, value: string, message: string): never {
  return fail({
    exit: 'data',
    code: 'EVENT_FILE_INVALID',
    message: field === '' ? message : `${field} ${message}`,
    where: `${path}: ${place}${field === '' ? '' : `, ${field}`}`,
    value,
    remedy: 'Correct the file; /openapi.json of the gate says what an event is. Nothing was sent.',
  });
}
