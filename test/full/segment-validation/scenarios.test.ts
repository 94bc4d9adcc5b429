import { test } from 'node:test';
import { scenarioManifest } from '../../../lib/segment-5a/datasets.ts';
import { changedValue, flipped, named, removed } from './changes.ts';
import { createSpoilableRun, type Mutation } from './spoilable-run.ts';

const { assertFound } = await createSpoilableRun();

const changes = {
  'a scenario removed': removed,
  'a scenario of another name': named('scenario_id', 'stress_v9'),
  'another version': named('scenario_version', 'v9.9.9'),
  'another start': named('horizon_start_utc', '2026-01-02T00:00:00.000000Z'),
  'another end': named('horizon_end_utc', '2026-12-31T00:00:00.000000Z'),
  'another label': named('labels', 'nobody'),
  'a baseline that is none': changedValue('is_baseline', flipped),
  'stress that is none': changedValue('is_stress', flipped),
} as const satisfies Readonly<Record<string, Mutation['change']>>;

for (const [what, change] of Object.entries(changes)) {
  test(`FAIL, naming it: scenario manifest: ${what}`, () =>
    assertFound({
      what,
      dataset: scenarioManifest,
      change,
      check: 'S0_SCENARIO_MANIFEST',
      issue: 'S0_SCENARIO_DIFFERS',
    }));
}
