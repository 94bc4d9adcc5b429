import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LaneResult, laneResultSchema } from '../../../../lib/burst/lane-result.ts';
import { baselineOf } from '../../../../lib/gates/burst/baseline.ts';
import { measureBurst } from '../../../../lib/gates/burst/measures.ts';
import { type TaskRecord, taskRecordSchema } from '../../../../lib/recorder/task-record.ts';
import { executionIdSchema, runIdSchema, sha256Schema } from '../../../../lib/vocabulary/identifiers.ts';
import { samplePlan } from '../../../support/sample-burst.ts';

const execution = 'burst_20260221T060431Z';

function record(state: string, number: number, started: string | null, stopped: string | null): TaskRecord {
  return taskRecordSchema.parse({
    schema: 'fraud-platform/task-record/v1',
    environment: 'local',
    execution_id: execution,
    launch_key: `${execution}/${state}/${number}`,
    task_arn: `arn:aws:ecs:eu-west-2:000000000000:task/c/${state}${number}`,
    task_definition: 'arn:aws:ecs:eu-west-2:000000000000:task-definition/burst:1',
    image_digest: null,
    created_at: started,
    started_at: started,
    stopped_at: stopped,
    stop_code: 'EssentialContainerExited',
    stopped_reason: 'Essential container in task exited',
    exit_code: 0,
  });
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

const records = [
  record('Open', 0, '2026-02-21T06:04:00.000Z', '2026-02-21T06:04:10.000Z'),
  record('Lane', 0, '2026-02-21T06:04:30.000Z', '2026-02-21T06:06:50.000Z'),
  record('Lane', 3, '2026-02-21T06:04:20.500Z', '2026-02-21T06:07:00.250Z'),
  record('Close', 0, '2026-02-21T06:07:10.000Z', '2026-02-21T06:07:20.000Z'),
];

test('task life is of the lanes alone; load from the first acknowledged send to the last acknowledgement', () => {
  const measures = measureBurst(records, [
    lane(),
    lane({
      lane: 1,
      first_sent_at: '2026-02-21T06:04:59.500Z' as never,
      last_acknowledged_at: '2026-02-21T06:06:39.000Z' as never,
    }),
  ]);
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
  assert.equal(measureBurst([], [lane()]).task_life, null);
  assert.equal(measureBurst(records, []).load, null);
  const silent = lane({ first_sent_at: null, first_acknowledged_at: null, last_acknowledged_at: null });
  assert.equal(measureBurst(records, [silent]).load, null);
  const unanswered = lane({ first_acknowledged_at: null, last_acknowledged_at: null });
  assert.equal(measureBurst(records, [unanswered]).load, null);
});

const about = {
  verdict: 'PASS',
  executionId: executionIdSchema.parse(execution),
  runId: runIdSchema.parse('platform_20260221T060431Z'),
  plan: samplePlan(),
  planSha256: sha256Schema.parse('a'.repeat(64)),
  measuresSha256: sha256Schema.parse('c'.repeat(64)),
};

test('a baseline is admissions per minute of the load window', () => {
  const baseline = baselineOf(about, measureBurst(records, [lane()]));
  assert.ok(!('refused' in baseline));
  assert.equal(baseline.admits_per_minute, 60);
  assert.equal(baseline.window, 'load');
});

const refusals: readonly (readonly [string, Parameters<typeof baselineOf>, RegExp])[] = [
  ['another verdict', [{ ...about, verdict: 'FAIL' }, measureBurst(records, [lane()])], /verdict is FAIL/],
  ['an unknown window', [about, measureBurst(records, [])], /unknown/],
  [
    'a short window',
    [about, measureBurst(records, [lane({ last_acknowledged_at: '2026-02-21T06:05:10.000Z' as never })])],
    /needs 60/,
  ],
  [
    'a plan that warms up',
    [{ ...about, plan: samplePlan({ warm_up_seconds: 1 }) }, measureBurst(records, [lane()])],
    /warms up/,
  ],
  ['events that were not admitted', [about, measureBurst(records, [lane({ admitted: 99 })])], /99 of 100/],
];
for (const [what, input, says] of refusals) {
  test(`${what} makes no baseline, and the reason is told`, () => {
    const baseline = baselineOf(...input);
    assert.ok('refused' in baseline);
    assert.ok(baseline.refused.some((reason) => says.test(reason)));
  });
}
