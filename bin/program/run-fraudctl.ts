import { Command, CommanderError } from 'commander';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { failureOf } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from '../commands/command-context.ts';
import { createOutput, formatFailure } from '../terminal/output.ts';
import type { Act } from './act.ts';
import { buildProgram } from './build-program.ts';

type GlobalOptions = { readonly env: string; readonly json: boolean; readonly verbose: boolean };

/**
 * Runs one command line and returns its exit code. Every command takes `--env`, `--json` and
 * `--verbose`; every failure prints what, where, which value and what to do next.
 */
export async function runFraudctl(argv: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(new Error('interrupted'));
  process.on('SIGINT', onInterrupt);
  let opened: OperatorEnvironment | undefined;
  let exitCode: number = exitCodes.done;

  /** Adapts a command to commander: context in, exit code out. */
  const act: Act =
    <Values extends unknown[]>(run: (context: CommandContext, ...values: Values) => Promise<number>) =>
    async (...received: unknown[]) => {
      const command = received.at(-1);
      if (!(command instanceof Command)) throw new Error('commander passes the command last');
      const options = command.optsWithGlobals<GlobalOptions>();
      const output = createOutput(options.json);
      const context: CommandContext = {
        output,
        environmentName: options.env,
        signal: interrupt.signal,
        now: () => Date.now(),
        openEnvironment: async ({ migrated } = { migrated: false }) => {
          const { openNamedEnvironment } = await import('../commands/open-environment.ts');
          opened ??= await openNamedEnvironment(context, migrated);
          return opened;
        },
      };
      exitCode = await run(context, ...(received.slice(0, -1) as Values));
    };

  const program = buildProgram(act);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    } else {
      const { asCloudFailure } = await import('../../lib/operator/cloud-failure.ts');
      const failure = failureOf(asCloudFailure(error));
      exitCode = exitCodes[failure.exit];
      if (argv.includes('--json'))
        process.stdout.write(`${JSON.stringify({ schema: 'fraudctl/failure/v1', ...failure })}\n`);
      else process.stderr.write(`${formatFailure(failure)}\n`);
      if (argv.includes('--verbose') && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    }
  } finally {
    opened?.clients.close();
    process.off('SIGINT', onInterrupt);
  }
  return exitCode;
}
