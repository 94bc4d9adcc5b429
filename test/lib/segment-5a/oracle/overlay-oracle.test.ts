import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventCurve } from '../../../../lib/segment-5a/laws/event-curve.ts';
import type { EventType } from '../../../../lib/segment-5a/vocabulary.ts';
import { shippedPolicies } from '../shipped-policies.ts';
import { type OracleEvent, oracleFactor, oracleOverlap } from './overlay-oracle.ts';

const { scenario_overlay: overlay, overlay_ordering: ordering } = await shippedPolicies();
const policies = { overlay, ordering };
const horizon = { start: 0, bucketMinutes: 60 };
const row = { merchantId: 7n, country: 'DE', tzid: 'Europe/Berlin', demandClass: 'consumer_daytime' };

function constant(type: EventType, amplitude: number, scope: Partial<OracleEvent>): OracleEvent {
  return {
    type,
    start: 0,
    end: 600,
    shape: 'constant',
    amplitude,
    peak: null,
    rampIn: null,
    rampOut: null,
    country: null,
    tzid: null,
    demandClass: null,
    merchantId: null,
    ...scope,
  };
}

test('no event, an event elsewhere, and an event at another time leave the factor at exactly 1', () => {
  const elsewhere = constant('HOLIDAY', 0.5, { country: 'FR' });
  assert.equal(oracleFactor(row, 3, [], horizon, policies), 1);
  assert.equal(oracleFactor(row, 3, [elsewhere], horizon, policies), 1);
  assert.equal(oracleFactor(row, 10, [constant('HOLIDAY', 0.5, { country: 'DE' })], horizon, policies), 1);
});

test('within a type the most specific scope wins, then MIN for holidays and MAX for paydays', () => {
  const broad = constant('HOLIDAY', 0.6, { country: 'DE' });
  const narrow = constant('HOLIDAY', 0.9, { country: 'DE', demandClass: 'consumer_daytime' });
  const narrower = constant('HOLIDAY', 0.8, { country: 'DE', demandClass: 'consumer_daytime' });
  assert.equal(oracleFactor(row, 0, [broad, narrow], horizon, policies), 0.9);
  assert.equal(oracleFactor(row, 0, [broad, narrow, narrower], horizon, policies), 0.8);
  const paydays = [1.2, 1.4].map((amplitude) => constant('PAYDAY', amplitude, { country: 'DE' }));
  assert.equal(oracleFactor(row, 0, paydays, horizon, policies), 1.4);
});

test('a merchant beats every other scope', () => {
  const broad = constant('CAMPAIGN', 1.1, {
    country: 'DE',
    tzid: 'Europe/Berlin',
    demandClass: 'consumer_daytime',
  });
  const own = constant('CAMPAIGN', 1.3, { merchantId: 7n });
  assert.equal(oracleFactor(row, 0, [broad, own], horizon, policies), 1.3);
});

test('an outage caps campaigns, paydays and stress at 1; stress caps campaigns', () => {
  const outage = constant('OUTAGE', 0.05, { tzid: 'Europe/Berlin' });
  const campaign = constant('CAMPAIGN', 2, {});
  const stress = constant('STRESS', 1.6, {});
  const holiday = constant('HOLIDAY', 0.5, { country: 'DE' });
  assert.equal(oracleFactor(row, 0, [outage, campaign, stress, holiday], horizon, policies), 0.5 * 0.05);
  assert.equal(oracleFactor(row, 0, [campaign, stress], horizon, policies), 1.6);
  assert.equal(oracleOverlap(row, 0, [outage, campaign, stress, holiday], horizon, policies), 4);
});

test('the product is clipped into the hard bounds', () => {
  const events = [constant('CAMPAIGN', 2.5, {}), constant('PAYDAY', 1.6, {}), constant('STRESS', 3, {})];
  const unmasked = { overlay, ordering: { ...ordering, masks: [] } };
  assert.equal(oracleFactor(row, 0, events, horizon, unmasked), 5);
});

test('a lone event gives its curve, hour by hour', () => {
  const ramp = fc.record({
    peak: fc.double({ min: 0, max: 5, noNaN: true }),
    rampIn: fc.integer({ min: 0, max: 48 }),
    rampOut: fc.integer({ min: 0, max: 48 }),
  });
  fc.assert(
    fc.property(ramp, fc.integer({ min: 1, max: 60 }), (law, length) => {
      const event: OracleEvent = {
        ...constant('PAYDAY', 1, { country: 'DE' }),
        ...law,
        shape: 'ramp',
        end: length * 60,
      };
      const curve = eventCurve({ shape: 'ramp', ...law }, length);
      for (const [hour, factor] of curve.entries()) {
        assert.equal(oracleFactor(row, hour, [event], horizon, policies), Math.min(Math.max(factor, 0), 5));
      }
    }),
  );
});
