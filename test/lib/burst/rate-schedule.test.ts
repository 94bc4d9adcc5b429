import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plateauPerSecond } from '../../../lib/burst/plan.ts';
import { laneSchedule, shareOf } from '../../../lib/burst/rate-schedule.ts';
import { samplePlan } from '../../support/sample-burst.ts';

const plans = fc
  .record({
    lanes: fc.integer({ min: 1, max: 40 }),
    perMinute: fc.integer({ min: 1, max: 200_000 }),
    warmUp: fc.integer({ min: 0, max: 30 }),
    plateau: fc.integer({ min: 1, max: 60 }),
    maxEvents: fc.integer({ min: 1, max: 100_000 }),
  })
  .map(({ lanes, perMinute, warmUp, plateau, maxEvents }) =>
    samplePlan({
      lanes,
      rate: { events_per_minute: perMinute },
      warm_up_seconds: warmUp,
      duration_seconds: warmUp + plateau,
      max_events: maxEvents,
    }),
  );

test('property: lanes share the events, none sends beyond its share or its window', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const lanes = Array.from({ length: plan.lanes }, (_, lane) => lane);
      const shares = lanes.map((lane) => shareOf(plan, lane));
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        plan.max_events,
      );
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
      for (const lane of lanes) {
        const { events, dueAt } = laneSchedule(plan, lane);
        assert.ok(events <= (shares[lane] ?? 0));
        if (events > 0) assert.ok(dueAt(events - 1) < plan.duration_seconds * 1_000 + 1e-6);
      }
    }),
  );
});

test('property: due times climb, and what is due by a time is what is due before it', () => {
  fc.assert(
    fc.property(plans, fc.double({ min: 0, max: 90_000, noNaN: true }), (plan, millis) => {
      const { dueAt, dueBy } = laneSchedule(plan, 0);
      const next = dueBy(millis);
      // Next to the border, the two functions may round to either side.
      if (next >= 2) assert.ok(dueAt(next - 2) <= millis + 1e-6);
      assert.ok(dueAt(next) >= millis - 1e-6, `${dueAt(next)} of event ${next} at ${millis}`);
      assert.ok(dueAt(next) <= dueAt(next + 1));
    }),
  );
  assert.equal(laneSchedule(samplePlan(), 0).dueBy(-1), 0);
});

test('property: the plateau has the rate of the plan, and a warm-up sends half of it', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const perLane = plateauPerSecond(plan) / plan.lanes;
      const { dueBy } = laneSchedule(plan, 0);
      const [warm, end] = [plan.warm_up_seconds * 1_000, plan.duration_seconds * 1_000];
      const onPlateau = dueBy(end) - dueBy(warm);
      assert.ok(Math.abs(onPlateau - (perLane * (end - warm)) / 1_000) <= 1 + 1e-6);
      assert.ok(Math.abs(dueBy(warm) - 1 - (perLane * warm) / 2_000) <= 1 + 1e-6);
    }),
  );
});

test('the plan of M10.F: three times the baseline needs 18,839.83 events, and more are due', () => {
  const plan = samplePlan({
    lanes: 4,
    rate: { multiplier: 3.2, baseline_admits_per_minute: 418.66295264623955 },
    warm_up_seconds: 30,
    duration_seconds: 960,
    max_events: 40_000,
  });
  assert.equal(plateauPerSecond(plan) * 60, 3.2 * 418.66295264623955);
  const events = [0, 1, 2, 3].reduce((sum, lane) => sum + laneSchedule(plan, lane).events, 0);
  assert.equal(events, 21_104);
  assert.ok(events / (960 / 60) / 418.66295264623955 >= 3);
});
