import { z } from 'zod';
import type { BurstPlan } from './plan.ts';

/** What a burst may take; `config/bursts/policy/budget.yaml`. */
export const budgetPolicySchema = z.strictObject({
  version: z.literal('v1'),
  /** A certifying window is at least this long. */
  minimum_seconds: z.int().min(1),
  /** No window is longer. */
  maximum_seconds: z.int().min(1).max(5_400),
  max_events: z.int().min(1),
});
export type BudgetPolicy = z.infer<typeof budgetPolicySchema>;

/** Why a plan is outside the policy, one sentence each; empty when it is inside. Pure. */
export function judgePlan(plan: BurstPlan, policy: BudgetPolicy): readonly string[] {
  const reasons: string[] = [];
  const { duration_seconds: duration } = plan;
  if (duration > policy.maximum_seconds) {
    reasons.push(
      `duration_seconds ${duration} is above the ${policy.maximum_seconds} that any burst may take`,
    );
  }
  if (plan.certifying && duration < policy.minimum_seconds) {
    reasons.push(
      `duration_seconds ${duration} is below the ${policy.minimum_seconds} of a certifying window; a rehearsal says certifying: false`,
    );
  }
  if (plan.warm_up_seconds >= duration) {
    reasons.push(`warm_up_seconds ${plan.warm_up_seconds} leaves no plateau in ${duration} s`);
  }
  if (plan.max_events > policy.max_events) {
    reasons.push(`max_events ${plan.max_events} is above the ${policy.max_events} of the policy`);
  }
  if (plan.operator_cap_seconds !== undefined && plan.operator_cap_seconds < duration) {
    reasons.push(`operator_cap_seconds ${plan.operator_cap_seconds} would cut the ${duration} s of the plan`);
  }
  return reasons;
}
