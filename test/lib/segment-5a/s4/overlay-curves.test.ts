import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Horizon, horizonBetween } from '../../../../lib/segment-5a/laws/horizon.ts';
import type { OverlayOrderingPolicy } from '../../../../lib/segment-5a/policies/overlay-ordering.ts';
import { calendarEvents } from '../../../../lib/segment-5a/s4/calendar-events.ts';
import { overlayCurves } from '../../../../lib/segment-5a/s4/overlay-curves.ts';
import { type EventType, eventTypes } from '../../../../lib/segment-5a/vocabulary.ts';
import type { Column, Table } from '../../../../lib/tables/columns.ts';
import { encodeStrings } from '../../../../lib/tables/columns.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { oracleFactor, oracleOverlap } from '../oracle/overlay-oracle.ts';
import { shippedPolicies } from '../shipped-policies.ts';
import { calendarOf, type EventRow, oracleEventOf } from './calendars.ts';

const shipped = await shippedPolicies();
const overlay = shipped.scenario_overlay;
const validation = shipped.overlay_validation;
const start = Date.parse('2026-01-01') / 60_000;
const horizon: Horizon = horizonBetween(start, start + 336 * 60, 60);

const rows = [
  { merchantId: 2n ** 63n + 1n, country: 'DE', tzid: 'Europe/Berlin', demandClass: 'consumer_daytime' },
  { merchantId: 2n ** 63n + 1n, country: 'US', tzid: 'America/Chicago', demandClass: 'consumer_daytime' },
  { merchantId: 5n, country: 'DE', tzid: 'Europe/Berlin', demandClass: 'online_24h' },
  { merchantId: 9n, country: 'IN', tzid: 'Asia/Kolkata', demandClass: 'office_hours' },
];
const some = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null });

const scopes: Readonly<Record<string, fc.Arbitrary<Partial<EventRow>>>> = {
  global: fc.constant({}),
  country: fc.record({ country: fc.constantFrom('DE', 'US', 'IN', 'FR') }),
  tzid: fc.record({ tzid: fc.constantFrom('Europe/Berlin', 'America/Chicago', 'Asia/Kolkata') }),
  demand_class: fc.record({ demandClass: fc.constantFrom('consumer_daytime', 'online_24h', 'office_hours') }),
  merchant: fc.record({ merchantId: fc.constantFrom(2n ** 63n + 1n, 5n) }),
};

/** An event that the shipped policy allows, with minutes off the grid. */
const eventOf = (type: EventType): fc.Arbitrary<EventRow> => {
  const { amplitude_bounds: bounds, scopes: allowed } = overlay.types[type];
  const amplitude = fc.double({ min: bounds.minimum, max: bounds.maximum, noNaN: true });
  const predicates = allowed.filter((kind) => kind !== 'global' && kind !== 'merchant');
  const combined = fc
    .subarray([...predicates], { minLength: Math.min(1, predicates.length) })
    .chain((kinds) => fc.tuple(...kinds.map((kind) => scopes[kind] ?? fc.constant({}))))
    .map((parts): Partial<EventRow> => Object.assign({}, ...parts));
  const single = allowed
    .filter((kind) => kind === 'global' || kind === 'merchant')
    .map((kind) => scopes[kind] ?? fc.constant({}));
  const scope = fc.oneof(...(predicates.length > 0 ? [combined] : []), ...single);
  const window = fc
    .tuple(fc.integer({ min: 0, max: 60 * 330 }), fc.integer({ min: 1, max: 60 * 100 }))
    .map(([from, length]) => ({
      start: start + from,
      end: Math.min(start + from + length, start + 336 * 60),
    }));
  const constant = some(amplitude).map((value) => ({ shape: 'constant' as const, amplitude: value }));
  const ramp = fc
    .tuple(amplitude, some(fc.integer({ min: 0, max: 48 })), some(fc.integer({ min: 0, max: 48 })))
    .map(([peak, rampIn, rampOut]) => ({ shape: 'ramp' as const, peak, rampIn, rampOut }));
  return fc
    .tuple(window, fc.oneof(constant, ramp), scope)
    .map(([when, law, whom]) => ({ type, ...when, ...law, ...whom }));
};
const calendars = fc.array(fc.oneof(...eventTypes.map(eventOf)), { maxLength: 14 });

