import { type BurstPlan, burstPlanSchema, planDigest } from '../../lib/burst/plan.ts';

/** A lawful plan with some fields changed. */
export function samplePlan(change: Partial<Record<keyof BurstPlan, unknown>> = {}): BurstPlan {
  return burstPlanSchema.parse({
    version: 'v1',
    name: 'sample',
    purpose: 'A plan for tests, quick and small.',
    certifying: false,
    lanes: 2,
    rate: { events_per_minute: 60_000 },
    warm_up_seconds: 0,
    duration_seconds: 2,
    max_events: 10_000,
    batch_size: 50,
    in_flight: 4,
    ...change,
  });
}

/** Parameters of the `burst` task that parse, for a source that is nowhere. */
export const sampleBurst = {
  step: 'open',
  plan: JSON.parse(JSON.stringify(samplePlan())),
  plan_sha256: planDigest(samplePlan()),
  source: { run_folder: '/nowhere/run', scenario_id: 'baseline_v1' },
};
