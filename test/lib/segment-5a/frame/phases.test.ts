import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SegmentReport, startPhases } from '../../../../lib/segment-5a/frame/phases.ts';

function stopwatch() {
  let time = 5_000;
  const events: (readonly [string, object])[] = [];
  const report: SegmentReport = (event, fields) => events.push([event, fields]);
  const wait = (millis: number) => {
    time += millis;
  };
  return { events, wait, phases: startPhases('S4', report, () => time) };
}

test('a lane lasts from the end of the one before', () => {
  const { phases, wait } = stopwatch();
  wait(250);
  phases.complete('input_load_schema_validation', 10);
  wait(1_000);
  phases.complete('domain_horizon_mapping', 20);
  assert.deepEqual(phases.markers(), [
    {
      segment: '5A',
      state: 'S4',
      lane: 'input_load_schema_validation',
      rows: 10,
      seconds: 0.25,
      elapsed: 0.25,
    },
    { segment: '5A', state: 'S4', lane: 'domain_horizon_mapping', rows: 20, seconds: 1, elapsed: 1.25 },
  ]);
});

test('lanes that interleave add up what was spent in each', async () => {
  const { phases, wait } = stopwatch();
  for (let round = 0; round < 3; round += 1) {
    await phases.spend('overlay_compute', async () => wait(100));
    await phases.spend('output_write', async () => wait(10));
  }
  phases.completeInterleaved('overlay_compute', 1);
  phases.completeInterleaved('output_write', 1);
  assert.deepEqual(
    phases.markers().map(({ seconds, elapsed }) => [seconds, elapsed]),
    [
      [0.3, 0.33],
      [0.03, 0.33],
    ],
  );
});

test('time spent on work that fails counts, and the failure is booked to the lane that runs', async () => {
  const { phases, wait } = stopwatch();
  phases.complete('input_load_schema_validation', 0);
  const failing = phases.spend('domain_horizon_mapping', async () => {
    wait(40);
    throw new Error('broken');
  });
  await assert.rejects(failing, /broken/);
  assert.equal(phases.current(), 'domain_horizon_mapping');
  phases.completeInterleaved('domain_horizon_mapping', 0);
  assert.equal(phases.markers().at(-1)?.seconds, 0.04);
});

test('progress is told at most once a second', () => {
  const { phases, wait, events } = stopwatch();
  for (let done = 1; done <= 25; done += 1) {
    wait(100);
    phases.progress(done, 25);
  }
  assert.deepEqual(
    events.map(([event]) => event),
    ['progress', 'progress'],
  );
});
