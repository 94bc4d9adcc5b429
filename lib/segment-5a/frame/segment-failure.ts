import { fail } from '../../vocabulary/failure.ts';

/** Where and what, of data that breaks its contract inside a state. */
export type DataFault = {
  readonly code: string;
  readonly message: string;
  /** Table, row and column, or a path. */
  readonly where: string;
  readonly value?: string;
  readonly remedy: string;
};

/** Ends a state on faulty data: exit 65 under the reference's code. */
export function dataFault(fault: DataFault): never {
  return fail({ exit: 'data', ...fault });
}

/** `table row 17, column x`, rows counted from 0 as in the file. */
export function cell(table: string, row: number, column: string): string {
  return `${table} row ${row}, column ${column}`;
}
