import { paint } from '../terminal/look.ts';
import { sizeText } from '../terminal/size-text.ts';
import type { Findings, Outcome } from './outcome.ts';
import { seconds, wrap } from './step-lines.ts';

/** Who reads the screen. */
export type Reader = {
  /** Columns of the terminal. */
  readonly width: number;
  /** A path as one would type it there. */
  readonly shortPath: (path: string) => string;
};

const labelWidth = 13;

/** The last screen of `npm start`: what ran, the figures, the verdict and why, where things are, what next. Pure. */
export function finalScreen(outcome: Outcome, reader: Reader): string {
  const { findings } = outcome;
  return [
    '',
    ...heading(outcome, reader),
    ...table(outcome, reader),
    '',
    ...verdict(findings, reader),
    '',
    ...places(outcome, reader),
    ...next(outcome, reader),
  ].join('\n');
}

function heading({ scale, seed, millis }: Outcome, { width }: Reader): readonly string[] {
  const title = `The whole chain ran on this machine: world ${scale}, seed ${seed}`;
  const time = `${seconds(millis)} s`;
  const room = width - time.length;
  if (title.length >= room) return wrap(`${title}, ${time}`, width).map((line) => paint('bold', line));
  return [paint('bold', `${title.padEnd(room)}${time}`)];
}

function table({ steps }: Outcome, reader: Reader): readonly string[] {
  const times = steps.map(({ millis }) => `${seconds(millis)} s`);
  const timeWidth = Math.max(...times.map((time) => time.length));
  return steps.flatMap(({ name, says }, index) => {
    const [first = '', ...others] = wrap(says, reader.width - labelWidth - timeWidth - 1);
    const room = Math.max(first.length + 1, reader.width - labelWidth - timeWidth);
    return [
      `${name.padEnd(labelWidth)}${first.padEnd(room)}${times[index]?.padStart(timeWidth)}`,
      ...others.map((line) => `${' '.repeat(labelWidth)}${line}`),
    ];
  });
}

function verdict({ verdict: judged }: Findings, reader: Reader): readonly string[] {
  const why = judged.blockers.flatMap(({ id, meaning, reasons }) =>
    labelled(id, `${reasons.join('; ')} (${meaning})`, reader),
  );
  const rehearsal = 'A rehearsal shows blockers and clears none, however well it went.';
  const [first = '', ...others] = labelled(
    judged.mayClose ? 'MAY CLOSE' : 'BLOCKED',
    `${judged.phase}, by the gate ${judged.gate}`,
    reader,
  );
  const colour = judged.mayClose ? 'green' : 'yellow';
  return [
    paint(colour, first.slice(0, labelWidth)) + first.slice(labelWidth),
    ...others,
    ...why,
    ...(judged.certifying ? [] : labelled('', rehearsal, reader)),
  ];
}

function places({ findings, state }: Outcome, reader: Reader): readonly string[] {
  const [first = '', ...others] = state.folders.map(reader.shortPath);
  const size = `${sizeText(state.bytes)}, ${sizeText(Math.max(0, state.addedBytes))} of it from this run`;
  return [
    ...findings.reports.flatMap(({ page }, index) =>
      labelled(index === 0 ? 'Reports' : '', reader.shortPath(page), reader),
    ),
    ...labelled('State', `${first} (${size})`, reader),
    ...others.flatMap((folder) => labelled('', folder, reader)),
    ...labelled('', 'stop: npx fraudctl local down, remove: npx fraudctl local remove', reader),
  ];
}

function next({ scale, findings }: Outcome, reader: Reader): readonly string[] {
  const [again, whatAgain] =
    scale === 'full'
      ? ['npm start -- --seed 43', 'another world']
      : ['npm start -- --scale full', '71 million rows'];
  const commands = [
    [again, whatAgain],
    [`npx fraudctl runs show ${findings.burst.execution}`, 'its evidence'],
    ['npx fraudctl query list', 'what can be asked'],
    ['npx fraudctl --help', 'everything else'],
  ] as const;
  const commandWidth = Math.max(...commands.map(([command]) => command.length));
  const widest = Math.max(...commands.map(([, what]) => what.length));
  const sideBySide = reader.width >= labelWidth + commandWidth + 2 + widest;
  return commands.flatMap(([command, what], index) => {
    const label = (index === 0 ? 'Next' : '').padEnd(labelWidth);
    if (sideBySide) return [`${label}${command.padEnd(commandWidth)}  ${what}`];
    return [`${label}${command}`, `${' '.repeat(labelWidth)}  ${what}`];
  });
}

function labelled(label: string, text: string, { width }: Reader): readonly string[] {
  const [first = '', ...others] = wrap(text, width - labelWidth);
  return [
    `${label.padEnd(labelWidth)}${first}`.trimEnd(),
    ...others.map((line) => `${' '.repeat(labelWidth)}${line}`),
  ];
}
