import type { CompletedCommand } from './completion-model.ts';

/** Options that a value follows. A name takes a value everywhere or nowhere, which a test sees to. Pure. */
export function optionsWithValue(commands: readonly CompletedCommand[]): readonly string[] {
  const flags = commands.flatMap(({ options }) =>
    options.filter(({ value }) => value !== undefined).map(({ flag }) => flag),
  );
  return [...new Set(flags)].sort();
}
