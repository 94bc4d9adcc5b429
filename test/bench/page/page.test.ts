import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseBenches, obstacleOf, parseRequest } from '../arguments.ts';
import type { Summary } from '../compare.ts';
import { defineBench } from '../definition.ts';
import { shown, shownRange } from '../figures.ts';
import { recordWith, requireOneMachine } from './files.ts';
import { holdRatios } from './hold-ratios.ts';
import { type BenchmarkRecord, hasResult, type RecordedResult } from './record.ts';
import { renderPage } from './render-page.ts';

const summary = (median: number, min = median, max = median): Summary => ({
  runs: 5,
  median,
  min,
  max,
  mad: 0,
});

const result = (bench: string, cpuRatio: Summary, label = 'theirs'): RecordedResult => ({
  bench,
  what: 'something',
  rounds: 5,
  subject: { label: 'ours', wallSeconds: summary(1), cpuSeconds: summary(2), peakBytes: summary(2 ** 30) },
  alternatives: [{ label, wallSeconds: summary(2), cpuRatio }],
  targets: [{ measure: 'cpuRatio', atMost: 0.5, value: cpuRatio.median, verdict: 'MISS' }],
});

const machine = {
  schema: 'fraud-platform/benchmarks/v1',
  machine: {
    processor: 'some processor',
    cores: 2,
    memoryGibibytes: 16,
    kernel: 'Linux 6',
    architecture: 'x64',
  },
  versions: { node: '24' },
} as const;

