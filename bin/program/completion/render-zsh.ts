import type { CompletedCommand, ValueKind } from './completion-model.ts';
import { optionsWithValue } from './options-with-value.ts';
import { quoted } from './quoted.ts';

/** Completion for zsh, in the way of the one for bash, with descriptions. Pure. */
export function renderZsh(commands: readonly CompletedCommand[]): string {
  const key = (path: readonly string[], rest: string) => quoted([...path, rest].join(' '));
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  const values = commands.flatMap(({ path, options, arguments: positional }) => [
    ...options.flatMap(({ flag, value }) => branch(key(path, flag), value)),
    ...positional.flatMap((value, place) => branch(key(path, `#${place}`), value)),
  ]);
  const described = (entries: readonly { readonly name: string; readonly description: string }[]) =>
    entries.map(({ name, description }) => quoted(`${name}:${description}`)).join(' ');
  const words = commands.map(
    ({ path, commands: subcommands }) =>
      `    (${quoted(path.join(' '))}) found=(${described(subcommands)}) ;;`,
  );
  const options = commands.map(
    ({ path, options: own }) =>
      `    (${quoted(path.join(' '))}) found=(${described(own.map(({ flag, description }) => ({ name: flag, description })))}) ;;`,
  );
  return `#compdef fraudctl
# Completion of fraudctl for zsh. Put into ~/.zshrc, after compinit:  source <(fraudctl completion zsh)
_fraudctl() {
  local at='' place=0 skip='' index token
  local -a found
  for ((index = 2; index < CURRENT; index++)); do
    token=\${words[index]}
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $token in
      (${optionsWithValue(commands).join('|')}) skip=yes ;;
      (-*) ;;
      (*)
        case "\${at:+$at }$token" in
          (${paths.join('|')}) at="\${at:+$at }$token" ;;
          (*) place=$((place + 1)) ;;
        esac ;;
    esac
  done
  local slot="#$place"
  if [[ -n $skip ]]; then slot=\${words[CURRENT-1]}
  elif [[ \${words[CURRENT]} == --*=* ]]; then slot=\${words[CURRENT]%%=*}; compset -P '*='
  elif [[ \${words[CURRENT]} == -* ]]; then slot=options
  fi
  case "\${at:+$at }$slot" in
${values.join('\n')}
  esac
  if [[ $slot == options ]]; then
    case "$at" in
${options.join('\n')}
    esac
    _describe -o option found
  elif [[ $slot == '#0' ]]; then
    case "$at" in
${words.join('\n')}
    esac
    _describe command found
  fi
}
compdef _fraudctl fraudctl`;
}

function branch(key: string, value: ValueKind | undefined): readonly string[] {
  switch (value?.kind) {
    case 'names':
      return [`    (${key}) compadd -- ${value.names.join(' ')}; return ;;`];
    case 'file':
      return [`    (${key}) _files; return ;;`];
    case 'folder':
      return [`    (${key}) _files -/; return ;;`];
    default:
      return [];
  }
}
