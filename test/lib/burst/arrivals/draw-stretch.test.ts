import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { arrivalsOf } from '../../../../lib/burst/arrivals/arrival-stream.ts';
import { createGenerator, drawStretch, stretchMinutes } from '../../../../lib/burst/arrivals/draw-stretch.ts';
import type { ArrivalPair } from '../../../../lib/burst/arrivals/surface-blocks.ts';
import { laneOfEvent } from '../../../../lib/burst/lane-of-event.ts';

const identity = {
  manifestFingerprint: 'a'.repeat(64),
  parameterHash: 'b'.repeat(64),
  scenarioId: 'baseline_v1',
};
const pairOf = (merchant: number): ArrivalPair => ({
  merchantId: BigInt(merchant),
  country: 'DE',
  tzid: 'Europe/Berlin',
  channelGroup: 'cp',
});
const pairs = Array.from({ length: 20 }, (_, index) => pairOf(index + 1));
const start = Date.UTC(2026, 0, 1);
const firstHour = { index: 0, minutes: 60 };

/** Arrivals as text, in order. */
function said(lambdas: readonly number[], of: readonly ArrivalPair[] = pairs, lane = 0, lanes = 1) {
  const drawn = drawStretch(identity, of, firstHour, (pair) => lambdas[pair] ?? 0);
  return arrivalsOf(drawn, of, identity, start, lane, lanes).map(
    ({ eventId, tsUtc, pair }) => `${tsUtc} ${pair.merchantId} ${eventId}`,
  );
}

test('golden: the first arrivals of a pair', () => {
  assert.deepEqual(said([3], [pairOf(7)]), [
    '2026-01-01T00:46:23.429712Z 7 5d8bcadc6cac21404e313093ef3b00d6c0556bbaa6478a3aaf34d860ff1330d9',
  ]);
});

test('golden: the generator', () => {
  const next = createGenerator(hash('sha256', 'seed', 'buffer'));
  assert.deepEqual([next(), next(), next()], [0.4983507620636374, 0.9758836582768708, 0.6679056256543845]);
});

test('numbers of the generator are in (0, 1], with the mean and the spread of a uniform draw', () => {
  const next = createGenerator(hash('sha256', 'uniform', 'buffer'));
  const numbers = Array.from({ length: 100_000 }, next);
  assert.ok(numbers.every((number) => number > 0 && number <= 1));
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
  assert.ok(Math.abs(mean - 0.5) < 0.005, `${mean}`);
  assert.ok(Math.abs(variance - 1 / 12) < 0.002, `${variance}`);
});

test('property: in time order, every id once, and each within its hour', () => {
  const lambdas = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(lambdas, (values) => {
      const arrivals = said(values);
      const times = arrivals.map((arrival) => arrival.slice(0, 27));
      assert.deepEqual(times, [...times].sort());
      assert.ok(times.every((time) => time.startsWith('2026-01-01T00:')));
      assert.equal(new Set(arrivals.map((arrival) => arrival.slice(-64))).size, arrivals.length);
    }),
    { numRuns: 30 },
  );
});

test('property: lanes are disjoint and together whole', () => {
  const all = said(pairs.map(() => 40));
  assert.ok(all.length > 600);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), (lanes) => {
      const parts = Array.from({ length: lanes }, (_, lane) =>
        said(
          pairs.map(() => 40),
          pairs,
          lane,
          lanes,
        ),
      );
      assert.deepEqual(parts.flat().sort(), [...all].sort());
      for (const [lane, part] of parts.entries()) {
        for (const arrival of part) assert.equal(laneOfEvent(arrival.slice(-64), lanes), lane);
      }
    }),
    { numRuns: 10 },
  );
});

test('what a merchant-zone sends does not depend on the others, nor on what they are called before it', () => {
  const alone = said([12], [pairOf(5)]);
  const among = said(pairs.map(() => 12)).filter((arrival) => arrival.split(' ')[1] === '5');
  assert.deepEqual(among, alone);
  const backwards = said(
    pairs.map(() => 12),
    [...pairs].reverse(),
  );
  assert.deepEqual([...backwards].sort(), [...said(pairs.map(() => 12))].sort());
});

test('world, policies, scenario, hour: another one is another draw', () => {
  const draw = (change: Partial<typeof identity>, index = 0) =>
    [...drawStretch({ ...identity, ...change }, [pairOf(1)], { index, minutes: 60 }, () => 20).micros].join();
  const draws = [
    draw({}),
    draw({ manifestFingerprint: 'c'.repeat(64) }),
    draw({ parameterHash: 'c'.repeat(64) }),
    draw({ scenarioId: 'stress_v1' }),
    draw({}, 1),
  ];
  assert.equal(new Set(draws).size, draws.length);
  assert.equal(draw({}), draws[0]);
});

test('nothing is drawn where nothing is expected, and a tiny intensity is nearly nothing', () => {
  assert.deepEqual(said([0, 0]), []);
  const many = Array.from({ length: 5_000 }, (_, index) => pairOf(index + 1));
  const { count } = drawStretch(identity, many, firstHour, () => 1e-3);
  assert.ok(count > 0 && count < 20, `${count} where 5 are expected`);
});

test('counts are Poisson: as many as expected, with the variance of their mean, evenly over the hour', () => {
  const many = Array.from({ length: 4_000 }, (_, index) => pairOf(index + 1));
  const { count, pair, micros } = drawStretch(identity, many, { index: 3, minutes: 60 }, () => 6);
  const counts = new Array<number>(many.length).fill(0);
  for (const index of pair) counts[index] = (counts[index] ?? 0) + 1;
  const mean = count / many.length;
  const variance = counts.reduce((sum, one) => sum + (one - mean) ** 2, 0) / counts.length;
  assert.ok(Math.abs(mean - 6) < 0.15, `mean ${mean}`);
  assert.ok(Math.abs(variance / mean - 1) < 0.1, `variance ${variance}`);
  const firstHalf = micros.filter((at) => at < 1.8e9).length / count;
  assert.ok(Math.abs(firstHalf - 0.5) < 0.015, `${firstHalf}`);
});

test('a stretch divides its bucket and is an hour at most; arrivals stay within it', () => {
  const lengths = [1, 30, 45, 60, 90, 96, 120, 1_440].map((minutes) => [minutes, stretchMinutes(minutes)]);
  assert.deepEqual(lengths, [
    [1, 1],
    [30, 30],
    [45, 45],
    [60, 60],
    [90, 45],
    [96, 48],
    [120, 60],
    [1_440, 60],
  ]);
  const { count, micros } = drawStretch(identity, pairs, { index: 5, minutes: 30 }, () => 50);
  assert.ok(Math.abs(count - 1_000) < 160, `${count} where 1,000 are expected`);
  assert.ok(micros.every((at) => at < 1.8e9));
});
