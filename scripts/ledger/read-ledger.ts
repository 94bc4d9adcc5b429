import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that the product can say no with, where it says it, and the tests that know it by name. */
export type LedgerEntry = {
  readonly code: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
};

const literal = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;

/**
 * Every word of the product that is written as codes are, as a literal of its code, with the files that say it
 * and the files of tests that name it. Comments speak of codes in backquotes, so they are not among them.
 */
export function readLedger(root: string): readonly LedgerEntry[] {
  const sources = new Map<string, Set<string>>();
  for (const path of ['lib', 'bin', 'tasks'].flatMap((folder) => programs(root, folder))) {
    for (const [, code = ''] of readFileSync(join(root, path), 'utf8').matchAll(literal)) {
      sources.set(code, (sources.get(code) ?? new Set()).add(path));
    }
  }
  const tests = programs(root, 'test').filter((path) => path !== ledgerTest);
  const texts = tests.map((path) => [path, words(readFileSync(join(root, path), 'utf8'))] as const);
  return [...sources]
    .map(([code, files]) => ({
      code,
      sources: [...files].sort(),
      tests: texts.flatMap(([path, known]) => (known.has(code) ? [path] : [])),
    }))
    .sort((one, other) => (one.code < other.code ? -1 : 1));
}

/** The test of the ledger names codes that no test shows; naming them there shows nothing. */
const ledgerTest = join('test', 'gate-ledger.test.ts');

const words = (text: string) => new Set(text.match(/[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+/g));

function programs(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))
    .sort();
}

/** The ledger as a page. Pure. */
export function renderLedger(entries: readonly LedgerEntry[], notRefusals: ReadonlySet<string>): string {
  const rows = entries
    .filter(({ code }) => !notRefusals.has(code))
    .map(({ code, sources, tests }) => {
      const shown =
        tests.length === 0
          ? '**none yet**'
          : tests
              .slice(0, 3)
              .map((path) => `\`${path}\``)
              .join('<br>');
      return `| \`${code}\` | ${sources.map((path) => `\`${path}\``).join('<br>')} | ${shown} |`;
    });
  return [
    '# Gate ledger',
    '',
    'Every check, veto, blocker and refusal of the product with the test that shows it saying no. Written by',
    '`npm run docs`; `test/gate-ledger.test.ts` fails for one that no test names.',
    '',
    'Laws of templates are in a ledger of their own: `test/stacks/checks/laws.test.ts` breaks every one of them.',
    '',
    '| code | said by | shown by |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
