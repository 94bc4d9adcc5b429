import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ExecutionStatus, judgeExecution, withoutSeal } from '../../../lib/gates/execution-verdict.ts';
import {
  judgeLaunch,
  type LaunchSources,
  type MarkerSource,
  type RecordSource,
  type ResultSource,
} from '../../../lib/gates/launch-verdict.ts';
import { executionIdSchema, launchKeyOf, sha256Schema } from '../../../lib/vocabulary/identifiers.ts';

const executionId = executionIdSchema.parse('probe_20260221T020923Z');
const launchKey = launchKeyOf(executionId, 'Run', 0);
const otherKey = launchKeyOf(executionId, 'Run', 1);
const digest = sha256Schema.parse('a'.repeat(64));
const otherDigest = sha256Schema.parse('b'.repeat(64));
const key = 'evidence/local/run_control/probe_20260221T020923Z/launches/Run/0/result.json';

const record = (
  exitCode: number | null,
  change: Partial<RecordSource & { kind: 'present' }> = {},
): RecordSource => ({
  kind: 'present',
  launchKey,
  exitCode,
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  hasStarted: true,
  imageDigest: null,
  ...change,
});
const result = (
  exitCode: number,
  change: Partial<ResultSource & { kind: 'present' }> = {},
): ResultSource => ({
  kind: 'present',
  launchKey,
  key,
  sha256: digest,
  outcome: exitCode === 0 ? 'done' : exitCode === 124 ? 'deadline' : exitCode === 143 ? 'stopped' : 'failed',
  exitCode,
  imageDigest: null,
  ...change,
});
const marker = (change: Partial<MarkerSource & { kind: 'present' }> = {}): MarkerSource => ({
  kind: 'present',
  key,
  sha256: digest,
  ...change,
});
const absent = { kind: 'absent' } as const;
const unreadable = { kind: 'unreadable', why: 'access denied' } as const;

const neverRan = record(null, { stopCode: 'UserInitiated', stoppedReason: 'by hand', hasStarted: false });

