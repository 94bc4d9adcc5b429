import { stripVTControlCharacters, styleText } from 'node:util';

/** What a stream can show. */
export type Look = {
  readonly colour: boolean;
  /** Columns of the terminal; `undefined` where no terminal is and nothing needs to be cut. */
  readonly width: number | undefined;
};

/** The part of a stream that its look is known from. */
export type LookingStream = { readonly isTTY?: boolean; readonly columns?: number };

/**
 * What a stream can show, of the stream and the variables that people set for that: `NO_COLOR` and
 * `TERM=dumb` take colours away, `FORCE_COLOR` gives them to a pipe. Pure.
 */
export function lookOf(
  { isTTY, columns }: LookingStream,
  variables: Readonly<Record<string, string | undefined>>,
): Look {
  const forced = variables.FORCE_COLOR;
  const wanted =
    forced !== undefined && forced !== ''
      ? forced !== '0' && forced !== 'false'
      : isTTY === true && variables.TERM !== 'dumb';
  return {
    colour: wanted && (variables.NO_COLOR ?? '') === '',
    width: isTTY === true && columns !== undefined && columns > 0 ? columns : undefined,
  };
}

/** Columns that a result may take; `undefined` where it goes into a pipe or a file. */
export function resultWidth(): number | undefined {
  return lookOf(process.stdout, process.env).width;
}

/** Painted text; whoever writes it takes the paint off where it is not shown. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { validateStream: false });
}

/** Text as a stream of this look shows it. */
export function fitted(text: string, { colour }: Look): string {
  return colour ? text : stripVTControlCharacters(text);
}
