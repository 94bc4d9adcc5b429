import { type LoadedPlan, loadBurstPlan, shippedPlanNames } from '../../lib/burst/load-plan.ts';
import { plateauPerSecond } from '../../lib/burst/plan.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';

/** A plan in words, with the digest that a review names. Exit 0. */
export function describePlan(context: CommandContext, { plan, sha256, path }: LoadedPlan): number {
  const perSecond = plateauPerSecond(plan);
  context.output.result(
    [
      `${plan.name}: ${plan.purpose}`,
      `  file      ${path}`,
      `  digest    ${sha256}`,
      `  rate      ${(perSecond * 60).toFixed(3)} events/min on the plateau, ${plan.lanes} lanes`,
      `  window    ${plan.duration_seconds} s, ${plan.warm_up_seconds} s of them warm-up`,
      `  at most   ${plan.max_events.toLocaleString('en')} events`,
      `  evidence  ${plan.certifying ? 'may clear a blocker' : 'a rehearsal: never clears a blocker'}`,
    ].join('\n'),
    { schema: 'fraudctl/burst-plan/v1', path, sha256, plan: JSON.parse(JSON.stringify(plan)) },
  );
  return exitCodes.done;
}

/** `fraudctl burst plans`: the plans of this version. */
export async function burstPlans(context: CommandContext): Promise<number> {
  const plans = await Promise.all((await shippedPlanNames()).map((name) => loadBurstPlan(name)));
  context.output.result(
    renderTable(
      ['plan', 'certifying', 'events/min', 'seconds', 'lanes', 'digest'],
      plans.map(({ plan, sha256 }) => [
        plan.name,
        plan.certifying ? 'yes' : 'no',
        (plateauPerSecond(plan) * 60).toFixed(1),
        String(plan.duration_seconds),
        String(plan.lanes),
        sha256,
      ]),
    ),
    {
      schema: 'fraudctl/burst-plans/v1',
      plans: plans.map(({ plan, sha256 }) => ({ sha256, plan: JSON.parse(JSON.stringify(plan)) })),
    },
  );
  return exitCodes.done;
}
