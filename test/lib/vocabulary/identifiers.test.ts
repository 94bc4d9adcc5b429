import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import {
  executionIdAt,
  executionIdSchema,
  laneSchema,
  launchKeyOf,
  launchKeySchema,
  merchantIdSchema,
  runIdAt,
  runIdSchema,
  segmentRunIdSchema,
  splitLaunchKey,
} from '../../../lib/vocabulary/identifiers.ts';
import {
  instantFromMillis,
  instantSchema,
  millisOf,
  parseDuration,
} from '../../../lib/vocabulary/instant.ts';

const refused: readonly [string, { safeParse: (value: unknown) => { success: boolean } }, unknown][] = [
  ['a run id without its Z', runIdSchema, 'platform_20260221T060431'],
  ['a run id in the 13th month', runIdSchema, 'platform_20261321T060431Z'],
  ['a run id on 30 February', runIdSchema, 'platform_20260230T060431Z'],
  ['a run id with another prefix', runIdSchema, 'run_20260221T060431Z'],
  ['a run id with a space before it', runIdSchema, ' platform_20260221T060431Z'],
  ['a run id with a line end', runIdSchema, 'platform_20260221T060431Z\n'],
  ['an execution id without a lane', executionIdSchema, '20260221T020923Z'],
  ['an execution id with capitals', executionIdSchema, 'M10_20260221T020923Z'],
  ['an execution id with a path in it', executionIdSchema, '../m10_20260221T020923Z'],
  ['an execution id at 25 o’clock', executionIdSchema, 'm10_20260221T250923Z'],
  ['an execution id of 81 characters', executionIdSchema, `${'a'.repeat(64)}_20260221T020923Z`],
  ['a launch key of two parts', launchKeySchema, 'm10_20260221T020923Z/Run'],
  ['a launch key with a negative number', launchKeySchema, 'm10_20260221T020923Z/Run/-1'],
  ['a launch key with a leading zero', launchKeySchema, 'm10_20260221T020923Z/Run/01'],
  ['a launch key that escapes', launchKeySchema, 'm10_20260221T020923Z/../0'],
  ['a segment run id in capitals', segmentRunIdSchema, 'A'.repeat(32)],
  ['a segment run id of 31 characters', segmentRunIdSchema, 'a'.repeat(31)],
  ['a merchant id of zero', merchantIdSchema, 0n],
  ['a merchant id of 2^64', merchantIdSchema, 2n ** 64n],
  ['a merchant id as a number', merchantIdSchema, 12],
  ['an instant without milliseconds', instantSchema, '2026-02-21T02:09:23Z'],
  ['an instant with an offset', instantSchema, '2026-02-21T02:09:23.000+00:00'],
  ['an instant on 30 February', instantSchema, '2026-02-30T02:09:23.000Z'],
  ['a lane with an underscore at its end', laneSchema, 'm10_'],
];

for (const [what, schema, value] of refused) {
  test(`refuses ${what}`, () => assert.equal(schema.safeParse(value).success, false));
}

test('accepts the identifiers of the field', () => {
  for (const id of ['platform_20260221T060431Z', 'platform_20240229T000000Z']) runIdSchema.parse(id);
  for (const id of ['m10_20260221T020923Z', 'm10_f-rerun_20260221T020923Z']) executionIdSchema.parse(id);
  merchantIdSchema.parse(2n ** 64n - 1n);
});

const millis = fc.integer({ min: 0, max: Date.UTC(2199, 0, 1) });

test('ids made from a clock parse, and say that second', () => {
  fc.assert(
    fc.property(millis, (now) => {
      const second = instantFromMillis(Math.floor(now / 1_000) * 1_000).replaceAll(/[-:]|\.000/g, '');
      assert.equal(runIdAt(now), `platform_${second}`);
      assert.equal(executionIdAt(laneSchema.parse('m10'), now), `m10_${second}`);
    }),
  );
});

test('a launch key splits into what it was made of', () => {
  fc.assert(
    fc.property(
      millis,
      fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,20}$/),
      fc.integer({ min: 0, max: 999_999 }),
      (now, state, n) => {
        const executionId = executionIdAt(laneSchema.parse('lane'), now);
        assert.deepEqual(splitLaunchKey(launchKeyOf(executionId, state, n)), {
          executionId,
          state,
          number: n,
        });
      },
    ),
  );
});

test('instants sort as text in the order of time', () => {
  fc.assert(
    fc.property(millis, millis, (one, other) => {
      const [first, second] = [instantFromMillis(one), instantFromMillis(other)];
      assert.equal(first < second, one < other);
      assert.equal(millisOf(first), one);
    }),
  );
});

const durations: readonly [string, number][] = [
  ['250ms', 250],
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
];
for (const [text, expected] of durations) {
  test(`${text} is ${expected} ms`, () => assert.equal(parseDuration(text, '--deadline'), expected));
}

for (const text of ['', '15', '1.5h', '-3s', '1d', ' 3s', '3 s']) {
  test(`'${text}' is no duration, and the failure says where`, () => {
    assert.throws(
      () => parseDuration(text, '--deadline'),
      (error) => isPlatformError(error) && error.exitCode === 64 && error.failure.where === '--deadline',
    );
  });
}
