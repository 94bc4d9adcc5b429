import type { BurstPlan } from '../../lib/burst/plan.ts';
import { planDigest } from '../../lib/burst/plan.ts';
import type { ConnectionWish } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import type { TaskContext } from '../../lib/runtime/task-program.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { Sha256 } from '../../lib/vocabulary/identifiers.ts';
import type { BurstSource } from '../../lib/workflows/plan-bounded-burst.ts';

/** What every step of a burst gets. */
export type BurstContext = Omit<TaskContext, 'parameters'> & {
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

/** What is launched must be what was reviewed. Throws `PLAN_DIFFERS` (65). */
export function requirePlan(plan: BurstPlan, expected: Sha256): void {
  const found = planDigest(plan);
  if (found === expected) return;
  fail({
    exit: 'data',
    code: 'PLAN_DIFFERS',
    message: 'the plan that was launched is not the one whose digest was given',
    where: 'plan_sha256',
    value: found,
    remedy: 'Launch the plan that was reviewed, or have this one reviewed.',
  });
}
