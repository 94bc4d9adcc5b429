import { cutEnd } from '../terminal/text-width.ts';
import { type StepName, steps } from './outcome.ts';

const nameWidth = Math.max(...steps.map(({ name }) => name.length)) + 2;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Seconds as a column shows them. */
export function seconds(millis: number): string {
  return (millis / 1_000).toFixed(1);
}

/** `2/8  world        ` */
export function stepLabel(name: StepName): string {
  const number = steps.findIndex((step) => step.name === name) + 1;
  return `${number}/${steps.length}  ${name.padEnd(nameWidth)}`;
}

/** What a log shows when a step begins. */
export function beginLine(name: StepName): string {
  return `${stepLabel(name)}${steps.find((step) => step.name === name)?.title ?? ''}`;
}

/** What a log shows of a step that goes on. */
export function detailLine(detail: string, millis: number, width: number): string {
  return cutEnd(`     ${''.padEnd(nameWidth)}${seconds(millis)} s  ${detail}`, width);
}

/** What a terminal shows of a step that goes on, redrawn in place: never wider than the terminal. */
export function liveLine(name: StepName, detail: string, millis: number, width: number): string {
  const frame = frames[Math.floor(millis / 100) % frames.length] ?? '';
  const told = detail === '' ? (steps.find((step) => step.name === name)?.title ?? '') : detail;
  const begin = `${stepLabel(name)}${frame} ${seconds(millis)} s  `;
  return cutEnd(`${begin}${told}`, width - 1);
}

/** What stays of a step that ended well; longer ones go on below, under the text. */
export function endLines(name: StepName, says: string, millis: number, width: number): readonly string[] {
  const label = stepLabel(name);
  const time = `${seconds(millis)} s`;
  const [first = '', ...others] = wrap(says, width - label.length - time.length - 2);
  const room = width - label.length - time.length;
  return [
    `${label}${first.padEnd(room)}${time}`,
    ...others.map((line) => `${' '.repeat(label.length)}${line}`),
  ];
}

/** Words in lines of at most `width` characters; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
