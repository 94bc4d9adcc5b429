import type { CompletedCommand, CompletedOption, ValueKind } from './completion-model.ts';
import { optionsWithValue } from './options-with-value.ts';
import { quoted } from './quoted.ts';

/** Completion for fish: a test of where the cursor is, and a rule for each thing that may stand there. Pure. */
export function renderFish(commands: readonly CompletedCommand[]): string {
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  const rules = commands.flatMap(({ path, commands: subcommands, options, arguments: positional }) => {
    const at = (place?: number) =>
      `complete -c fraudctl -n ${quoted(`__fraudctl_at "${path.join(' ')}"${place === undefined ? '' : ` ${place}`}`)}`;
    return [
      ...subcommands.map(({ name, description }) => `${at(0)} -a ${name} -d ${quoted(description)}`),
      ...options.map((option) => `${at()} ${optionRule(option)}`),
      ...positional.flatMap((value, place) => {
        const rule = valueRule(value);
        return rule === '' ? [] : [`${at(place)} ${rule}`];
      }),
    ];
  });
  return `# Completion of fraudctl for fish:  fraudctl completion fish > ~/.config/fish/completions/fraudctl.fish
function __fraudctl_at --argument-names wanted_at wanted_place
    set -l at
    set -l place 0
    set -l skip ''
    for token in (commandline -opc)[2..]
        if test -n "$skip"
            set skip ''
            continue
        end
        switch $token
            case ${optionsWithValue(commands).join(' ')}
                set skip yes
            case '-*'
            case '*'
                set -l longer (string join ' ' $at $token)
                if contains -- $longer ${paths.join(' ')}
                    set at $at $token
                else
                    set place (math $place + 1)
                end
        end
    end
    test "$wanted_at" = "$at"; and test -z "$wanted_place" -o "$wanted_place" = "$place"
end
complete -c fraudctl -f
${rules.join('\n')}`;
}

function optionRule({ flag, description, value }: CompletedOption): string {
  const takes = value === undefined ? '' : ` -r ${valueRule(value)}`;
  return `-l ${flag.replace(/^--/, '')}${takes} -d ${quoted(description)}`;
}

function valueRule(value: ValueKind): string {
  switch (value.kind) {
    case 'names':
      return `-f -a ${quoted(value.names.join(' '))}`;
    case 'file':
      return '-F';
    case 'folder':
      return `-f -a ${quoted('(__fish_complete_directories)')}`;
    case 'free':
      return '';
  }
}
