import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';

/** What a shell needs to complete command lines of this program. */
export function addCompletionCommand(program: OperatorCommand, act: Act): void {
  program
    .command('completion')
    .description('a script with which a shell completes commands, options and names')
    .argument('<shell>', 'bash, zsh or fish')
    .examples(
      'source <(fraudctl completion bash)     # in ~/.bashrc',
      'source <(fraudctl completion zsh)      # in ~/.zshrc, after compinit',
      'fraudctl completion fish > ~/.config/fish/completions/fraudctl.fish',
    )
    .prints('fraudctl/completion/v1')
    .action(
      act(async (context, shell: string) =>
        (await import('../commands/completion.ts')).completion(context, program, shell),
      ),
    );
}
