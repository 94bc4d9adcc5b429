import type { OperatorCommand } from '../operator-command.ts';

/** What a value may be: one of some names, a path, or what nobody can know. */
export type ValueKind =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'free' };

export type CompletedOption = {
  readonly flag: string;
  readonly description: string;
  /** `undefined` for a flag that takes none. */
  readonly value: ValueKind | undefined;
};

/** One command, or group of commands, as a shell completes it. */
export type CompletedCommand = {
  /** Words after `fraudctl`; none for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly ValueKind[];
};

/** Names that may stand where a placeholder stands, by the word of the placeholder: `task`, `plan`. */
export type NamesByPlaceholder = Readonly<Record<string, readonly string[]>>;

/**
 * What a shell needs to know of a program: its commands, groups first, each with what may follow it. The
 * placeholder of a value says what it is: `<folder>` is a folder, `<task>` one of the names under `task`.
 * Pure.
 */
export function completionModel(
  program: OperatorCommand,
  names: NamesByPlaceholder,
): readonly CompletedCommand[] {
  const describe = (command: OperatorCommand): readonly CompletedCommand[] => {
    const help = command.createHelp();
    const subcommands = help.visibleCommands(command);
    return [
      {
        path: command.path,
        commands: subcommands.map((one) => ({ name: one.name(), description: one.description() })),
        options: [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map((option) => ({
          flag: option.long ?? option.flags,
          description: option.description,
          value: option.required || option.optional ? kindOf(placeholderIn(option.flags), names) : undefined,
        })),
        arguments: command.registeredArguments.map((argument) => kindOf(argument.name(), names)),
      },
      ...command.subcommands().flatMap(describe),
    ];
  };
  return describe(program);
}

const placeholderIn = (flags: string) => /[<[](?<word>[^\]>.]+)/.exec(flags)?.groups?.word ?? '';

function kindOf(placeholder: string, names: NamesByPlaceholder): ValueKind {
  if (placeholder === 'folder') return { kind: 'folder' };
  if (placeholder === 'file') return { kind: 'file' };
  const known = names[placeholder];
  return known === undefined ? { kind: 'free' } : { kind: 'names', names: known };
}
