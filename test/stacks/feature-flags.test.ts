import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { withApp } from '../support/synthesise.ts';

const reportSchema = z.object({
  flags: z.record(
    z.string(),
    z.object({
      userValue: z.json().optional(),
      recommendedValue: z.json(),
      unconfiguredBehavesLike: z.object({ v2: z.json() }).partial().optional(),
    }),
  ),
});

const flags = withApp((app) => {
  const artifacts = Object.values(app.synth().manifest.artifacts ?? {});
  const report = artifacts.find(({ type }) => type === 'cdk:feature-flag-report');
  return Object.entries(reportSchema.parse(report?.properties).flags);
});

test('cdk.json decides every behaviour that the library would leave as it was', () => {
  assert.ok(flags.length > 90);
  const open = flags.filter(
    ([, { userValue, recommendedValue, unconfiguredBehavesLike }]) =>
      userValue === undefined && (unconfiguredBehavesLike?.v2 ?? false) !== recommendedValue,
  );
  assert.deepEqual(open, []);
});

test('three are decided otherwise than recommended, for a reason that is written down', () => {
  const otherwise = flags.filter(
    ([, { userValue, recommendedValue }]) =>
      userValue !== undefined && JSON.stringify(userValue) !== JSON.stringify(recommendedValue),
  );
  assert.deepEqual(Object.fromEntries(otherwise.map(([name, { userValue }]) => [name, userValue])), {
    // A stack that others refer to cannot be deleted under them.
    '@aws-cdk/core:defaultCrossStackReferences': 'strong',
    // It would send more of what an app is made of.
    '@aws-cdk/core:enableAdditionalMetadataCollection': false,
    // A partition that is written out would be one more way to say the same, in every template of today.
    '@aws-cdk/core:enablePartitionLiterals': false,
  });
});
