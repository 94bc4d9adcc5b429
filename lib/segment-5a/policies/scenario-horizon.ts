import { z } from 'zod';
import { scenarioIdSchema } from '../identity.ts';
import type { PolicyFinding } from './policy-file.ts';

/**
 * Which scenarios may be run, and in what horizon. A world carries its own horizon for each scenario
 * (a small world has two weeks); it lies inside the one allowed here.
 */
export const scenarioHorizonSchema = z.strictObject({
  version: z.literal('v1'),
  scenario_pack_id: z.string().regex(/^[a-z0-9_]{1,64}$/),
  bucket_minutes: z.int().min(1).max(1_440),
  /** Earliest start of a horizon, midnight UTC. */
  earliest_start: z.iso.date(),
  /** Latest end of a horizon, exclusive, midnight UTC. */
  latest_end: z.iso.date(),
  /** A horizon shorter than this cannot show every bucket of the week in every zone. */
  minimum_days: z.int().min(7).max(366),
  /** Whether S4 also writes the intensities by hour of UTC. */
  emit_utc_intensities: z.boolean(),
  scenarios: z
    .array(
      z.strictObject({
        scenario_id: scenarioIdSchema,
        scenario_version: z.string().regex(/^v\d+\.\d+\.\d+$/),
        kind: z.enum(['baseline', 'stress']),
        labels: z.array(z.string().regex(/^[a-z0-9_-]{1,64}$/)).min(1),
      }),
    )
    .min(1),
});
export type ScenarioHorizonPolicy = z.infer<typeof scenarioHorizonSchema>;
export type ScenarioDeclaration = ScenarioHorizonPolicy['scenarios'][number];

export function findingsOfHorizon(
  policy: ScenarioHorizonPolicy,
  gridBucketMinutes: number,
): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const { bucket_minutes: size, earliest_start: start, latest_end: end } = policy;
  if (size !== gridBucketMinutes) {
    findings.push({
      path: 'bucket_minutes',
      value: String(size),
      message: `the weekly grid has ${gridBucketMinutes}`,
    });
  }
  if (Date.parse(end) - Date.parse(start) < policy.minimum_days * 86_400_000) {
    findings.push({ path: 'latest_end', value: end, message: 'leaves less than minimum_days' });
  }
  const ids = policy.scenarios.map((scenario) => scenario.scenario_id);
  if (new Set(ids).size !== ids.length) {
    findings.push({ path: 'scenarios', value: ids.join(','), message: 'a scenario stands twice' });
  }
  return findings;
}
