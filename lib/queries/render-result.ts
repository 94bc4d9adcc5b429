import type { QueryResult, ResultValue } from './query-result.ts';

/** A value in a table; what is not there is not the word null. */
export function cellOf(value: ResultValue): string {
  if (value === null) return '∅';
  // A line break would tear the table.
  return String(value).replaceAll(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

/**
 * A result as CSV (RFC 4180): a header, CRLF, quotes where they are needed. A null is an empty field, an
 * empty text is `""`. Values are not changed: a text that begins with `=` is a formula to a spreadsheet,
 * which is told to import columns as text. Pure.
 */
export function csvOf({ columns, rows }: Pick<QueryResult, 'columns' | 'rows'>): string {
  const header = columns.map(({ name }) => quoted(name));
  return [header, ...rows.map((row) => row.map((value) => (value === null ? '' : quoted(String(value)))))]
    .map((fields) => `${fields.join(',')}\r\n`)
    .join('');
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