type Case = readonly [string, RecordSource, ResultSource, MarkerSource, string, string];
const cases: readonly Case[] = [
  ['all three agree', record(0), result(0), marker(), 'PASS', 'done'],
  ['the record is missing', absent, result(0), marker(), 'INDETERMINATE', 'source-missing'],
  ['the record is unreadable', unreadable, result(0), marker(), 'INDETERMINATE', 'source-missing'],
  ['the exit code is null', record(null), result(0), marker(), 'INDETERMINATE', 'source-missing'],
  ['the result is missing', record(0), absent, marker(), 'INDETERMINATE', 'source-missing'],
  ['the result is unreadable', record(0), unreadable, marker(), 'INDETERMINATE', 'source-missing'],
  ['the marker is missing', record(0), result(0), absent, 'INDETERMINATE', 'source-missing'],
  ['the marker is unreadable', record(0), result(0), unreadable, 'INDETERMINATE', 'source-missing'],
  ['stopped before it started', neverRan, absent, absent, 'FAIL', 'stopped'],
  [
    'stopped before it started, and it left a result',
    neverRan,
    result(0),
    absent,
    'INDETERMINATE',
    'contradiction',
  ],
  [
    'stopped before it started, and it left a marker',
    neverRan,
    absent,
    marker(),
    'INDETERMINATE',
    'contradiction',
  ],
  [
    'stopped while it ran, and nobody knows how it ended',
    record(null, { stopCode: 'UserInitiated' }),
    absent,
    absent,
    'INDETERMINATE',
    'source-missing',
  ],
  [
    'never seen running, and nobody stopped it',
    record(null, { hasStarted: false }),
    absent,
    absent,
    'INDETERMINATE',
    'source-missing',
  ],
  ['nothing is known', absent, absent, absent, 'INDETERMINATE', 'source-missing'],
  [
    'the marker has another digest',
    record(0),
    result(0),
    marker({ sha256: otherDigest }),
    'INDETERMINATE',
    'contradiction',
  ],
  [
    'the marker names another object',
    record(0),
    result(0),
    marker({ key: 'elsewhere' }),
    'INDETERMINATE',
    'contradiction',
  ],
  [
    'the record is of another launch',
    record(0, { launchKey: otherKey }),
    result(0),
    marker(),
    'INDETERMINATE',
    'contradiction',
  ],
  [
    'the result is of another launch',
    record(0),
    result(0, { launchKey: otherKey }),
    marker(),
    'INDETERMINATE',
    'contradiction',
  ],
  ['exit 0, but the result says failed', record(0), result(65), marker(), 'INDETERMINATE', 'contradiction'],
  ['exit 70, but the result says done', record(70), result(0), marker(), 'INDETERMINATE', 'contradiction'],
  [
    'another image ran than the task was told it is',
    record(0, { imageDigest: digest }),
    result(0, { imageDigest: otherDigest }),
    marker(),
    'INDETERMINATE',
    'contradiction',
  ],
  [
    'another image was killed than the task was told it is',
    record(137, { imageDigest: digest }),
    result(0, { imageDigest: otherDigest }),
    marker(),
    'INDETERMINATE',
    'contradiction',
  ],
  [
    'the image ran that the task was told it is',
    record(0, { imageDigest: digest }),
    result(0, { imageDigest: digest }),
    marker(),
    'PASS',
    'done',
  ],
  ['the platform names no image', record(0), result(0, { imageDigest: digest }), marker(), 'PASS', 'done'],
  ['the task was told no digest', record(0, { imageDigest: digest }), result(0), marker(), 'PASS', 'done'],
  ['refused at bootstrap', record(78), absent, absent, 'FAIL', 'refused'],
  ['failed on data', record(65), result(65), marker(), 'FAIL', 'data'],
  ['ended by its deadline', record(124), result(124), marker(), 'FAIL', 'deadline'],
  ['stopped on request', record(143), result(143), marker(), 'FAIL', 'stopped'],
  ['killed', record(137), absent, absent, 'FAIL', 'killed'],
  ['killed after it wrote its result', record(137), result(0), absent, 'FAIL', 'killed'],
  ['killed after its marker', record(137), result(0), marker(), 'FAIL', 'killed'],
  ['an exit code that nobody of ours chooses', record(3), absent, absent, 'FAIL', 'failed'],
  [
    'out of memory, exit 137',
    record(137, { stoppedReason: 'OutOfMemoryError: container killed' }),
    absent,
    absent,
    'FAIL',
    'out-of-memory',
  ],
  [
    'out of memory, reported with exit 0',
    record(0, { stoppedReason: 'OutOfMemoryError: container killed' }),
    result(0),
    marker(),
    'FAIL',
    'out-of-memory',
  ],
  [
    'never started',
    record(null, { stopCode: 'TaskFailedToStart', stoppedReason: 'ResourceInitializationError' }),
    absent,
    absent,
    'FAIL',
    'never-started',
  ],
  ['failed, and the record is lost', absent, result(65), marker(), 'FAIL', 'failed'],
];

for (const [what, recordSource, resultSource, markerSource, verdict, cause] of cases) {
  test(`${verdict}: ${what}`, () => {
    const judged = judgeLaunch({
      launchKey,
      record: recordSource,
      result: resultSource,
      marker: markerSource,
    });
    assert.equal(judged.verdict, verdict);
    assert.equal(judged.cause, cause);
    assert.equal(judged.reasons.length > 0, verdict !== 'PASS', 'every verdict but PASS gives its reasons');
  });
}

