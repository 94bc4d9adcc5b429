import { CommanderError } from 'commander';
import { localEnvironment } from '../../config/names.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { type Failure, failureOf, isPlatformError } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from '../commands/command-context.ts';
import { onBrokenPipe } from '../terminal/broken-pipe.ts';
import { createOutput, formatFailure } from '../terminal/output.ts';
import type { Act } from './act.ts';
import { buildProgram } from './build-program.ts';
import { commandLineFailure } from './command-line-failure.ts';
import { OperatorCommand } from './operator-command.ts';

type GlobalOptions = { readonly env: string; readonly json: boolean; readonly verbose: boolean };

/**
 * Runs one command line and returns its exit code. Every command takes `--env`, `--json` and
 * `--verbose`; every failure prints what, where, which value and what to do next, as JSON with `--json`,
 * and a stack trace with `--verbose` alone. A reader that leaves ends what streams to it, quietly.
 */
export async function runFraudctl(argv: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(new Error('interrupted'));
  process.on('SIGINT', onInterrupt);
  let readerLeft = false;
  const unlisten = [
    onBrokenPipe(process.stdout, () => {
      readerLeft = true;
      interrupt.abort(new Error('nobody reads on'));
    }),
    onBrokenPipe(process.stderr, () => undefined),
  ];
  let opened: OperatorEnvironment | undefined;
  let exitCode: number = exitCodes.done;

  /** Adapts a command to commander: context in, exit code out. */
  const act: Act =
    <Values extends unknown[]>(run: (context: CommandContext, ...values: Values) => Promise<number>) =>
    async (...received: unknown[]) => {
      const command = received.at(-1);
      if (!(command instanceof OperatorCommand)) throw new Error('commander passes the command last');
      const options = command.optsWithGlobals<GlobalOptions>();
      if (options.env !== localEnvironment) {
        const { requireKnownEnvironment } = await import('../commands/environment-names.ts');
        await requireKnownEnvironment(options.env);
      }
      const context: CommandContext = {
        output: createOutput(options.json),
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
    exitCode = readerLeft ? exitCodes.done : await tellFailure(error, program, argv, interrupt.signal);
  } finally {
    opened?.clients.close();
    process.off('SIGINT', onInterrupt);
    for (const stop of unlisten) stop();
  }
  return exitCode;
}

/** Prints why a command failed, unless commander has said all there is to say; returns the exit code. */
async function tellFailure(
  error: unknown,
  program: OperatorCommand,
  argv: readonly string[],
  interrupt: AbortSignal,
): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
  // Nothing was asked for: help was shown, and is all that there is to say.
  if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage;
  const given = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const failure =
    error instanceof CommanderError
      ? commandLineFailure(error, program, given)
      : await foundFailure(error, interrupt);
  const output = createOutput(given.includes('--json'));
  if (output.json) output.result('', { schema: 'fraudctl/failure/v1', ...failure });
  else output.progress(formatFailure(failure));
  const isOurs = error instanceof CommanderError;
  if (given.includes('--verbose') && !isOurs && error instanceof Error) output.progress(`${error.stack}`);
  return exitCodes[failure.exit];
}

async function foundFailure(error: unknown, interrupt: AbortSignal): Promise<Failure> {
  if (interrupt.aborted && !isPlatformError(error)) {
    return {
      exit: 'stopped',
      code: 'INTERRUPTED',
      message: 'interrupted; what is running in the environment goes on',
      remedy: 'See what there is: fraudctl status',
    };
  }
  const { asCloudFailure } = await import('../../lib/operator/cloud-failure.ts');
  return failureOf(asCloudFailure(error));
}
