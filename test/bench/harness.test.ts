import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeTargets, median, ratiosOf, type Sample, summarise, summariseSide } from './compare.ts';
import { defineBench } from './definition.ts';
import { ownCpuSeconds } from './process-usage.ts';
import { renderRatios, renderResult } from './render.ts';
import { runBench } from './run-bench.ts';

const sample = (wallSeconds: number): Sample => ({ wallSeconds, cpuSeconds: 1, peakBytes: undefined });
/** A program that takes so many seconds of processor time, however long that takes. */
const burning = (seconds: number) =>
  `while ((({ user, system }) => user + system)(process.cpuUsage()) < ${seconds * 1e6});`;
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

test('ratios are those of the rounds: a machine that slows down does not move them', () => {
  const slowing = [1, 2, 4, 8, 16];
  const { wallRatio, cpuRatio, peakRatio } = ratiosOf(
    slowing.map((slow) => sample(3 * slow)),
    slowing.map(sample),
  );
  assert.deepEqual(wallRatio, { runs: 5, median: 3, min: 3, max: 3, mad: 0 });
  assert.equal(cpuRatio?.median, 1);
  assert.equal(peakRatio, undefined);
  assert.equal(ratiosOf([sample(1)], []).wallRatio, undefined);
});

test('targets hold the median, ratios beside every alternative; what is unknown is missed', () => {
  const runs = [1, 2, 3].map(sample);
  const beside = [
    { label: 'slow', ...ratiosOf(runs, [2, 4, 6].map(sample)) },
    { label: 'fast', ...ratiosOf(runs, [0.5, 1, 1.5].map(sample)) },
  ];
  const verdicts = judgeTargets(
    [
      { measure: 'wallSeconds', atMost: 2 },
      { measure: 'wallSeconds', atMost: 1.9 },
      { measure: 'peakBytes', atMost: 1e12 },
      { measure: 'wallRatio', atMost: 1 },
      { measure: 'wallRatio', atMost: 1, beside: 'slow' },
      { measure: 'wallRatio', atMost: 1e12, beside: 'nobody' },
      { measure: 'peakRatio', atMost: 1e12 },
    ],
    summariseSide(runs),
    beside,
  );
  assert.deepEqual(
    verdicts.map(({ value, verdict }) => [value, verdict]),
    [
      [2, 'PASS'],
      [2, 'MISS'],
      [undefined, 'MISS'],
      [2, 'MISS'],
      [0.5, 'PASS'],
      [undefined, 'MISS'],
      [undefined, 'MISS'],
    ],
  );
});

test('a bench runs warm-up and rounds in turn, measures processes and calls, and cleans up', async () => {
  const calls: string[] = [];
  const bench = defineBench({
    name: 'sample',
    what: 'a process that burns 0.15 s and holds 64 MiB, and a call that does nothing',
    prepare: () => ({
      burn: `const b = Buffer.alloc(64 << 20, 1); ${burning(0.15)}`,
    }),
    cleanUp: () => void calls.push('clean'),
    subject: {
      kind: 'process',
      label: 'burn',
      command: ({ burn }) => ({ file: process.execPath, args: ['-e', burn] }),
      beforehand: () => void calls.push('before'),
      afterwards: () => void calls.push('after'),
    },
    alternatives: [{ kind: 'call', label: 'nothing', call: () => calls.push('call') }],
    targets: [{ measure: 'wallSeconds', atMost: 60 }],
  });
  const result = await runBench(bench, 3, () => {});
  const [burn, nothing] = [['before', 'after'], ['call']];
  assert.deepEqual(
    calls,
    [burn, nothing, burn, nothing, nothing, burn, burn, nothing, ['clean']].flat(),
    'a warm-up, then every round starts with another side',
  );
  assert.ok((result.subject.wallSeconds?.min ?? 0) > 0.1);
  const [beside] = result.alternatives;
  if (process.platform === 'linux') {
    assert.ok((result.subject.cpuSeconds?.median ?? 0) >= 0.1);
    assert.ok((result.subject.peakBytes?.min ?? 0) >= 64 * 2 ** 20);
    assert.ok((beside?.peakRatio?.median ?? 0) > 0);
  }
  assert.ok((beside?.wallRatio?.min ?? 0) > 1);
  assert.match(renderResult(result), /burn \/ nothing[\s\S]*PASS {2}wall /);
  assert.match(renderRatios([result]), /\| sample \| nothing \|/);
});

test('of a call with servers the servers are measured, with all who descend from them, and not who asks', async () => {
  const worker = `${burning(0.2)}; console.log(1); setInterval(() => {}, 1000)`;
  const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(worker)}], { stdio: 'inherit' })`;
  let server: ChildProcess | undefined;
  const bench = defineBench({
    name: 'served',
    what: 'a server whose child burns, asked by a call that burns more',
    warm: true,
    prepare: () => undefined,
    subject: {
      kind: 'call',
      label: 'ask',
      servers: () => (server?.pid === undefined ? [] : [server.pid]),
      call: async () => {
        server = spawn(process.execPath, ['-e', parent], {
          stdio: ['ignore', 'pipe', 'inherit'],
          detached: true,
        });
        if (server.stdout !== null) await once(server.stdout, 'data');
        const before = ownCpuSeconds();
        while (ownCpuSeconds() - before < 0.8);
      },
      afterwards: () => {
        if (server?.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
      },
    },
  });
  const { subject } = await runBench(bench, 1, () => {});
  if (process.platform !== 'linux') return;
  const cpu = subject.cpuSeconds?.median ?? 0;
  assert.ok(cpu >= 0.2 && cpu < 0.8, `${cpu} s of CPU`);
  assert.ok((subject.peakBytes?.median ?? 0) > 50 * 2 ** 20, 'two processes of node');
});

test('a run that is stopped ends its process, clears away and says so', async () => {
  const stop = new AbortController();
  let cleaned = false;
  const bench = defineBench({
    name: 'endless',
    what: 'never ends',
    prepare: () => undefined,
    cleanUp: () => {
      cleaned = true;
    },
    subject: {
      kind: 'process',
      label: 'endless',
      command: () => ({ file: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }),
    },
  });
  const run = runBench(
    bench,
    3,
    (line) => line === 'warm-up' && setTimeout(() => stop.abort(), 50),
    stop.signal,
  );
  await assert.rejects(run, { name: 'AbortError' });
  assert.equal(cleaned, true);
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