const anyRecord = fc.constantFrom<RecordSource>(
  absent,
  unreadable,
  record(0),
  record(null),
  record(65),
  record(78),
  record(137),
);
const anyResult = fc.constantFrom<ResultSource>(absent, unreadable, result(0), result(65), result(124));
const anyMarker = fc.constantFrom<MarkerSource>(
  absent,
  unreadable,
  marker(),
  marker({ sha256: otherDigest }),
);

test('taking evidence away never turns a verdict into PASS', () => {
  fc.assert(
    fc.property(
      anyRecord,
      anyResult,
      anyMarker,
      fc.constantFrom('record', 'result', 'marker'),
      (r, s, m, lost) => {
        const sources: LaunchSources = { launchKey, record: r, result: s, marker: m };
        const fewer = judgeLaunch({ ...sources, [lost]: absent });
        assert.notEqual(fewer.verdict, 'PASS');
      },
    ),
  );
});

const passing: LaunchSources = { launchKey, record: record(0), result: result(0), marker: marker() };
const failing: LaunchSources = { launchKey, record: record(75), result: result(75), marker: marker() };
const missing: LaunchSources = { launchKey, record: absent, result: absent, marker: absent };
const second = (sources: LaunchSources): LaunchSources => {
  const move = <T extends { kind: string }>(source: T) =>
    'launchKey' in source ? { ...source, launchKey: otherKey } : source;
  return {
    launchKey: otherKey,
    record: move(sources.record),
    result: move(sources.result),
    marker: sources.marker,
  };
};

