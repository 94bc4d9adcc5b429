import type { CommandContext } from '../commands/command-context.ts';

/**
 * Adapts what a command does to what commander calls: a context comes in, an exit code goes out. What is
 * wrapped imports its command when it is called, so that starting loads no more than is asked for.
 */
export type Act = <Values extends unknown[]>(
  run: (context: CommandContext, ...values: Values) => Promise<number>,
) => (...received: unknown[]) => Promise<void>;
