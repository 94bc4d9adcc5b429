import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare, judgeTargets, median, type Sample, summarise } from './compare.ts';
import { defineBench } from './definition.ts';
import { renderResult } from './render.ts';
import { runBench } from './run-bench.ts';

const sample = (wallSeconds: number): Sample => ({ wallSeconds, cpuSeconds: 1, peakBytes: undefined });
const numbers = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });

test('median and spread of small cases', () => {
  assert.equal(median([]), undefined);
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.deepEqual(summarise([1, 2, 3, 4, 100]), { runs: 5, median: 3, min: 1, max: 100, mad: 1 });
  assert.equal(summarise([1, undefined, 3]), undefined);
});

test('at most half of the values lie on either side of the median, and half within the MAD', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const summary = summarise(values);
      assert.ok(summary);
      const half = values.length / 2;
      assert.ok(values.filter((value) => value < summary.median).length <= half);
      assert.ok(values.filter((value) => value > summary.median).length <= half);
      assert.ok(
        values.filter((value) => Math.abs(value - summary.median) <= summary.mad * (1 + 1e-9)).length >= half,
      );
      assert.ok(summary.min <= summary.median && summary.median <= summary.max);
    }),
  );
});

test('ratios are those of the pairs: a machine that slows down does not move them', () => {
  const slowing = [1, 2, 4, 8, 16];
  const { ratio } = compare(
    slowing.map((slow) => sample(3 * slow)),
    slowing.map(sample),
  );
  assert.deepEqual(ratio, { runs: 5, median: 3, min: 3, max: 3, mad: 0 });
  assert.equal(compare([sample(1)]).ratio, undefined);
});

test('targets hold the median; what is unknown is missed', () => {
  const comparison = compare([1, 2, 3].map(sample));
  const verdicts = judgeTargets(
    [
      { measure: 'wallSeconds', atMost: 2 },
      { measure: 'wallSeconds', atMost: 1.9 },
      { measure: 'peakBytes', atMost: 1e12 },
      { measure: 'ratio', atMost: 1e12 },
    ],
    comparison,
  );
  assert.deepEqual(
    verdicts.map(({ verdict }) => verdict),
    ['PASS', 'MISS', 'MISS', 'MISS'],
  );
});

test('a bench runs warm-up and pairs in turn, measures processes and calls, and cleans up', async () => {
  const calls: string[] = [];
  const bench = defineBench({
    name: 'sample',
    what: 'a process that burns a tenth of a second and holds 64 MiB, and a call that does nothing',
    prepare: () => ({
      burn: 'const b = Buffer.alloc(64 << 20, 1); const e = Date.now() + 150; while (Date.now() < e) b[0]++',
    }),
    cleanUp: () => void calls.push('clean'),
    subject: {
      kind: 'process',
      label: 'burn',
      command: ({ burn }) => ({ file: process.execPath, args: ['-e', burn] }),
    },
    alternative: { kind: 'call', label: 'nothing', call: () => calls.push('call') },
    targets: [{ measure: 'wallSeconds', atMost: 60 }],
  });
  const result = await runBench(bench, 5, () => {});
  assert.deepEqual(calls, [...Array.from({ length: 6 }, () => 'call'), 'clean']);
  assert.ok((result.subject.wallSeconds?.min ?? 0) >= 0.15);
  if (process.platform === 'linux') {
    assert.ok((result.subject.cpuSeconds?.median ?? 0) >= 0.1);
    assert.ok((result.subject.peakBytes?.min ?? 0) >= 64 * 2 ** 20);
  }
  assert.ok((result.subject.ratio?.min ?? 0) > 1);
  assert.match(renderResult(result), /burn \/ nothing[\s\S]*PASS {2}wallSeconds/);
});

test('a process that fails has no time, and the bench still cleans up', async () => {
  let cleaned = false;
  const bench = defineBench({
    name: 'broken',
    what: 'exits 3',
    prepare: () => undefined,
    cleanUp: () => {
      cleaned = true;
    },
    subject: {
      kind: 'process',
      label: 'broken',
      command: () => ({ file: process.execPath, args: ['-e', 'process.exit(3)'] }),
    },
  });
  await assert.rejects(
    runBench(bench, 5, () => {}),
    { name: 'BENCH_PROCESS_FAILED' },
  );
  assert.equal(cleaned, true);
});
