import type { BurstPlan } from '../../lib/burst/plan.ts';
import { planDigest } from '../../lib/burst/plan.ts';
import type { ConnectionWish } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import { gateSpecDigest } from '../../lib/gates/burst/gate-spec.ts';
import type { TaskContext } from '../../lib/runtime/task-program.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { BurstSource, ReviewedBurst } from '../../lib/workflows/plan-bounded-burst.ts';

/** What every step of a burst gets. */
export type BurstContext = Omit<TaskContext, 'parameters'> & {
  readonly reviewed: ReviewedBurst;
  readonly plan: BurstPlan;
  readonly source: BurstSource;
};

export function databaseWish({ secrets, databaseAuthorities, launch }: BurstContext): ConnectionWish {
  return {
    dsn: parseDsn(secrets.CHECKPOINT_DSN ?? '', 'CHECKPOINT_DSN'),
    authorities: databaseAuthorities ?? '',
    applicationName: `burst ${launch.launchKey}`,
  };
}

/** What is launched must be what was reviewed. Throws `PLAN_DIFFERS` or `GATE_SPEC_DIFFERS` (65). */
export function requireReviewed({ reviewed }: BurstContext): void {
  const plan = planDigest(reviewed.plan);
  if (plan !== reviewed.plan_sha256) refuseOther('plan', plan);
  const gate = gateSpecDigest(reviewed.gate_spec);
  if (gate !== reviewed.gate_spec_sha256) refuseOther('gate_spec', gate);
}

function refuseOther(what: 'plan' | 'gate_spec', found: string): never {
  return fail({
    exit: 'data',
    code: what === 'plan' ? 'PLAN_DIFFERS' : 'GATE_SPEC_DIFFERS',
    message: `the ${what} that was launched is not the one whose digest was given`,
    where: `${what}_sha256`,
    value: found,
    remedy: 'Launch what was reviewed, or have this reviewed.',
  });
}
