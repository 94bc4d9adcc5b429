import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type LaneResult, laneResultSchema } from '../../../../lib/burst/lane-result.ts';
import { baselineOf } from '../../../../lib/gates/burst/baseline.ts';
import { measureBurst } from '../../../../lib/gates/burst/measures.ts';
import { silentLanes } from '../../../../lib/gates/burst/silent-lanes.ts';
import { type TaskRecord, taskRecordSchema } from '../../../../lib/recorder/task-record.ts';
import { type LaunchResult, launchResultSchema } from '../../../../lib/runtime/result.ts';
import { executionIdSchema, runIdSchema, sha256Schema } from '../../../../lib/vocabulary/identifiers.ts';
import { launchResult, taskRecord } from '../../../support/launch-documents.ts';
import { samplePlan } from '../../../support/sample-burst.ts';

const execution = 'burst_20260221T060431Z';

function record(
  state: string,
  number: number,
  started: string | null,
  stopped: string | null,
  exitCode: number | null = 0,
): TaskRecord {
  const times = { created_at: started, started_at: started, stopped_at: stopped };
  return taskRecordSchema.parse(
    taskRecord(`${execution}/${state}/${number}`, { ...times, exit_code: exitCode }),
  );
}

function lane(change: Partial<LaneResult> = {}): LaneResult {
  return laneResultSchema.parse({
    schema: 'fraud-platform/lane-result/v1',
    run_id: 'platform_20260221T060431Z',
    lane: 0,
    lanes: 2,
    plan_sha256: 'a'.repeat(64),
    source_sha256: 'b'.repeat(64),
    epoch: '1',
    resumed_at: 0,
    stop_reason: 'duration',
    sent: 100,
    acknowledged: 100,
    admitted: 100,
    duplicates: 0,
    quarantined: 0,
    unresolved: 0,
    quarantine_reasons: {},
    retries: {},
    frontier: 100,
    checkpoints_written: 2,
    longest_stall_ms: 1_000,
    first_sent_at: '2026-02-21T06:05:00.000Z',
    first_acknowledged_at: '2026-02-21T06:05:00.100Z',
    last_acknowledged_at: '2026-02-21T06:06:40.000Z',
    latency_ms: { p50: 1, p90: 2, p99: 3, p99_9: 4, max: 5 },
    latency_histogram: '',
    latency_series: [],
    most_behind_ms: 0,
    ...change,
  });
}

/** The result of the launch of a lane. */
function result(number: number, output: object | null, exitCode = 0): LaunchResult {
  return launchResultSchema.parse(
    launchResult(`${execution}/Lane/${number}`, {
      outcome: exitCode === 0 ? 'done' : 'failed',
      exit_code: exitCode,
      output: z.json().parse(output),
    }),
  );
}

/** Of both lanes, the first one changed. */
const results = (change: Partial<LaneResult> = {}) => [result(0, lane(change)), result(3, lane({ lane: 1 }))];

const records = [
  record('Open', 0, '2026-02-21T06:04:00.000Z', '2026-02-21T06:04:10.000Z'),
  record('Lane', 0, '2026-02-21T06:04:30.000Z', '2026-02-21T06:06:50.000Z'),
  record('Lane', 3, '2026-02-21T06:04:20.500Z', '2026-02-21T06:07:00.250Z'),
  record('Close', 0, '2026-02-21T06:07:10.000Z', '2026-02-21T06:07:20.000Z'),
];

test('task life is of the lanes alone; load from the first acknowledged send to the last acknowledgement', () => {
  const earlier = lane({
    lane: 1,
    first_sent_at: '2026-02-21T06:04:59.500Z' as never,
    last_acknowledged_at: '2026-02-21T06:06:39.000Z' as never,
  });
  const measures = measureBurst(records, [result(0, lane()), result(3, earlier)]);
  assert.deepEqual(measures.task_life, {
    start: '2026-02-21T06:04:20.500Z',
    end: '2026-02-21T06:07:00.250Z',
    seconds: 159.75,
  });
  assert.deepEqual(measures.load, {
    start: '2026-02-21T06:04:59.500Z',
    end: '2026-02-21T06:06:40.000Z',
    seconds: 100.5,
  });
  assert.equal(measures.counts.admitted, 200);
  assert.deepEqual([measures.lane_launches, measures.lane_results], [2, 2]);
});

test('what nobody recorded is unknown, not zero', () => {
  assert.equal(measureBurst([], results()).task_life, null);
  assert.equal(measureBurst(records, []).load, null);
  const one = records.slice(0, 2);
  const idle = lane({ first_sent_at: null, first_acknowledged_at: null, last_acknowledged_at: null });
  assert.equal(measureBurst(one, [result(0, idle)]).load, null);
  const unanswered = lane({ first_acknowledged_at: null, last_acknowledged_at: null });
  assert.equal(measureBurst(one, [result(0, unanswered)]).load, null);
  assert.equal(measureBurst(records, [result(0, lane())]).load, null, 'lane 1 has sent, and says nothing');
});

