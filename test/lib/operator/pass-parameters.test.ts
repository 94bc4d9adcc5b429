import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { launchPrefix } from '../../../config/names.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { overridesLimit } from '../../../lib/local-cloud/executions/run-task-handler.ts';
import { passParameters } from '../../../lib/operator/pass-parameters.ts';
import { launchVariables } from '../../../lib/task-contracts/launch-environment.ts';
import { probeContract } from '../../../lib/task-contracts/probe.ts';
import { launchKeySchema } from '../../../lib/vocabulary/identifiers.ts';

/** The longest launch that there can be. */
const execution = `${'x'.repeat(60)}_20260221T020923Z`;
const launchKey = launchKeySchema.parse(`${execution}/${'S'.repeat(60)}/999999`);
const key = `${launchPrefix('production-of-a-long-name', launchKey)}parameters/prepare.json`;

/** Characters of the overrides of one launch, as RunTask counts them. */
function overridesLength(passing: ReturnType<typeof passParameters>['passing']): number {
  const value: Record<string, string> = {
    [launchVariables.executionId]: execution,
    [launchVariables.launchKey]: launchKey,
    [launchVariables.launchedFor]: 'production-of-a-long-name',
    [launchVariables.runId]: 'platform_20260221T020923Z',
    [launchVariables.deadline]: '2026-02-21T02:30:00.000Z',
    [launchVariables.parameters]: passing.inline,
    [launchVariables.parametersKey]: passing.key,
    [launchVariables.parametersDigest]: passing.sha256,
  };
  const Environment = Object.entries(value).map(([Name, Value]) => ({ Name, Value }));
  return JSON.stringify({ ContainerOverrides: [{ Name: 'task', Environment }] }).length;
}

test('property: whatever the parameters are, the overrides of their launch are within the limit', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 9_000 }),
    // What JSON makes longest: quotation marks, backslashes, control characters.
    fc.string({ unit: fc.constantFrom('"', '\\', '\u0001', 'ä'), maxLength: 5_000 }),
  );
  fc.assert(
    fc.property(text, (note) => {
      const { passing, object } = passParameters(probeContract, { note }, key);
      assert.ok(overridesLength(passing) <= overridesLimit, `${overridesLength(passing)}`);
      if (object === undefined) assert.equal(JSON.parse(passing.inline).note, note);
      else assert.deepEqual([passing.key, passing.sha256], [key, sha256Of(object.content)]);
    }),
    { numRuns: 200 },
  );
});

test('parameters that double in JSON go by pointer where plain ones of the same length do not', () => {
  const inline = (note: string) => passParameters(probeContract, { note }, key).object === undefined;
  assert.ok(inline('x'.repeat(3_900)));
  assert.ok(!inline('"'.repeat(1_400)));
});
