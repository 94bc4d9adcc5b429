import { errorCodeOf, isPlatformError, messageOf, PlatformError } from '../../lib/vocabulary/failure.ts';

/**
 * What an error of the driver or the server means to whoever asked. Pure. The server's message is kept: it
 * speaks of the statement, which the asker knows, and never of credentials.
 *
 * `QUERY_TIMEOUT` (124), `QUERY_NOT_PERMITTED` (77), `QUERY_INVALID` (65), `QUERY_INTERRUPTED` (75); failures
 * of our own pass through.
 */
export function failureOfQuery(error: unknown, where: string, timeoutSeconds: number): PlatformError {
  if (isPlatformError(error)) return error;
  const state = errorCodeOf(error) ?? '';
  const failed = (
    exit: 'deadline' | 'not-permitted' | 'data' | 'transient',
    code: string,
    message: string,
    remedy: string,
  ) => new PlatformError({ exit, code, message, where, value: state, remedy }, { cause: error });
  const said = `${messageOf(error)}${placeIn(error)}`;
  if (state === '57014') {
    return failed(
      'deadline',
      'QUERY_TIMEOUT',
      `the server cancelled the query; it may take ${timeoutSeconds} s (${said})`,
      'Ask for less: a shorter window, an aggregate. The timeout stands in the header of the query.',
    );
  }
  if (state === '42501' || state === '25006') {
    return failed(
      'not-permitted',
      'QUERY_NOT_PERMITTED',
      `the query role may not do this (${said})`,
      'A query reads ingest and platform; it never writes.',
    );
  }
  // Classes 22 (data), 26, 34, 42 (syntax, names) and 0A (not supported) are about the statement.
  if (/^(?:0A|21|22|26|34|42|54)/.test(state)) {
    return failed('data', 'QUERY_INVALID', said, 'Correct the query or its arguments.');
  }
  return failed(
    'transient',
    'QUERY_INTERRUPTED',
    `the database did not answer to the end (${state === '' ? said : `${state}: ${said}`})`,
    'Ask again; nothing was changed.',
  );
}

/** Where in the text the server found it, counted in characters from 1. */
function placeIn(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('position' in error)) return '';
  return typeof error.position === 'string' ? `, at character ${error.position}` : '';
}
