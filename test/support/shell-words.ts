/**
 * The simple commands of a piece of shell script, each as its words: lines are joined where they go on,
 * comments and redirections left out, and pipes, lists and substitutions taken apart. It knows the shell that
 * docs and examples are written in, and no more: no here-document, no loop.
 */
export function simpleCommands(script: string): readonly (readonly string[])[] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let skipsWord = false;
  const endWord = () => {
    if (word !== undefined && !skipsWord) words.push(word);
    if (word !== undefined) skipsWord = false;
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  const text = script.replaceAll(/\\\n\s*/g, ' ');
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === "'" || character === '"') {
      const end = text.indexOf(character, at + 1);
      if (end < 0) throw new Error(`a quote is not closed: ${text.slice(at)}`);
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (character === '\\') {
      word = (word ?? '') + (text[at + 1] ?? '');
      at += 1;
    } else if (character === '#' && word === undefined) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end - 1;
    } else if (/[|&;()\n]/.test(character)) {
      endCommand();
    } else if (character === '<' || character === '>') {
      // `2>` is no word; what follows is the file, which is none either.
      if (word !== undefined && /^\d$/.test(word)) word = undefined;
      endWord();
      skipsWord = text[at + 1] !== '(';
    } else if (character === '$' && text[at + 1] === '(') {
      endWord();
    } else if (/\s/.test(character)) {
      endWord();
    } else {
      word = (word ?? '') + character;
    }
  }
  endCommand();
  return commands;
}
