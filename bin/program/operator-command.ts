import { Command, type Help, type Option } from 'commander';
import { type ExitName, exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { ShapeName } from '../json-shapes/catalogue.ts';

/** What an exit means for one command, where that is more than its name says. */
export type OwnExits = Readonly<Partial<Record<ExitName, string>>>;

/**
 * A command of `fraudctl`: commander's, with examples, exits and shapes of results that are data, so that
 * help shows them, completion and docs are made of them, and tests hold them against the program.
 */
export class OperatorCommand extends Command {
  readonly #examples: string[] = [];
  #exits: OwnExits | undefined;
  readonly #shapes: ShapeName[] = [];

  constructor(name?: string) {
    super(name);
    this.configureHelp(helpManners);
    this.addHelpText('after', () => this.#epilogue());
  }

  override createCommand(name?: string): OperatorCommand {
    return new OperatorCommand(name);
  }

  /** A group of commands, which prints its help when none of them is named. */
  group(name: string, description: string): OperatorCommand {
    return this.command(name).description(description);
  }

  /** Command lines as one types them, shown at the end of the help. */
  examples(...lines: readonly string[]): this {
    this.#examples.push(...lines);
    return this;
  }

  /** What its exit codes say, where they say more than whether it worked. */
  exits(meanings: OwnExits): this {
    this.#exits = meanings;
    return this;
  }

  /** Names of the shapes that it prints with `--json`; a failure is printed as `fraudctl/failure/v1`. */
  prints(...shapes: readonly ShapeName[]): this {
    this.#shapes.push(...shapes);
    return this;
  }

  get exampleLines(): readonly string[] {
    return this.#examples;
  }

  get shapes(): readonly ShapeName[] {
    return this.#shapes;
  }

  /** Its words after `fraudctl`. */
  get path(): readonly string[] {
    return this.parent instanceof OperatorCommand ? [...this.parent.path, this.name()] : [];
  }

  subcommands(): readonly OperatorCommand[] {
    return this.commands.filter((one) => one instanceof OperatorCommand);
  }

  /** What can be run of it: its commands that are no groups, or itself when it is none. */
  leaves(): readonly OperatorCommand[] {
    return this.commands.length === 0 ? [this] : this.subcommands().flatMap((one) => one.leaves());
  }

  #epilogue(): string {
    const lines: string[] = [];
    if (this.#examples.length > 0) {
      lines.push('', this.#examples.length === 1 ? 'Example:' : 'Examples:');
      lines.push(...this.#examples.map((line) => `  ${line}`));
    }
    if (this.parent !== null && this.commands.length === 0) lines.push('', ...this.#exitLines());
    if (this.#shapes.length > 0) {
      lines.push('', 'Shape of --json (docs/json-output.md):', ...this.#shapes.map((shape) => `  ${shape}`));
    }
    return lines.join('\n');
  }

  #exitLines(): readonly string[] {
    const own = Object.entries(this.#exits ?? { done: 'done' });
    return [
      'Exit codes:',
      ...Object.entries(exitCodes).flatMap(([name, code]) =>
        own
          .filter(([other]) => other === name)
          .map(([, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
      ),
      '       fraudctl --help says what every other code means',
    ];
  }
}

/** How help is laid out: groups name their commands, a flag that is off says nothing of that. */
const helpManners: Partial<Help> = {
  showGlobalOptions: true,
  subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(placeholderOf)].join(' '),
  subcommandDescription: (command) =>
    command.commands.length === 0
      ? command.description()
      : `${command.description()} (${command.commands.map((one) => one.name()).join(', ')})`,
  optionDescription: (option: Option) =>
    option.defaultValue === undefined || option.defaultValue === false
      ? option.description
      : `${option.description} (default: ${String(option.defaultValue)})`,
};

function placeholderOf(argument: Command['registeredArguments'][number]): string {
  const name = argument.name() + (argument.variadic ? '...' : '');
  return argument.required ? `<${name}>` : `[${name}]`;
}
