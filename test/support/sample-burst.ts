import { type BurstPlan, burstPlanSchema, planDigest } from '../../lib/burst/plan.ts';
import { type BurstGateSpec, burstGateSpecSchema, gateSpecDigest } from '../../lib/gates/burst/gate-spec.ts';

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

/** A lawful gate with some fields changed; by default one that a short rehearsal can pass. */
export function sampleGate(change: Partial<Record<keyof BurstGateSpec, unknown>> = {}): BurstGateSpec {
  return burstGateSpecSchema.parse({
    version: 'v1',
    name: 'sample',
    phase_id: 'M10.F',
    baseline: { admits_per_minute: 418.66295264623955, source: 'M10.E: 50100 admissions in 7180 s' },
    multiplier_minimum: 3,
    admit_ratio_minimum: 0.995,
    duration_seconds: { minimum: 900, maximum: 5_400 },
    operator_cap_seconds: 1_200,
    ambiguous_maximum: 0,
    longest_stall_seconds: 60,
    clock_tolerance_seconds: 2,
    judged_on: { rate: 'task_life', duration: 'task_life', budget: 'task_life' },
    ...change,
  });
}

/** Parameters of the `burst` task that parse, for a source that is nowhere. */
export const sampleBurst = {
  step: 'open',
  plan: JSON.parse(JSON.stringify(samplePlan())),
  plan_sha256: planDigest(samplePlan()),
  gate_spec: JSON.parse(JSON.stringify(sampleGate())),
  gate_spec_sha256: gateSpecDigest(sampleGate()),
  source: { run_folder: '/nowhere/run', scenario_id: 'baseline_v1' },
};
