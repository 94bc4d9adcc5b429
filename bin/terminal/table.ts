import { resultWidth } from './look.ts';
import { cutEnd, cutStart, displayWidth, padEnd, padStart, plainText } from './text-width.ts';

const gap = '  ';
/** No column of prose is narrower than this while there is another way. */
const leastProse = 12;
/** A word up to this long is an identifier that people copy: it is never cut. */
const longestIdentifier = 40;

/** Figures and measures: `12`, `1,024`, `-0.5`, `87.98 %`, `3.2 MiB`, `10 min 00 s`. */
const figure = /^[-+]?\d[\d,]*(?:\.\d+)?(?: ?[a-zA-Zµ%/]{1,6})?(?: \d+(?:\.\d+)? ?[a-z]{1,3})*$/;
/** What stands in a column of figures where there is none. */
const noFigure = /^(?:|-|∅|unknown|no|none)$/;

type Column = {
  readonly title: string;
  readonly cells: readonly string[];
  readonly natural: number;
  /** Of figures, whose units stand below each other. */
  readonly figures: boolean;
  /** Narrowest that it may become, and in which order it gives way: prose before long words. */
  readonly least: number;
  readonly turn: 'prose' | 'word' | 'never';
};

/**
 * Rows below titles. A column of figures stands to the right, every other to the left. Where the table is
 * wider than `width`, prose gives way first, then digests and paths (which keep their end); identifiers
 * and figures are never cut. What does not fit even so is told row by row, one line a cell.
 */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined = resultWidth(),
): string {
  const columns = header.map((title, index) =>
    columnOf(
      title.toUpperCase(),
      rows.map((row) => row[index] ?? ''),
    ),
  );
  const widths = columnWidths(columns, width);
  return widths === undefined ? stacked(columns, rows.length) : lined(columns, widths, rows.length);
}

function columnOf(title: string, cells: readonly string[]): Column {
  const plain = cells.map(plainText);
  const natural = Math.max(displayWidth(title), ...cells.map(displayWidth));
  const figures =
    plain.some((cell) => figure.test(cell)) &&
    plain.every((cell) => figure.test(cell) || noFigure.test(cell));
  const longestWord = Math.max(displayWidth(title), ...plain.map(displayWidth));
  const prose = plain.some((cell) => cell.includes(' '));
  const turn = figures ? 'never' : prose ? 'prose' : longestWord > longestIdentifier ? 'word' : 'never';
  const least = turn === 'never' ? natural : Math.min(natural, Math.max(leastProse, displayWidth(title)));
  return { title, cells, natural, figures, least, turn };
}

/** Widths that fit, or `undefined` when none do. */
function columnWidths(columns: readonly Column[], width: number | undefined): readonly number[] | undefined {
  const widths = columns.map(({ natural }) => natural);
  if (width === undefined) return widths;
  const total = () => widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1));
  for (const turn of ['prose', 'word'] as const) {
    while (total() > width) {
      const widest = columns.reduce<number | undefined>((found, column, index) => {
        const own = widths[index] ?? 0;
        if (column.turn !== turn || own <= column.least) return found;
        return found === undefined || own > (widths[found] ?? 0) ? index : found;
      }, undefined);
      if (widest === undefined) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  }
  return total() > width ? undefined : widths;
}

function lined(columns: readonly Column[], widths: readonly number[], rows: number): string {
  const line = (cellOf: (column: Column) => string) =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        const cell = cut(cellOf(column), width);
        return column.figures ? padStart(cell, width) : padEnd(cell, width);
      })
      .join(gap)
      .trimEnd();
  return [
    line(({ title }) => title),
    ...Array.from({ length: rows }, (_, row) => line(({ cells }) => cells[row] ?? '')),
  ].join('\n');
}

function stacked(columns: readonly Column[], rows: number): string {
  const width = Math.max(...columns.map(({ title }) => displayWidth(title)));
  return Array.from({ length: rows }, (_, row) =>
    columns
      .map(({ title, cells }) => `${padEnd(title, width)}${gap}${cells[row] ?? ''}`.trimEnd())
      .join('\n'),
  ).join('\n\n');
}

function cut(cell: string, width: number): string {
  const path = cell.includes('/') && !cell.includes(' ');
  return path ? cutStart(cell, width) : cutEnd(cell, width);
}
