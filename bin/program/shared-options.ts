import type { OperatorCommand } from './operator-command.ts';

/** The folder of segment runs. */
export const runsRootOption = [
  '--runs-root <folder>',
  'where runs are kept; or FRAUD_PLATFORM_RUNS_ROOT',
] as const;

export const seedOption = ['--seed <n>', 'decimal, at most 64 bits', '42'] as const;

export const policiesOption = ['--policies <folder>', 'policies other than those of this version'] as const;

export const phasesOption = ['--phases <file>', 'phases other than those of this version'] as const;

export const reasonOption = [
  '--reason <text>',
  'recorded with the execution',
  'stopped by the operator',
] as const;

/** Options of a launch that is an attempt at a phase. */
export function forPhase(command: OperatorCommand): OperatorCommand {
  return command
    .option('--phase <phase>', 'an attempt at this phase; refused while what it depends on is not closed')
    .option(...phasesOption);
}
