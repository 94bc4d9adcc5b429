import type { PhaseStatus } from '../../lib/gates/phases/phase-status.ts';
import { findPhase, loadPhases, type PhaseWish, statusOfPhases } from '../../lib/operator/phases.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { paint } from '../terminal/look.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';

export type PhaseOptions = {
  readonly phase?: string;
  readonly blockers?: string;
  readonly phases?: string;
};

/** Which phase a launch is for, of its options. Throws `PHASE_MISSING` (64) for blockers of no phase. */
export function phaseWish({ phase, blockers, phases }: PhaseOptions): PhaseWish | undefined {
  if (phase !== undefined) return { phase, phases, blockers };
  if (blockers === undefined) return undefined;
  return fail({
    exit: 'usage',
    code: 'PHASE_MISSING',
    message: 'blockers are named, but no phase whose they are',
    where: '--blockers',
    value: blockers,
    remedy: 'Give --phase as well.',
  });
}

/** `fraudctl phase status`: every phase with what it waits for, what blocks it, or what closed it. */
export async function phaseStatus(context: CommandContext, options: PhaseOptions): Promise<number> {
  const plan = await loadPhases(options.phases);
  const environment = await context.openEnvironment();
  const statuses = await statusOfPhases(environment, plan, context.signal);
  const closed = statuses.filter(({ state }) => state === 'CLOSED').length;
  context.output.result(
    [
      renderTable(
        ['phase', 'state', 'title', 'because'],
        statuses.map((status) => [status.id, colour(status), status.title, because(status)]),
      ),
      `${closed} of ${statuses.length} closed in ${environment.name}`,
    ].join('\n'),
    {
      schema: 'fraudctl/phases/v1',
      environment: environment.name,
      phases: JSON.parse(JSON.stringify(statuses)),
    },
  );
  return exitCodes.done;
}

/** `fraudctl phase show`: one phase with everything about it. Exit 0 when it is closed, 65 otherwise. */
export async function phaseShow(context: CommandContext, id: string, options: PhaseOptions): Promise<number> {
  const plan = await loadPhases(options.phases);
  const { depends_on } = findPhase(plan, id, '<phase>');
  const environment = await context.openEnvironment();
  const status = (await statusOfPhases(environment, plan, context.signal)).find((one) => one.id === id);
  if (status === undefined) throw new Error(`${id} has no status`);
  const lines = [
    `${colour(status)}  ${status.id}  ${status.title}`,
    `  closes with ${status.closes_with}`,
    `  depends on  ${depends_on.length === 0 ? 'nothing' : depends_on.join(', ')}`,
    `  attempts    ${status.attempts}`,
    ...status.waiting_for.map(
      (dependency) => `  waits for   ${dependency}: fraudctl phase show ${dependency}`,
    ),
    ...status.blockers.flatMap(({ id: blocker, reasons }) => [
      `  ${paint('yellow', blocker)}`,
      ...reasons.map((reason) => `      ${reason}`),
    ]),
    ...status.evidence.map(
      ({ ref, sha256, says }) => `  evidence    ${ref}: ${says}${sha256 === '' ? '' : ` ${sha256}`}`,
    ),
  ];
  context.output.result(lines.join('\n'), {
    schema: 'fraudctl/phase/v1',
    environment: environment.name,
    phase: JSON.parse(JSON.stringify(status)),
  });
  return status.state === 'CLOSED' ? exitCodes.done : exitCodes.data;
}

const colour = ({ state }: PhaseStatus) =>
  paint(state === 'CLOSED' ? 'green' : state === 'BLOCKED' ? 'red' : 'yellow', state);

function because({ state, waiting_for, blockers, evidence, closes_with }: PhaseStatus): string {
  if (state === 'CLOSED') return evidence.map(({ ref, says }) => `${ref}: ${says}`).join('; ');
  if (blockers.length > 0) return blockers.map(({ id }) => id).join(', ');
  if (waiting_for.length > 0) return `waits for ${waiting_for.join(', ')}`;
  return `needs ${closes_with}`;
}
