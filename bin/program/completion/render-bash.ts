import type { CompletedCommand, ValueKind } from './completion-model.ts';
import { optionsWithValue } from './options-with-value.ts';

/**
 * Completion for bash: one function that walks the words before the cursor to the command that they name,
 * then offers what may follow. It starts no process. Pure.
 */
export function renderBash(commands: readonly CompletedCommand[]): string {
  const key = (path: readonly string[], rest: string) => `'${[...path, rest].join(' ')}'`;
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const values = commands.flatMap(({ path, options, arguments: positional }) => [
    ...options.flatMap(({ flag, value }) => branch(key(path, flag), value)),
    ...positional.flatMap((value, place) => branch(key(path, `#${place}`), value)),
  ]);
  const words = commands.map(
    ({ path, commands: subcommands }) =>
      `    '${path.join(' ')}') words='${subcommands.map(({ name }) => name).join(' ')}' ;;`,
  );
  const options = commands.map(
    ({ path, options: own }) =>
      `    '${path.join(' ')}') words='${own.map(({ flag }) => flag).join(' ')}' ;;`,
  );
  return `# Completion of fraudctl for bash. Put into ~/.bashrc:  source <(fraudctl completion bash)
_fraudctl() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  if [[ $word == = ]]; then word=''; elif [[ $before == = ]]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  local at='' place=0 skip='' index token words=''
  for ((index = 1; index < COMP_CWORD; index++)); do
    token="\${COMP_WORDS[index]}"
    if [[ $token == = ]]; then skip=yes; continue; fi
    if [[ $skip ]]; then skip=''; continue; fi
    case "$token" in
      ${optionsWithValue(commands).join('|')}) skip=yes ;;
      -*) ;;
      *)
        case "\${at:+$at }$token" in
          ${paths.join('|')}) at="\${at:+$at }$token" ;;
          *) place=$((place + 1)) ;;
        esac ;;
    esac
  done
  local slot="$before"
  [[ $before == --* && $skip ]] || slot="#$place"
  if [[ $slot == '#'* && $word == -* ]]; then slot=options; fi
  COMPREPLY=()
  case "\${at:+$at }$slot" in
${values.join('\n')}
  esac
  if [[ $slot == options ]]; then
    case "$at" in
${options.join('\n')}
    esac
  elif [[ $slot == '#0' && ! $words ]]; then
    case "$at" in
${words.join('\n')}
    esac
  fi
  while IFS= read -r token; do COMPREPLY+=("$token"); done < <(compgen -W "$words" -- "$word")
}
complete -F _fraudctl fraudctl`;
}

function branch(key: string, value: ValueKind | undefined): readonly string[] {
  switch (value?.kind) {
    case 'names':
      return [`    ${key}) words='${value.names.join(' ')}' ;;`];
    case 'file':
      return [`    ${key}) compopt -o default; return ;;`];
    case 'folder':
      return [`    ${key}) compopt -o dirnames -o filenames; return ;;`];
    default:
      return [];
  }
}
