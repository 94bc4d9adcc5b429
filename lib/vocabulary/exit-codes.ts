/**
 * The one table of process exit codes, shared by tasks, the operator and the command line.
 * Values follow sysexits where it has a word for the case, and shell convention for the two
 * that a supervisor gives (124 timeout, 128 + SIGTERM).
 */
export const exitCodes = {
  done: 0,
  usage: 64,
  data: 65,
  internal: 70,
  conflict: 73,
  transient: 75,
  'not-permitted': 77,
  refused: 78,
  deadline: 124,
  stopped: 143,
} as const;

export type ExitName = keyof typeof exitCodes;
/** The exits that a failure leads to. */
export const failureExits = [
  'usage',
  'data',
  'internal',
  'conflict',
  'transient',
  'not-permitted',
  'refused',
  'deadline',
  'stopped',
] as const satisfies readonly Exclude<ExitName, 'done'>[];
export type ExitCode = (typeof exitCodes)[ExitName];

/** What each exit means to a person; the docs and `--help` print this table. */
export const exitMeanings: Readonly<Record<ExitName, string>> = {
  done: 'done',
  usage: 'the command or its arguments are wrong',
  data: 'data breaks its contract, or a verdict is not PASS',
  internal: 'a defect of this product, or an outcome nobody can vouch for',
  conflict: 'publish conflict: the same key already holds other content',
  transient: 'transient: safe to run again',
  'not-permitted': 'not permitted',
  refused: 'bootstrap refused: a requirement is missing or wrong',
  deadline: 'ended by its deadline',
  stopped: 'stopped on request, after a flush',
};

const namesByCode: ReadonlyMap<number, ExitName> = new Map(
  Object.entries(exitCodes).map(([name, code]) => [code, name as ExitName]),
);

/** The name of an exit code, or `undefined` for a code that no program of ours chooses (137, 1, …). */
export function exitNameOf(code: number): ExitName | undefined {
  return namesByCode.get(code);
}
