import type { Failure } from '../../lib/vocabulary/failure.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import type { ShapeName } from '../json-shapes/catalogue.ts';
import { fitted, lookOf, paint } from './look.ts';

/** A result for programs: its member `schema` names its shape and the version of that. */
export type ShapedResult = JsonObject & { readonly schema: ShapeName };

/**
 * Where a command speaks. Results go to standard output, progress to standard error, so that a pipe
 * gets results alone; with `--json` the result is exactly one JSON object.
 */
export type Output = {
  readonly json: boolean;
  /** A line about what is going on. */
  readonly progress: (line: string) => void;
  /** A part of a result that comes piece by piece, for people; programs get the whole at its end. */
  readonly part: (text: string) => void;
  /**
   * The result: text for people, the object for programs. Text that is data is written as it is; none is written
   * where parts have said it all.
   */
  readonly result: (text: string, object: ShapedResult, kind?: 'prose' | 'data') => void;
};

export function createOutput(json: boolean): Output {
  const { stdout, stderr } = process;
  const prose = (text: string) => fitted(text, lookOf(stdout, process.env));
  return {
    json,
    progress: (line) => void stderr.write(`${fitted(line, lookOf(stderr, process.env))}\n`),
    part: (text) => {
      if (!json) stdout.write(text);
    },
    result: (text, object, kind = 'prose') => {
      if (json) stdout.write(`${JSON.stringify(object)}\n`);
      else if (text !== '') stdout.write(`${kind === 'data' ? text : prose(text)}\n`);
    },
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
