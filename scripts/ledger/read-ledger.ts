import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { blockerPrefix, burstBlockers, burstRemediations } from '../../lib/gates/burst/judge-figures.ts';
import { templateLaws } from '../../lib/stacks/checks/laws-plugin.ts';
import { type Literal, literalsOf } from './read-words.ts';

/** One thing that the product can say no with, where it says it, and the tests that know it by name. */
export type LedgerEntry = {
  readonly kind: 'code' | 'veto' | 'blocker' | 'law';
  /** A `*` stands for the part that only a run knows, such as the state in `*_OUTPUT_CONFLICT`. */
  readonly code: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
};

const code = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const family = /^(?:\*|[A-Z][A-Z0-9]*)(?:_(?:\*|[A-Z0-9]+))+$/;
/** A single word is one where it is given as one; a country, too, is a code of two letters. */
const word = /^[A-Z]{3,}$/;
const namesCode = /\bcode: $/;
const namesVeto = /(?:\bveto\(|\bsame\(|\bid: )\s*$/;

/**
 * Everything that the product can say no with: codes of refusals and checks, vetoes of closures, blockers of
 * bursts with what mends them, laws of templates. Each with the files that say it, and the test files whose
 * literals name it: not in a comment, nor in the title of a test, nor in a file that no test imports.
 */
export function readLedger(root: string): readonly LedgerEntry[] {
  const said = new Map<string, { readonly kind: LedgerEntry['kind']; readonly sources: Set<string> }>();
  const say = (kind: LedgerEntry['kind'], name: string, path: string) => {
    const entry = said.get(name) ?? { kind, sources: new Set<string>() };
    said.set(name, entry);
    entry.sources.add(path);
  };
  for (const path of ['lib', 'bin', 'tasks'].flatMap((folder) => programs(root, folder))) {
    for (const { kind, text, before } of literalsOf(readFileSync(join(root, path), 'utf8'))) {
      const isCode = kind === 'string' && (code.test(text) || (word.test(text) && namesCode.test(before)));
      const isFamily = kind === 'template' && text.includes('*') && family.test(text);
      const isVeto = word.test(text) && path.startsWith(join('lib', 'gates')) && namesVeto.test(before);
      if (isCode || isFamily) say('code', text, path);
      else if (isVeto) say('veto', text, path);
    }
  }
  const judged = join('lib', 'gates', 'burst', 'judge-figures.ts');
  const prefix = blockerPrefix('M10.F');
  for (const number of Object.keys(burstBlockers)) say('blocker', `${prefix}-${number}`, judged);
  for (const remedy of Object.keys(burstRemediations)) say('blocker', `${prefix}-B1-${remedy}`, judged);
  for (const { name } of templateLaws) say('law', name, join('lib', 'stacks', 'checks'));

  const tests = testsWithNames(root);
  return [...said]
    .map(([name, { kind, sources }]) => ({
      kind,
      code: name,
      sources: [...sources].sort(),
      tests: tests.flatMap(([path, isNamed]) => (isNamed(name) ? [path] : [])),
    }))
    .sort((one, other) => (one.code < other.code ? -1 : 1));
}

/** The test of the ledger names codes to speak of them; that shows none. */
const ledgerTest = join('test', 'gate-ledger.test.ts');
const titleOf = /\b(?:test|describe|it)\(\s*$/;

/** Test files and what they import, each with the question whether its literals name a code. */
function testsWithNames(root: string): readonly (readonly [string, (code: string) => boolean])[] {
  const texts = new Map(
    programs(root, 'test').map((path) => [path, literalsOf(readFileSync(join(root, path), 'utf8'))] as const),
  );
  return [...reachable(texts)]
    .filter((path) => path !== ledgerTest)
    .sort()
    .map((path) => {
      const literals = (texts.get(path) ?? []).filter(({ before }) => !titleOf.test(before));
      const alone = new Set(literals.map(({ text }) => text));
      const words = new Set(
        literals.flatMap(({ text }) => text.replaceAll(String.raw`\b`, ' ').match(wordShape) ?? []),
      );
      return [path, (name: string) => isNamed(name, alone, words)] as const;
    });
}

const wordShape = /[A-Za-z0-9*][A-Za-z0-9_*-]*/g;

/**
 * A code may stand in a sentence or a pattern; a single word, of which sentences are made, only alone or as the
 * command line tells an error.
 */
function isNamed(name: string, alone: ReadonlySet<string>, words: ReadonlySet<string>): boolean {
  if (word.test(name)) {
    return alone.has(name) || [...alone].some((text) => new RegExp(`\\berror ${name}\\b`).test(text));
  }
  if (!name.includes('*')) return words.has(name);
  const member = new RegExp(`^${name.replaceAll('*', String.raw`(?:\*|[A-Z0-9]+(?:_[A-Z0-9]+)*)`)}$`);
  return [...words].some((one) => member.test(one));
}

/** Files of tests, and the files below test/ that they import, however many steps away. */
function reachable(texts: ReadonlyMap<string, readonly Literal[]>): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [...texts.keys()].filter((path) => path.endsWith('.test.ts'));
  for (const path of queue) {
    if (found.has(path)) continue;
    found.add(path);
    for (const { text } of texts.get(path) ?? []) {
      const imported = text.startsWith('.') ? normalize(join(dirname(path), text)) : '';
      if (texts.has(imported)) queue.push(imported);
    }
  }
  return found;
}

function programs(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))
    .sort();
}
