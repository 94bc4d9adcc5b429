import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Attempt, currentAttempts } from '../../../../lib/segment-5a/frame/current-attempts.ts';
import { bucketsOfPartition, merchantBuckets } from '../../../../lib/segment-5a/laws/merchant-bucket.ts';

type Named = Attempt & { readonly name: string };

/** An attempt at partition `index/count` of some scenarios, the `at`-th of its time. */
function attempt(
  at: number,
  partition: readonly [index: number, count: number],
  more: { readonly scenarios?: readonly string[]; readonly status?: Attempt['status'] } = {},
): Named {
  return {
    name: `${at}: ${partition.join('/')} ${more.scenarios?.join('+') ?? 'a'}`,
    scenarioIds: more.scenarios ?? ['a'],
    buckets: bucketsOfPartition(...partition),
    startedAt: `2026-02-21T00:00:0${at}.000Z`,
    status: more.status ?? 'PASS',
  };
}

const told = (attempts: readonly Named[], state: 'S3' | 'S4' = 'S4') => {
  const { whole, failed } = currentAttempts(state, attempts);
  return { whole: whole?.map(({ name }) => name).sort(), failed: failed?.name };
};

test('another layout takes the place of the one before, whichever is finer', () => {
  const [whole, first, second] = [attempt(1, [0, 1]), attempt(2, [0, 2]), attempt(3, [1, 2])];
  assert.deepEqual(told([whole, first, second]).whole, ['2: 0/2 a', '3: 1/2 a']);
  assert.deepEqual(told([first, second, attempt(4, [0, 1])]).whole, ['4: 0/1 a']);
  const both = attempt(4, [0, 1], { scenarios: ['a', 'b'] });
  assert.deepEqual(told([whole, first, second, both]).whole, ['4: 0/1 a+b']);
});

test('a layout that was begun and not finished leaves the whole that there is', () => {
  const [whole, first] = [attempt(1, [0, 1]), attempt(2, [0, 2])];
  assert.deepEqual(told([whole, first]), { whole: ['1: 0/1 a'], failed: undefined });
  const failing = attempt(2, [0, 2], { status: 'FAIL' });
  assert.deepEqual(told([whole, failing]), { whole: ['1: 0/1 a'], failed: '2: 0/2 a' });
});

test('a failure lasts until its part was done again, in any layout', () => {
  const [good, failing] = [attempt(1, [0, 2]), attempt(2, [1, 2], { status: 'FAIL' })];
  assert.deepEqual(told([good, failing]), { whole: ['1: 0/2 a', '2: 1/2 a'], failed: '2: 1/2 a' });
  assert.equal(told([good, failing, attempt(3, [0, 1])]).failed, undefined);
  const half = [attempt(3, [1, 4]), attempt(4, [3, 4])];
  assert.deepEqual(told([good, failing, ...half]), {
    whole: ['1: 0/2 a', '3: 1/4 a', '4: 3/4 a'],
    failed: undefined,
  });
});

test('parts that cross make no whole, and a failure that is needed for one is told', () => {
  assert.deepEqual(told([attempt(1, [0, 2]), attempt(2, [1, 3]), attempt(3, [2, 3])]), {
    whole: undefined,
    failed: undefined,
  });
  // The even half failed, and every even bucket was done again by parts that cross the odd half or each other.
  const crossed = [attempt(3, [0, 3]), attempt(4, [2, 3]), attempt(5, [4, 8])];
  const found = told([attempt(1, [0, 2], { status: 'FAIL' }), attempt(2, [1, 2]), ...crossed]);
  assert.deepEqual(found, { whole: ['1: 0/2 a', '2: 1/2 a'], failed: '1: 0/2 a' });
});

test('a state that does not work in parts did all of it at its last attempt', () => {
  const attempts = [
    attempt(1, [0, 1], { scenarios: ['a'], status: 'FAIL' }),
    attempt(2, [0, 1], { scenarios: ['b'] }),
  ];
  assert.deepEqual(told(attempts, 'S3'), { whole: ['2: 0/1 b'], failed: undefined });
  for (const state of ['S3', 'S4'] as const) {
    assert.deepEqual(told([], state), { whole: [], failed: undefined });
  }
});

test('property: what is told as a whole has every bucket of every scenario once', () => {
  const partitions = fc
    .integer({ min: 1, max: merchantBuckets })
    .chain((count) => fc.integer({ min: 0, max: count - 1 }).map((index) => [index, count] as const));
  fc.assert(
    fc.property(fc.array(fc.tuple(partitions, fc.constantFrom('a', 'b')), { maxLength: 12 }), (parts) => {
      const attempts = parts.map(([partition, scenario], at) =>
        attempt(at, partition, { scenarios: [scenario] }),
      );
      const { whole } = currentAttempts('S4', attempts);
      const cells = (of: readonly Attempt[]) =>
        of.flatMap(({ scenarioIds, buckets }) => buckets.map((bucket) => `${scenarioIds[0]} ${bucket}`));
      if (whole !== undefined) assert.deepEqual(cells(whole).sort(), [...new Set(cells(attempts))].sort());
    }),
    { numRuns: 300 },
  );
});
