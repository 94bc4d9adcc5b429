import { stripVTControlCharacters, styleText } from 'node:util';
import type { Failure } from '../../lib/vocabulary/failure.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';

/**
 * Where a command speaks. Results go to standard output, progress to standard error, so that a pipe
 * gets results alone; with `--json` the result is exactly one JSON object.
 */
export type Output = {
  readonly json: boolean;
  /** A line about what is going on. */
  readonly progress: (line: string) => void;
  /** The result: text for people, the object for programs. */
  readonly result: (text: string, object: JsonObject) => void;
};

type Style = Parameters<typeof styleText>[0];

/** Colours only where a terminal will show them; honours NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

export function createOutput(json: boolean): Output {
  return {
    json,
    progress: (line) => void process.stderr.write(`${line}\n`),
    result: (text, object) => void process.stdout.write(json ? `${JSON.stringify(object)}\n` : `${text}\n`),
  };
}

/** A failure as people read it: what, where, which value, what next. */
export function formatFailure(failure: Failure): string {
  return [
    `${paint('red', 'error')} ${failure.code}: ${failure.message}`,
    ...(failure.where === undefined ? [] : [`  where  ${failure.where}`]),
    ...(failure.value === undefined ? [] : [`  value  ${failure.value}`]),
    `  next   ${failure.remedy}`,
  ].join('\n');
}

/** Columns padded to their widest cell; the last column is never padded. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (cell: string) => stripVTControlCharacters(cell).length;
  const widths = header.map((title, column) =>
    Math.max(width(title), ...rows.map((row) => width(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell) + 2),
      )
      .join('')
      .trimEnd();
  return [line(header.map((title) => title.toUpperCase())), ...rows.map(line)].join('\n');
}
