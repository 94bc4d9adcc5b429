import { sep } from 'node:path';

export type Suite = 'unit' | 'default' | 'chaos' | 'full' | 'image' | 'aws';
export type Selection = {
  readonly suite: Suite;
  /** Sorted paths, relative to the project. */
  readonly files: readonly string[];
  /** Flags for `node --test`, as given. */
  readonly flags: readonly string[];
};

const suites: readonly Suite[] = ['unit', 'default', 'chaos', 'full', 'image', 'aws'];
const isSuite = (word: string): word is Suite => suites.some((suite) => suite === word);

/**
 * Which files to run. The first word may name a suite: `default` is all but chaos, full and soak, `unit`
 * those of them that are pure, `chaos` only test/chaos, `image` only test/image, `aws` only
 * test/aws, `full` everything else together. Words that start with a dash go to node; a word after `--test-name-pattern` without `=` is its
 * value. Any other word is a file or folder and replaces the suite's choice.
 *
 * @param everyFile paths under test/, relative to the project
 * @param isPure whether the test in a file decides on data alone
 */
export function selectTests(
  words: readonly string[],
  everyFile: readonly string[],
  isPure: (path: string) => boolean,
): Selection {
  const tests = everyFile.filter((path) => path.endsWith('.test.ts')).sort();
  const [first, ...others] = words;
  const suite: Suite = first !== undefined && isSuite(first) ? first : 'default';
  const rest = first !== undefined && isSuite(first) ? others : words;
  const flags: string[] = [];
  const paths: string[] = [];
  for (const [index, word] of rest.entries()) {
    const isValue = /^--test-[a-z-]+$/.test(rest[index - 1] ?? '') && takesValue.has(rest[index - 1] ?? '');
    (word.startsWith('-') || isValue ? flags : paths).push(word);
  }
  const files =
    paths.length > 0
      ? paths.flatMap((path) => filesUnder(path, tests))
      : tests.filter((path) => belongsTo(path, suite, isPure));
  return { suite, files, flags };
}

function belongsTo(path: string, suite: Suite, isPure: (path: string) => boolean): boolean {
  const own = suiteOf(path);
  if (suite === 'unit') return own === 'default' && isPure(path);
  return suite === 'full' ? !needsMore.has(own) : own === suite;
}

/** Suites that need programs which this project does not bring. */
const needsMore: ReadonlySet<Suite> = new Set(['image', 'aws']);

function suiteOf(path: string): Exclude<Suite, 'unit'> {
  const [, folder] = path.split(sep);
  if (folder === 'chaos') return 'chaos';
  if (folder === 'image' || folder === 'aws') return folder;
  return folder === 'soak' || folder === 'full' ? 'full' : 'default';
}

const takesValue: ReadonlySet<string> = new Set([
  '--test-name-pattern',
  '--test-skip-pattern',
  '--test-timeout',
  '--test-concurrency',
]);

function filesUnder(path: string, tests: readonly string[]): readonly string[] {
  const plain = path.replace(/^\.\//, '').replace(/\/$/, '');
  const within = tests.filter((test) => test === plain || test.startsWith(`${plain}${sep}`));
  // Named but unknown: node itself says that it is not there.
  return within.length > 0 ? within : [path];
}