const from = '2026-02-21T06:04:20.500Z';
const to = '2026-02-21T06:05:00.250Z';
const launches: readonly (readonly [
  what: string,
  silent: boolean,
  record: TaskRecord | undefined,
  result?: LaunchResult,
])[] = [
  ['done, with its word', false, record('Lane', 3, from, to), result(3, lane({ lane: 1 }))],
  ['failed, with its word', false, record('Lane', 3, from, to, 65), result(3, lane({ lane: 1 }), 65)],
  ['without a checkpoint, with its word', false, record('Lane', 3, from, to, 75), result(3, lane(), 75)],
  ['without a record, with its word', false, undefined, result(3, lane({ lane: 1 }))],
  ['killed', true, record('Lane', 3, from, to, 137)],
  ['of which nobody knows how it ended', true, record('Lane', 3, from, to, null)],
  ['without a record and a word', true, undefined],
  ['with a word that is none', true, record('Lane', 3, from, to), result(3, { lane: 'first' })],
  ['ended without a word', true, record('Lane', 3, from, to)],
  ['whose result could not be written', true, record('Lane', 3, from, to, 75)],
  ['that found no gate', false, record('Lane', 3, from, to, 75), result(3, null, 75)],
  ['that was refused', false, record('Lane', 3, from, to, 78)],
  ['that never started', false, record('Lane', 3, null, to, null)],
];
for (const [what, silent, own, word] of launches) {
  test(`a launch ${what} ${silent ? 'may have' : 'has not'} sent what nobody tells of`, () => {
    const key = `${execution}/Lane/3`;
    const records = own === undefined ? [] : [own];
    assert.deepEqual(silentLanes([key], records, word === undefined ? [] : [word]), silent ? [key] : []);
  });
}

const about = {
  verdict: 'PASS',
  executionId: executionIdSchema.parse(execution),
  runId: runIdSchema.parse('platform_20260221T060431Z'),
  plan: samplePlan(),
  planSha256: sha256Schema.parse('a'.repeat(64)),
  measuresSha256: sha256Schema.parse('c'.repeat(64)),
  admittedInDatabase: 200,
};

test('a baseline is admissions per minute of the load window', () => {
  const baseline = baselineOf(about, measureBurst(records, results()));
  assert.ok(!('refused' in baseline));
  assert.equal(baseline.admits_per_minute, 120);
  assert.equal(baseline.window, 'load');
});

test('a lane that was launched again because it found no gate makes as good a baseline', () => {
  const relaunched = [...records.slice(0, 2), record('Lane', 3, from, to, 75), record('Lane', 4, from, to)];
  const words = [result(0, lane()), result(3, null, 75), result(4, lane({ lane: 1 }))];
  const baseline = baselineOf(about, measureBurst(relaunched, words));
  assert.ok(!('refused' in baseline));
  assert.equal(baseline.admits_per_minute, 120);
});

const measures = measureBurst(records, results());
// Lane 1 was killed just after a checkpoint: its second launch sends nothing twice, and is admitted whole.
const killed = measureBurst(
  [
    ...records.slice(0, 2),
    record('Lane', 3, from, to, 137),
    record('Lane', 4, to, '2026-02-21T06:07:00.250Z'),
  ],
  [result(0, lane()), result(4, lane({ lane: 1, epoch: '2', resumed_at: 60, sent: 40, admitted: 40 }))],
);
const refusals: readonly (readonly [string, Parameters<typeof baselineOf>, RegExp])[] = [
  ['another verdict', [{ ...about, verdict: 'FAIL' }, measures], /verdict is FAIL/],
  ['an unknown window', [about, measureBurst(records, [])], /unknown/],
  ['a lane that was killed', [about, killed], /unknown: 2 of 3 launches of lanes left a result/],
  ['another count in the database', [about, killed], /140 admissions.*the database of 200/],
  ['no count in the database', [{ ...about, admittedInDatabase: null }, measures], /the database of unknown/],
  [
    'a short window',
    [
      about,
      measureBurst(
        records.slice(0, 2),
        results({ last_acknowledged_at: '2026-02-21T06:05:10.000Z' as never }).slice(0, 1),
      ),
    ],
    /needs 60/,
  ],
  ['a plan that warms up', [{ ...about, plan: samplePlan({ warm_up_seconds: 1 }) }, measures], /warms up/],
  [
    'events that were not admitted',
    [about, measureBurst(records, results({ admitted: 99 }))],
    /199 of 200 events/,
  ],
];
for (const [what, input, says] of refusals) {
  test(`${what} makes no baseline, and the reason is told`, () => {
    const baseline = baselineOf(...input);
    assert.ok('refused' in baseline);
    assert.ok(baseline.refused.some((reason) => says.test(reason)));
  });
}
