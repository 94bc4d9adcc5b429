/** A literal of a program, or the name of a member in capitals: its text without quotes, and the code before it. */
export type Literal = {
  readonly kind: 'string' | 'template' | 'regex' | 'member';
  /** Of a template, every `${…}` is a `*`. */
  readonly text: string;
  readonly before: string;
};

/** A slash after one of these begins a regular expression; after anything else it divides. */
const regexAfter = /(?:^|[(,=:[!&|?{};+\n]|=>|\breturn|\bcase|\btypeof)\s*$/;
const memberName = /\.[A-Z][A-Z0-9_]+\b|\b[A-Z][A-Z0-9_]+(?=:)/g;
const shownBefore = 60;

/**
 * Every literal of a TypeScript program, and members in capitals (`statuses.S0_PRESENT`). Pure. Comments hold none, so that what only a comment says
 * is not said. Good enough for programs as they are formatted here, which is all it has to read.
 */
export function literalsOf(program: string): readonly Literal[] {
  const found: Literal[] = [];
  let code = '';
  let at = 0;
  const keep = (kind: Literal['kind'], text: string) => {
    found.push({ kind, text, before: code });
    code += kind;
  };
  while (at < program.length) {
    const character = program[at] ?? '';
    const two = program.slice(at, at + 2);
    if (two === '//') at = endOf(program, '\n', at);
    else if (two === '/*') at = endOf(program, '*/', at) + 2;
    else if (character === "'" || character === '"') {
      const end = closing(program, at, character);
      keep('string', program.slice(at + 1, end));
      at = end + 1;
    } else if (character === '`') {
      const { text, inner, end } = template(program, at);
      keep('template', text);
      for (const literal of inner.flatMap(literalsOf)) found.push(literal);
      at = end + 1;
    } else if (character === '/' && regexAfter.test(code)) {
      const end = closing(program, at, '/');
      keep('regex', program.slice(at + 1, end));
      at = end + 1;
    } else {
      const next = opening(program, at + 1);
      const plain = program.slice(at, next);
      for (const [name] of plain.matchAll(memberName)) {
        found.push({ kind: 'member', text: name.replace('.', ''), before: '' });
      }
      code = (code + plain).slice(-shownBefore);
      at = next;
    }
  }
  return found;
}

/** The next place where a literal or a comment may begin. */
function opening(program: string, from: number): number {
  const found = program.slice(from).search(/['"`/]/);
  return found === -1 ? program.length : from + found;
}

function endOf(program: string, mark: string, from: number): number {
  const end = program.indexOf(mark, from);
  return end === -1 ? program.length : end;
}

/** Where a literal ends: at its quote, neither escaped nor within a class of a regular expression. */
function closing(program: string, start: number, quote: string): number {
  let isClass = false;
  for (let at = start + 1; at < program.length; at += 1) {
    const character = program[at];
    if (character === '\\') at += 1;
    else if (quote === '/' && character === '[') isClass = true;
    else if (quote === '/' && character === ']') isClass = false;
    else if (character === quote && !isClass) return at;
  }
  return program.length;
}

function template(program: string, start: number): { text: string; inner: readonly string[]; end: number } {
  const inner: string[] = [];
  let text = '';
  for (let at = start + 1; at < program.length; at += 1) {
    const character = program[at] ?? '';
    if (character === '`') return { text, inner, end: at };
    if (character === '\\') {
      text += program.slice(at, at + 2);
      at += 1;
    } else if (program.startsWith('${', at)) {
      const end = closingBrace(program, at + 2);
      inner.push(program.slice(at + 2, end));
      text += '*';
      at = end;
    } else text += character;
  }
  return { text, inner, end: program.length };
}

function closingBrace(program: string, start: number): number {
  let depth = 1;
  for (let at = start; at < program.length; at += 1) {
    const character = program[at] ?? '';
    if (character === "'" || character === '"') at = closing(program, at, character);
    else if (character === '`') at = template(program, at).end;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return program.length;
}