const orderings: fc.Arbitrary<OverlayOrderingPolicy> = fc
  .array(
    fc.record({
      selection: fc.constantFrom('MOST_SPECIFIC_ONLY' as const, 'ALL' as const),
      aggregation: fc.constantFrom('MIN' as const, 'MAX' as const),
      effect: fc.constantFrom('NEUTRALIZE' as const, 'CAP_AT_ONE' as const, 'FLOOR_AT_ONE' as const),
    }),
    { minLength: 5, maxLength: 5 },
  )
  .map((choices) => ({
    ...shipped.overlay_ordering,
    types: {
      ...shipped.overlay_ordering.types,
      ...Object.fromEntries(
        eventTypes.map((type, at) => {
          const { selection = 'ALL', aggregation = 'MAX' } = choices[at] ?? {};
          return [type, { ...shipped.overlay_ordering.types[type], selection, aggregation }];
        }),
      ),
    },
    masks: shipped.overlay_ordering.masks.map((mask, at) => ({
      ...mask,
      effect: choices[at]?.effect ?? mask.effect,
    })),
  }));

test('law: every factor is the plain row-by-row oracle, bit for bit, for random calendars and orderings', () => {
  fc.assert(
    fc.property(calendars, orderings, (events, ordering) => {
      const oracleEvents = events.map(oracleEventOf);
      const oracleHorizon = { start, bucketMinutes: 60 };
      const policies = { overlay, ordering };
      const crowded = rows.some((row) =>
        Array.from({ length: horizon.buckets }, (_, h) => h).some(
          (h) =>
            oracleOverlap(row, h, oracleEvents, oracleHorizon, policies) > overlay.limits.overlapping_events,
        ),
      );
      fc.pre(!crowded);
      const parsed = calendarEvents(calendarOf(events), horizon, overlay);
      const curves = overlayCurves(parsed, horizon.buckets, { overlay, ordering, validation });
      for (const row of rows) {
        const { factors } = curves.of(row, row.merchantId);
        for (let h = 0; h < horizon.buckets; h += 1) {
          const wanted = oracleFactor(row, h, oracleEvents, oracleHorizon, policies);
          if (!Object.is(factors[h], wanted))
            assert.fail(`bucket ${h}: ${factors[h]}, the oracle has ${wanted}`);
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('without events every factor is exactly 1', () => {
  const curves = overlayCurves([], 336, { overlay, ordering: shipped.overlay_ordering, validation });
  assert.ok(rows.every((row) => curves.of(row, row.merchantId).factors.every((factor) => factor === 1)));
});

test('rows outside the rails are counted, and an outage excuses a low factor', () => {
  const day = { start, end: start + 1_440 };
  const policies = { overlay, ordering: { ...shipped.overlay_ordering, masks: [] }, validation };
  const curveOf = (events: readonly EventRow[]) => {
    const row = rows[0];
    assert.ok(row);
    return overlayCurves(calendarEvents(calendarOf(events), horizon, overlay), 336, policies).of(
      row,
      row.merchantId,
    );
  };
  const outage: EventRow = {
    type: 'OUTAGE',
    shape: 'constant',
    amplitude: 0.01,
    tzid: 'Europe/Berlin',
    ...day,
  };
  assert.equal(curveOf([outage]).belowRail, 0);
  const unexcused = { ...validation, low_exempt_types: [] };
  const curves = overlayCurves(calendarEvents(calendarOf([outage]), horizon, overlay), 336, {
    ...policies,
    validation: unexcused,
  });
  assert.equal(rows[0] && curves.of(rows[0], 1n).belowRail, 24);
  const stress: EventRow = { type: 'STRESS', shape: 'constant', amplitude: 3, ...day };
  const campaign: EventRow = { type: 'CAMPAIGN', shape: 'constant', amplitude: 2.5, ...day };
  assert.equal(curveOf([stress, campaign]).aboveRail, 24);
});

const good: EventRow = {
  type: 'CAMPAIGN',
  shape: 'ramp',
  peak: 1.5,
  rampIn: 2,
  rampOut: 2,
  country: 'DE',
  start,
  end: start + 1_440,
};
const constant: EventRow = {
  type: 'CAMPAIGN',
  shape: 'constant',
  amplitude: 1.5,
  country: 'DE',
  start,
  end: start + 600,
};
const flagged = (value: 0 | 1): Readonly<Record<string, Column>> => ({
  scope_global: { type: 'boolean', values: Uint8Array.of(value) },
});
const refused: readonly { what: string; calendar: Table; code: string; where: RegExp }[] = [
  {
    what: 'an unknown type',
    calendar: calendarOf([good], { event_type: encodeStrings(['PARADE']) }),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /event_type/,
  },
  {
    what: 'an unknown shape',
    calendar: calendarOf([good], { shape_kind: encodeStrings(['wave']) }),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /shape_kind/,
  },
  {
    what: 'global and a predicate',
    calendar: calendarOf([good], flagged(1)),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /scope_global/,
  },
  {
    what: 'an empty scope',
    calendar: calendarOf([{ ...good, country: null }], flagged(0)),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /scope_global/,
  },
  {
    what: 'a merchant and a country',
    calendar: calendarOf([{ ...good, merchantId: 5n }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /merchant_id/,
  },
  {
    what: 'a scope that its type has not',
    calendar: calendarOf([{ ...good, type: 'STRESS', tzid: 'UTC' }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /event_type/,
  },
  {
    what: 'a global holiday',
    calendar: calendarOf([{ ...constant, type: 'HOLIDAY', amplitude: 0.9, country: null }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /event_type/,
  },
  {
    what: 'a peak below its type’s bounds',
    calendar: calendarOf([{ ...good, peak: 0.99 }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /amplitude_peak/,
  },
  {
    what: 'a peak above its type’s bounds',
    calendar: calendarOf([{ ...good, peak: 2.51 }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /amplitude_peak/,
  },
  {
    what: 'a peak that is not a number',
    calendar: calendarOf([{ ...good, peak: Number.NaN }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /amplitude_peak/,
  },
  {
    what: 'an amplitude out of bounds',
    calendar: calendarOf([{ ...constant, amplitude: 2.51 }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /amplitude/,
  },
  {
    what: 'a ramp without a peak',
    calendar: calendarOf([{ ...good, peak: null }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /amplitude_peak/,
  },
  {
    what: 'a ramp that is too long',
    calendar: calendarOf([{ ...good, rampIn: 49 }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /ramp_in_buckets/,
  },
  {
    what: 'a way out that is too long',
    calendar: calendarOf([{ ...good, rampOut: 49 }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /ramp_out_buckets/,
  },
  {
    what: 'an amplitude beside a ramp',
    calendar: calendarOf([{ ...good, amplitude: 1.2 }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /amplitude/,
  },
  {
    what: 'a ramp beside a constant',
    calendar: calendarOf([{ ...constant, rampIn: 3 }]),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /ramp_in_buckets/,
  },
  {
    what: 'a start before the horizon',
    calendar: calendarOf([{ ...good, start: start - 1 }]),
    code: 'S4_CALENDAR_ALIGNMENT_FAILED',
    where: /start_utc/,
  },
  {
    what: 'an end after the horizon',
    calendar: calendarOf([{ ...good, end: start + 336 * 60 + 1 }]),
    code: 'S4_CALENDAR_ALIGNMENT_FAILED',
    where: /end_utc/,
  },
  {
    what: 'an empty window',
    calendar: calendarOf([{ ...good, end: start }]),
    code: 'S4_CALENDAR_ALIGNMENT_FAILED',
    where: /end_utc/,
  },
  {
    what: 'an end before the start',
    calendar: calendarOf([{ ...good, start: start + 90, end: start + 30 }]),
    code: 'S4_CALENDAR_ALIGNMENT_FAILED',
    where: /end_utc/,
  },
  {
    what: 'a day that does not exist',
    calendar: calendarOf([good], { end_utc: encodeStrings(['2026-02-30T00:00:00.000000Z']) }),
    code: 'S4_CALENDAR_ALIGNMENT_FAILED',
    where: /end_utc/,
  },
  {
    what: 'too many events',
    calendar: calendarOf(Array.from({ length: overlay.limits.events + 1 }, () => good)),
    code: 'S4_OVERLAY_EVAL_FAILED',
    where: /event_id/,
  },
];

for (const { what, calendar, code, where } of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => calendarEvents(calendar, horizon, overlay),
      (error) => {
        assert.ok(isPlatformError(error), String(error));
        assert.equal(error.failure.code, code);
        assert.match(error.failure.where ?? '', where);
        return true;
      },
    );
  });
}

test('refuses more overlapping events than allowed on one row, though their scopes differ', () => {
  const scopesOfRow: Partial<EventRow>[] = [
    { country: 'DE' },
    { demandClass: 'consumer_daytime' },
    { country: 'DE', demandClass: 'consumer_daytime' },
  ];
  const events = Array.from(
    { length: 11 },
    (_, at): EventRow => ({ ...good, country: null, ...scopesOfRow[at % 3] }),
  );
  const curves = (list: readonly EventRow[]) =>
    overlayCurves(calendarEvents(calendarOf(list), horizon, overlay), 336, {
      overlay,
      ordering: shipped.overlay_ordering,
      validation,
    });
  const [german, , online] = rows;
  assert.ok(german && online);
  assert.doesNotThrow(() => curves(events.slice(0, 10)).of(german, 1n));
  assert.doesNotThrow(() => curves(events).of(online, 1n));
  assert.throws(() => curves(events).of(german, 1n), { name: 'S4_OVERLAY_EVAL_FAILED' });
});
