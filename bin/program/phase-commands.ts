import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { phasesOption } from './shared-options.ts';

/** What must be shown in which order. */
export function addPhaseCommands(program: OperatorCommand, act: Act): void {
  const phase = program.group('phase', 'what must be shown in which order, and what has been');
  phase
    .command('status')
    .description('every phase: what it waits for, what blocks it, or what closed it')
    .option(...phasesOption)
    .examples('fraudctl phase status')
    .prints('fraudctl/phases/v1')
    .action(
      act(async (context, options: import('../commands/phase.ts').PhaseOptions) =>
        (await import('../commands/phase.ts')).phaseStatus(context, options),
      ),
    );
  phase
    .command('show')
    .description('one phase with all its evidence; exit 0 only when it is closed')
    .argument('<phase>', 'such as M10.F')
    .option(...phasesOption)
    .examples('fraudctl phase show M10.F')
    .exits({ done: 'the phase is closed', data: 'it is open or blocked' })
    .prints('fraudctl/phase/v1')
    .action(
      act(async (context, id: string, options: import('../commands/phase.ts').PhaseOptions) =>
        (await import('../commands/phase.ts')).phaseShow(context, id, options),
      ),
    );
}
