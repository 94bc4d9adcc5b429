import { stripVTControlCharacters } from 'node:util';

const paints = /(\p{Cc}\[[0-9;]*m)/u;
const nothing = /^[\p{M}\p{Cf}]$/u;
/** Scripts and pictures that terminals give two columns. */
const twice =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function columnsOf(character: string): number {
  if (nothing.test(character)) return 0;
  return twice.test(character) ? 2 : 1;
}

/** Text without its paint. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text);
}

/** Columns that a terminal gives a text; paint takes none. */
export function displayWidth(text: string): number {
  return [...plainText(text)].reduce((sum, character) => sum + columnsOf(character), 0);
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** The beginning of a text that is wider than `width`, and an ellipsis; its paint goes on to its end. */
export function cutEnd(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let left = width - 1;
  let full = false;
  const kept = text.split(paints).map((part, index) => {
    // Odd parts are paint: what was begun must be ended.
    if (index % 2 === 1) return part;
    if (full) return '';
    const shown = take([...part], left);
    left -= displayWidth(shown);
    full = shown.length < part.length;
    return full ? `${shown}…` : shown;
  });
  return kept.join('');
}

/** An ellipsis and the end of a text that is wider than `width`, without its paint. */
export function cutStart(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const end = take([...plainText(text)].reverse(), width - 1);
  return `…${[...end].reverse().join('')}`;
}

/** The first characters that fit. */
function take(characters: readonly string[], width: number): string {
  let left = width;
  let taken = '';
  for (const character of characters) {
    left -= columnsOf(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}