type ExecutionCase = readonly [
  string,
  Parameters<typeof judgeExecution>[0]['status'],
  string | undefined,
  readonly LaunchSources[],
  string,
  string,
  number,
];
const elsewhere = (sources: LaunchSources, state: string, number: number): LaunchSources => {
  const moved = launchKeyOf(executionId, state, number);
  const move = <T extends { kind: string }>(source: T) =>
    'launchKey' in source ? { ...source, launchKey: moved } : source;
  return {
    launchKey: moved,
    record: move(sources.record),
    result: move(sources.result),
    marker: sources.marker,
  };
};
/** A launch that passed. */
const at = (state: string, number = 0) => elsewhere(passing, state, number);
const lanes = [at('Open'), at('Lane', 0), at('Lane', 3), at('Close')];
const executions: readonly ExecutionCase[] = [
  ['every lane passed', 'SUCCEEDED', undefined, lanes, 'PASS', 'done', 0],
  [
    'one lane was relaunched and passed',
    'SUCCEEDED',
    undefined,
    [at('Open'), elsewhere(failing, 'Lane', 3), at('Lane', 4), at('Close')],
    'PASS',
    'done',
    0,
  ],
  [
    'one lane failed',
    'FAILED',
    'TaskFailed',
    [...lanes, elsewhere(failing, 'Lane', 6)],
    'FAIL',
    'transient',
    75,
  ],
  [
    'one lane is unknown',
    'SUCCEEDED',
    undefined,
    [...lanes, elsewhere(missing, 'Lane', 6)],
    'INDETERMINATE',
    'source-missing',
    70,
  ],
  [
    'one lane passed twice',
    'SUCCEEDED',
    undefined,
    [...lanes, elsewhere(passing, 'Lane', 4)],
    'INDETERMINATE',
    'earlier-launch-unsettled',
    70,
  ],
  ['one launch that passed', 'SUCCEEDED', undefined, [passing], 'PASS', 'done', 0],
  ['still running', 'RUNNING', undefined, [passing], 'INDETERMINATE', 'running', 70],
  ['status unknown', 'UNKNOWN', undefined, [passing], 'INDETERMINATE', 'status-unknown', 70],
  ['relaunched after 75, then passed', 'SUCCEEDED', undefined, [failing, second(passing)], 'PASS', 'done', 0],
  [
    'relaunched while the first launch is unknown',
    'SUCCEEDED',
    undefined,
    [missing, second(passing)],
    'INDETERMINATE',
    'earlier-launch-unsettled',
    70,
  ],
  [
    'relaunched although the first launch passed',
    'SUCCEEDED',
    undefined,
    [passing, second(passing)],
    'INDETERMINATE',
    'earlier-launch-unsettled',
    70,
  ],
  [
    'the task passed, the execution failed',
    'FAILED',
    'TaskFailed',
    [passing],
    'INDETERMINATE',
    'contradiction',
    70,
  ],
  [
    'the task failed, the execution succeeded',
    'SUCCEEDED',
    undefined,
    [failing],
    'INDETERMINATE',
    'contradiction',
    70,
  ],
  [
    'gave up after relaunches',
    'FAILED',
    'RelaunchesExhausted',
    [failing, second(failing)],
    'FAIL',
    'transient',
    75,
  ],
  ['never launched, and it says so', 'FAILED', 'NotLaunched', [], 'FAIL', 'never-started', 65],
  [
    'failed without a word and without a launch',
    'FAILED',
    'States.Runtime',
    [],
    'INDETERMINATE',
    'no-launch-known',
    70,
  ],
  ['aborted before anything was launched', 'ABORTED', undefined, [], 'FAIL', 'stopped', 143],
  ['stopped between two tasks', 'ABORTED', undefined, [at('Open')], 'FAIL', 'stopped', 143],
  [
    'stopped between two lanes and what follows them',
    'ABORTED',
    undefined,
    [at('Prepare'), at('Lane', 0), at('Lane', 3)],
    'FAIL',
    'stopped',
    143,
  ],
  ['out of time between two tasks', 'TIMED_OUT', undefined, [at('Prepare')], 'FAIL', 'deadline', 124],
  [
    'the gate did not come up, so that no lane was launched',
    'FAILED',
    'LanesFailed',
    [at('Open'), at('Close')],
    'FAIL',
    'never-started',
    65,
  ],
  [
    'stopped, and all that it needs had passed',
    'ABORTED',
    undefined,
    [at('Open'), at('Lane'), at('Close')],
    'INDETERMINATE',
    'contradiction',
    70,
  ],
  [
    'stopped, and the only task of it had passed',
    'ABORTED',
    undefined,
    [passing],
    'INDETERMINATE',
    'contradiction',
    70,
  ],
  [
    'stopped while nobody knows of a task, before the next',
    'ABORTED',
    undefined,
    [at('Open'), elsewhere(missing, 'Lane', 0)],
    'INDETERMINATE',
    'source-missing',
    70,
  ],
  [
    'succeeded, and no launch is known of what it needs',
    'SUCCEEDED',
    undefined,
    [at('Open'), at('Close')],
    'INDETERMINATE',
    'no-launch-known',
    70,
  ],
  [
    'launches that no workflow makes together',
    'SUCCEEDED',
    undefined,
    [at('Prepare'), at('Open')],
    'INDETERMINATE',
    'contradiction',
    70,
  ],
  ['succeeded without any launch', 'SUCCEEDED', undefined, [], 'INDETERMINATE', 'no-launch-known', 70],
];

for (const [what, status, error, launches, verdict, cause, exitCode] of executions) {
  test(`${verdict}: ${what}`, () => {
    const judged = judgeExecution({ status, error, launches });
    assert.deepEqual([judged.verdict, judged.cause, judged.exitCode], [verdict, cause, exitCode]);
  });
}

test('without a seal a PASS is none that could be proven; a FAIL stays one', () => {
  const judged = (launch: LaunchSources, status: ExecutionStatus) =>
    judgeExecution({ status, error: undefined, launches: [launch] });
  const passed = withoutSeal(judged(passing, 'SUCCEEDED'));
  assert.deepEqual(
    [passed.verdict, passed.cause, passed.exitCode],
    ['INDETERMINATE', 'evidence-incomplete', 70],
  );
  const failed = judged(failing, 'FAILED');
  assert.deepEqual(withoutSeal(failed), failed);
});
