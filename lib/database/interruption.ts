import { errorCodeOf, isPlatformError, messageOf, PlatformError } from '../vocabulary/failure.ts';
import type { Dsn } from './dsn.ts';

/**
 * SQLSTATE of a connection that broke, a server that shuts down or starts, one without room, a transaction that was
 * rolled back, a lock that was not to be had, and a statement that was cancelled.
 */
const passingStates = /^(?:08...|57P0.|53...|40...|55P03|57014)$/;
const brokenSockets: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);
/** What the driver says in words alone; the last is for a connection that broke while nobody asked anything. */
const driverWords =
  /^(?:Connection terminated|Query read timeout|Client has encountered a connection error and is not queryable)/;

/**
 * What was thrown while a connection was used: `DATABASE_INTERRUPTED` (75) when the database broke off and may well
 * answer when it is asked again, else the error itself, failures of our own among them. Pure.
 */
export function asInterruption(error: unknown, dsn: Dsn): unknown {
  if (isPlatformError(error)) return error;
  const code = errorCodeOf(error) ?? '';
  const words = messageOf(error);
  if (!passingStates.test(code) && !brokenSockets.has(code) && !driverWords.test(words)) return error;
  return new PlatformError(
    {
      exit: 'transient',
      code: 'DATABASE_INTERRUPTED',
      // Words of the server may repeat values; its code never does.
      message: `the database broke off before it had answered (${code || words})`,
      where: dsn.describe(),
      remedy: 'Run it again; a transaction that was not committed has left nothing.',
    },
    { cause: error },
  );
}
