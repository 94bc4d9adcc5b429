import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCodeOf } from '../../vocabulary/failure.ts';
import { CloudError } from '../cloud-error.ts';
import { type Operations, operation } from './operation.ts';

const target = (name: string) => `Logs_20140328.${name}`;
/** A page of GetLogEvents holds at most this many bytes. */
const pageBytes = 1_048_576;

const streamPart = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Path of the file of a log stream. */
export function logFile(logsFolder: string, stream: string): string {
  return `${join(logsFolder, ...stream.split('/'))}.log`;
}

/**
 * CloudWatch Logs over the files that tasks write. A token is the byte up to which has been read, so a
 * stream is read on from there, whoever served it before; the same token again means its end.
 */
export function logOperations(logsFolder: string): Operations {
  return {
    [target('GetLogEvents')]: operation(
      z.object({
        logGroupName: z.string(),
        logStreamName: z.string(),
        nextToken: z.string().optional(),
        startFromHead: z.boolean().default(false),
        limit: z.int().min(1).max(10_000).default(10_000),
      }),
      async ({ logStreamName, nextToken, startFromHead, limit }) => {
        if (!logStreamName.split('/').every((part) => streamPart.test(part))) refuseStream();
        const file = logFile(logsFolder, logStreamName);
        const fromEnd = nextToken === undefined && !startFromHead;
        const start = fromEnd ? await lastPageStart(file) : tokenStart(nextToken ?? 'f/0');
        const page = await readLines(file, start);
        const { lines, end } = cutPage(page, start, limit, fromEnd);
        const now = Date.now();
        let last = now;
        return {
          events: lines.map((message) => {
            last = timeOf(message) ?? last;
            return { message, timestamp: last, ingestionTime: now };
          }),
          nextForwardToken: `f/${end}`,
          nextBackwardToken: `b/${start}`,
        };
      },
    ),
  };
}

function tokenStart(token: string): number {
  const start = Number(/^f\/(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isSafeInteger(start)) return start;
  throw new CloudError('InvalidParameterException', 'The specified nextToken is invalid.');
}

type LinesPage = { readonly lines: readonly string[]; readonly end: number };

/** At most `limit` lines of a page that begins at a byte: its last ones, or its first and the byte after them. */
function cutPage({ lines, end }: LinesPage, start: number, limit: number, fromEnd: boolean): LinesPage {
  if (lines.length <= limit) return { lines, end };
  if (fromEnd) return { lines: lines.slice(-limit), end };
  const first = lines.slice(0, limit);
  return { lines: first, end: start + first.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0) };
}

/** Where the last page of a stream begins: at a line that is whole, or at the beginning. */
async function lastPageStart(path: string): Promise<number> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size <= pageBytes) return 0;
  const start = size - pageBytes;
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(pageBytes);
    const { bytesRead } = await file.read(buffer, 0, pageBytes, start);
    return start + buffer.subarray(0, bytesRead).indexOf(10) + 1;
  } finally {
    await file.close();
  }
}

/** The whole lines of a file from a byte on, and the byte after the last of them. */
async function readLines(path: string, start: number): Promise<LinesPage> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return refuseStream();
    throw error;
  });
  try {
    const buffer = Buffer.alloc(pageBytes);
    const { bytesRead } = await file.read(buffer, 0, pageBytes, start);
    const read = buffer.subarray(0, bytesRead);
    // A line longer than a page is handed out in pieces, as CloudWatch does with long events.
    const cut = read.lastIndexOf(10) + 1 || (bytesRead === pageBytes ? pageBytes : 0);
    const text = read.subarray(0, cut).toString('utf8');
    return { lines: text === '' ? [] : text.replace(/\n$/, '').split('\n'), end: start + cut };
  } finally {
    await file.close();
  }
}

/** The time that one of our own JSON lines carries. */
function timeOf(line: string): number | undefined {
  const millis = Date.parse(/^\{"time":"([^"]+)"/.exec(line)?.[1] ?? '');
  return Number.isFinite(millis) ? millis : undefined;
}

function refuseStream(): never {
  throw new CloudError('ResourceNotFoundException', 'The specified log stream does not exist.');
}
