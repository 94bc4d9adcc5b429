import type { QueryResult } from '../../lib/queries/query-result.ts';
import { cellOf, csvOf } from '../../lib/queries/render-result.ts';
import { renderTable } from './table.ts';

export const answerFormats = ['table', 'json', 'csv'] as const;
export type AnswerFormat = (typeof answerFormats)[number];

/**
 * Answers as text that ends in a line break. One answer stands alone; of several, each is told with the
 * moment it is about: as a heading, as a member, or as the first column.
 */
export function showAnswers(
  format: AnswerFormat,
  answers: readonly QueryResult[],
  width: number | undefined,
): string {
  const [only, ...more] = answers;
  const alone = more.length === 0 ? only : undefined;
  switch (format) {
    case 'json':
      return `${JSON.stringify(alone ?? answers)}\n`;
    case 'csv':
      return alone === undefined ? csvOf(inOneTable(answers)) : csvOf(alone);
    case 'table':
      return alone === undefined
        ? answers.map((answer) => datedTable(answer, width)).join('\n')
        : tableOf(alone, width);
  }
}

/** One answer of several, as it is shown when it comes; `undefined` for JSON, which is one document in the end. */
export function showSample(
  format: AnswerFormat,
  answer: QueryResult,
  isFirst: boolean,
  width: number | undefined,
): string | undefined {
  switch (format) {
    case 'json':
      return undefined;
    case 'csv': {
      const lines = csvOf(inOneTable([answer]));
      return isFirst ? lines : lines.slice(lines.indexOf('\r\n') + 2);
    }
    case 'table':
      return `${isFirst ? '' : '\n'}${datedTable(answer, width)}`;
  }
}

const datedTable = (answer: QueryResult, width: number | undefined) =>
  `taken at ${answer.taken_at}\n${tableOf(answer, width)}`;

function tableOf({ columns, rows }: QueryResult, width: number | undefined): string {
  const names = columns.map(({ name }) => name);
  if (rows.length === 0) return `${renderTable(names, [], width)}\n(no rows)\n`;
  return `${renderTable(
    names,
    rows.map((row) => row.map(cellOf)),
    width,
  )}\n`;
}

function inOneTable(answers: readonly QueryResult[]): Pick<QueryResult, 'columns' | 'rows'> {
  const [first] = answers;
  return {
    columns: [{ name: 'taken_at', type: 'timestamp with time zone' }, ...(first?.columns ?? [])],
    rows: answers.flatMap(({ taken_at, rows }) => rows.map((row) => [taken_at, ...row])),
  };
}
