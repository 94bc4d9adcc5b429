import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetPolicySchema, judgePlan } from '../../../lib/burst/budget-policy.ts';
import { burstPlanSchema, planDigest } from '../../../lib/burst/plan.ts';
import { samplePlan } from '../../support/sample-burst.ts';

const policy = budgetPolicySchema.parse({
  version: 'v1',
  minimum_seconds: 900,
  maximum_seconds: 3_600,
  max_events: 50_000,
});

test('inside: a rehearsal of seconds, and a certifying window at both of its limits', () => {
  assert.deepEqual(judgePlan(samplePlan({ duration_seconds: 1 }), policy), []);
  for (const duration_seconds of [900, 3_600]) {
    assert.deepEqual(judgePlan(samplePlan({ certifying: true, duration_seconds }), policy), []);
  }
});

const outside: readonly (readonly [
  what: string,
  change: Parameters<typeof samplePlan>[0],
  reason: RegExp,
])[] = [
  ['a second too long', { duration_seconds: 3_601 }, /duration_seconds 3601 is above the 3600/],
  [
    'a certifying window a second too short',
    { certifying: true, duration_seconds: 899 },
    /duration_seconds 899 is below the 900.*certifying: false/,
  ],
  ['all warm-up', { warm_up_seconds: 2 }, /warm_up_seconds 2 leaves no plateau in 2 s/],
  ['an event too many', { max_events: 50_001 }, /max_events 50001 is above the 50000/],
  [
    'a cap inside the window',
    { duration_seconds: 60, operator_cap_seconds: 59 },
    /operator_cap_seconds 59 would cut the 60 s/,
  ],
];
for (const [what, change, reason] of outside) {
  test(`outside: ${what}`, () => {
    const reasons = judgePlan(samplePlan(change), policy);
    assert.equal(reasons.length, 1);
    assert.match(reasons[0] ?? '', reason);
  });
}

test('every reason is told, not the first', () => {
  const reasons = judgePlan(
    samplePlan({ certifying: true, duration_seconds: 10, warm_up_seconds: 10, max_events: 60_000 }),
    policy,
  );
  assert.equal(reasons.length, 3);
});

test('a plan’s identity: the same content in another order is the same plan, any other value another', () => {
  const plan = samplePlan();
  const reordered = burstPlanSchema.parse(Object.fromEntries(Object.entries(plan).reverse()));
  assert.equal(planDigest(reordered), planDigest(plan));
  const digests = new Set(
    [{}, { lanes: 3 }, { certifying: true }, { max_events: 9_999 }, { operator_cap_seconds: 9 }].map(
      (change) => planDigest(samplePlan(change)),
    ),
  );
  assert.equal(digests.size, 5);
});
