import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a page: its info string, its text, and where it begins. */
export type Block = { readonly info: string; readonly text: string; readonly line: number };
export type Page = { readonly path: string; readonly text: string };

const root = join(import.meta.dirname, '..', '..');

/** Every page that people wrote or that is generated, by its path below the project. */
export function pages(): readonly Page[] {
  const below = (folder: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'test/README.md', ...below('docs')]
    .filter((path) => path.endsWith('.md'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const fence = /^(?<indent> *)(?<ticks>```+)(?<info>[^\n`]*)\n(?<text>[\s\S]*?)^\k<indent>\k<ticks>[ \t]*$/gm;

/** The fenced blocks of a page. Pure. */
export function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(fence)].map(({ groups, index }) => ({
    info: (groups?.info ?? '').trim(),
    text: groups?.text ?? '',
    line: text.slice(0, index).split('\n').length + 1,
  }));
}

/** A page without its fenced blocks: prose, tables, code spans. Pure. */
export function proseOf(text: string): string {
  return text.replaceAll(fence, '');
}

/** Blocks that hold no commands, whatever their lines look like. */
const otherLanguages = new Set(['json', 'yaml', 'sql', 'ts', 'js', 'html', 'csv', 'diff', 'dockerfile']);
const command = /^(?:\$ |(?:[A-Z_]+=\S+ )*(?:npx |npm |fraudctl\b))/;

/** A command of a page: a script, a line of one, or a span of prose that mentions a part of one. */
export type NamedCommand = { readonly line: string; readonly isMention: boolean };

/**
 * The commands that a page tells people to type. A block `sh` is script from its
 * first line to its last; of any other block without a language of its own, commands are lines that begin
 * with `$ `, `npx`, `npm` or `fraudctl`, whatever is around them: so no command hides as an illustration. In prose
 * they are code spans that begin with one of these, which need not be whole. Pure.
 */
export function commandsOf(text: string): readonly NamedCommand[] {
  const inBlocks = blocksOf(text).flatMap((block) => {
    const [language = ''] = block.info.split(' ');
    if (otherLanguages.has(language)) return [];
    if (language === 'sh') return [block.text];
    return block.text
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .filter((line) => command.test(line))
      .map((line) => line.replace(/^\$ /, ''));
  });
  const spans = [...proseOf(text).matchAll(/`(?<code>[^`\n]+)`/g)].flatMap(({ groups }) => {
    const code = groups?.code ?? '';
    return /^(?:npx |npm (?:run|start|test)\b|fraudctl [a-z-])/.test(code) ? [code] : [];
  });
  return [
    ...inBlocks.map((line) => ({ line, isMention: false })),
    ...spans.map((line) => ({ line, isMention: true })),
  ];
}

/** A command line whose placeholders, as `<execution>` or `…`, stand for words. Pure. */
export function filledIn(line: string): string {
  return line
    .replaceAll(/<[a-zA-Z][^<>()\n]*>/g, 'placeholder')
    .replaceAll(/\[[^\]\n]*\]/g, '')
    .replaceAll('…', 'placeholder');
}