test('what ours loses is said on the page, what was not measured too', () => {
  const targets = [{ measure: 'cpuRatio', atMost: 0.5 }] as const;
  const common = { what: 'something', targets, date: '2026-02-21', seconds: 90, loadBefore: 3.5 };
  const again = { date: '2026-02-20', ratios: 2, moved: ['dear beside theirs: CPU ratio was 1, is 2'] };
  const dear = { ...common, name: 'dear', result: result('dear', summary(1.7, 1.5, 1.9)), again };
  const cheap = { ...common, name: 'cheap', result: result('cheap', summary(0.4)), loadBefore: 1 };
  const twin = { ...common, name: 'twin', ownSides: true, result: result('twin', summary(9)) };
  const vast = { ...common, name: 'vast', result: { notMeasured: 'it needs 17 GiB' } };
  const page = renderPage({ ...machine, benches: [dear, cheap, twin, vast] });
  assert.match(page, /\| dear \| theirs \| unknown \| 1\.70 \(1\.50 … 1\.90\) \| unknown \| 5 \|/);
  assert.match(page, /- `dear` beside theirs: 1\.70 \(1\.50 … 1\.90\) of the CPU seconds/);
  assert.doesNotMatch(page, /- `(cheap|twin)`/);
  assert.match(page, /beside another[\s\S]*\| twin \| theirs \|/);
  assert.match(page, /\| vast \| CPU ratio \| 0\.500 \| unknown \| not measured \|/);
  assert.match(page, /\*\*Not measured here: it needs 17 GiB\.\*\*/);
  assert.match(page, /busy with other work\*\* before 3 of 4 benches \(up to 3\.5 /);
  assert.match(page, /on 2026-02-21, in 6 minutes/);
  assert.match(page, /1 of 2 ratios hold/);
  assert.match(page, /- moved: dear beside theirs/);
});

test('figures of two machines do not meet in one table', () => {
  const before: BenchmarkRecord = {
    ...machine,
    benches: [
      {
        name: 'a',
        what: 'x',
        targets: [],
        date: '2026-02-21',
        seconds: 1,
        loadBefore: 0,
        result: result('a', summary(1)),
      },
    ],
  };
  const { machine: same, versions } = before;
  const other = { machine: { ...same, cores: 4 }, versions };
  requireOneMachine(before, ['a'], { machine: same, versions });
  requireOneMachine(before, ['b'], other);
  requireOneMachine(undefined, ['a'], other);
  assert.throws(() => requireOneMachine(before, ['a', 'b'], other), { name: 'BENCH_OTHER_MACHINE' });
  const newer = { machine: same, versions: { node: '26' } };
  assert.throws(() => requireOneMachine(before, ['a'], newer), { name: 'BENCH_OTHER_MACHINE' });
});

test('a record names every bench: measured now, as it stood, or not at all', () => {
  const bench = (name: string) =>
    defineBench({
      name,
      what: `new ${name}`,
      prepare: () => 0,
      subject: { kind: 'call', label: 'x', call: () => 0 },
    });
  const common = { what: 'x', targets: [], date: '2026-02-21', seconds: 1, loadBefore: 0 };
  const was = (name: string, ratio: number) => ({ ...common, name, result: result(name, summary(ratio)) });
  const before: BenchmarkRecord = {
    ...machine,
    benches: [was('again', 1), was('gone', 1), was('stands', 1)],
  };
  const now = { ...was('again', 3), date: '2026-02-22' };
  const { benches } = recordWith(before, [now], ['again', 'new', 'stands'].map(bench), '2026-02-22');
  assert.deepEqual(
    benches.map((one) => [one.name, one.date, hasResult(one.result) ? undefined : one.result.notMeasured]),
    [
      ['again', '2026-02-22', undefined],
      ['new', '2026-02-22', 'no run has measured it yet'],
      ['stands', '2026-02-21', undefined],
    ],
  );
  assert.deepEqual(benches[0]?.again, {
    date: '2026-02-21',
    ratios: 1,
    moved: ['again beside theirs: CPU ratio was 1.00 (1.00 … 1.00), is 3.00 (3.00 … 3.00)'],
  });
});

test('a ratio holds where one median lies in the other’s spread or within a tenth, and has moved elsewhere', () => {
  const held = (before: Summary, after: Summary) =>
    holdRatios([result('a', before)], [result('a', after)]).map(({ holds }) => holds);
  assert.deepEqual(held(summary(1), summary(1.09)), [true]);
  assert.deepEqual(held(summary(1), summary(1.2)), [false]);
  assert.deepEqual(held(summary(1, 0.8, 1.3), summary(1.25)), [true]);
  assert.deepEqual(held(summary(1), summary(1.5, 0.9, 2)), [true]);
  assert.deepEqual(held(summary(1, 0.9, 1.1), summary(0.5, 0.4, 0.6)), [false]);
  assert.deepEqual(holdRatios([result('a', summary(1))], [result('b', summary(1))]), []);
  assert.deepEqual(holdRatios([result('a', summary(1))], [result('a', summary(1), 'another')]), []);
});

test('what is asked for is understood, or refused with the way out', () => {
  const { names, rounds, quick, output } = parseRequest(['launch', '--quick', '--json']);
  assert.deepEqual(
    { names, rounds, quick, output },
    { names: ['launch'], rounds: 3, quick: true, output: 'json' },
  );
  assert.equal(parseRequest([]).rounds, 5);
  for (const words of [
    ['--docs', '--runs', '9'],
    ['--docs', '--quick'],
    ['--json', '--markdown'],
    ['--fast'],
  ]) {
    assert.throws(() => parseRequest(words), { name: 'USAGE' });
  }
  for (const runs of ['2', '1.5', 'many', '101']) {
    assert.throws(() => parseRequest(['--runs', runs]), { name: 'TOO_FEW_RUNS' });
  }
  const known = ['gate-batches', 'launch', 'launch-cold-start', 'query'];
  assert.deepEqual(chooseBenches(known, []), known);
  assert.deepEqual(chooseBenches(known, ['query', 'launch']), ['launch', 'launch-cold-start', 'query']);
  assert.throws(() => chooseBenches(known, ['launc']), { name: 'UNKNOWN_BENCH' });
});

test('a bench is run only where it has the memory', () => {
  assert.equal(obstacleOf({ needsBytes: 2 ** 34 }, 2 ** 35), undefined);
  assert.equal(obstacleOf({}, 0), undefined);
  assert.match(
    obstacleOf({ needsBytes: 2 ** 34 }, 2 ** 33) ?? '',
    /needs 16 GiB of free memory, there were 8/,
  );
});

test('figures have three that count, and their unit', () => {
  assert.equal(shown('wallSeconds', 12.345), '12.3 s');
  assert.equal(shown('cpuSeconds', 0.0123), '0.0123 s');
  assert.equal(shown('peakBytes', 1_500 * 2 ** 20), '1,500 MiB');
  assert.equal(shown('measured', 45_678.9), '45,679');
  assert.equal(shownRange(summary(0.25, 0.2, 1.5)), '0.250 (0.200 … 1.50)');
  assert.equal(shownRange(undefined), 'unknown');
});
