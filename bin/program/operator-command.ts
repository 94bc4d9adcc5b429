import { Command } from 'commander';

/**
 * A command of `fraudctl`: commander's, with examples that are data, so that help shows them and tests
 * hold them against the program.
 */
export class OperatorCommand extends Command {
  readonly exampleLines: string[] = [];

  override createCommand(name?: string): OperatorCommand {
    return new OperatorCommand(name);
  }

  /** A group of commands, which prints its help when none of them is named. */
  group(name: string, description: string): OperatorCommand {
    return this.command(name).description(description);
  }

  /** Command lines as one types them, shown at the end of the help. */
  examples(...lines: readonly string[]): this {
    if (this.exampleLines.length === 0) {
      this.addHelpText('after', () => {
        const title = this.exampleLines.length === 1 ? 'Example' : 'Examples';
        return `\n${title}:\n${this.exampleLines.map((line) => `  ${line}`).join('\n')}`;
      });
    }
    this.exampleLines.push(...lines);
    return this;
  }
}
