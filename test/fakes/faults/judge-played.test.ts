import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSchedule } from './draw-schedule.ts';
import { faultScheduleSchema, machines, noFaults } from './fault-schedule.ts';
import { judgePlayed } from './judge-played.ts';
import { type Ended, launchedAgain, type Played } from './played.ts';
import { schedulePace, schedulePatience } from './schedule-pace.ts';
import type { StoreDeed } from './store-fault.ts';

const ended = (change: Partial<Ended> = {}): Ended => ({
  command: 'one-shot',
  exitCode: 0,
  seconds: 1,
  verdict: 'PASS',
  cause: 'done',
  failure: undefined,
  said: ['started played_20260221T020923Z'],
  ...change,
});

const key = 'played_20260221T020923Z/Run/0';
const played = (change: Partial<Played> = {}): Played => ({
  schedule: { ...drawSchedule('one-shot', 0), attempts: {}, wire: [], store: [], forgotten: false },
  pace: schedulePace,
  commands: [ended(), ended({ command: 'attach again' })],
  truth: 'pass',
  launches: [{ launchKey: key, beganAt: 0, endedAt: 1, exitCode: 0, didItsWork: true }],
  violations: [],
  asked: [key],
  status: 'SUCCEEDED',
  sealed: 'PASS',
  complaints: [],
  wire: { calls: 10, struck: 0 },
  store: { calls: 0, struck: 0 },
  stalledMillis: 0,
  ...change,
});
const schedule = (change: Partial<Played['schedule']>) => ({ ...played().schedule, ...change });
const unknown = ended({ verdict: 'INDETERMINATE', cause: 'source-missing' });

test('what is right is correct', () => {
  assert.deepEqual(judgePlayed(played()), { outcome: 'correct', problems: [], explanations: [] });
});

const wrongs: readonly (readonly [string, Partial<Played>, string])[] = [
  ['PASS of a failure', { truth: 'failure' }, 'wrong'],
  ['FAIL of a pass', { commands: [ended({ verdict: 'FAIL' })], sealed: 'FAIL' }, 'wrong'],
  ['INDETERMINATE for no reason', { commands: [unknown], sealed: undefined }, 'wrong'],
  [
    'a verdict that changes',
    {
      commands: [ended(), ended({ verdict: 'INDETERMINATE' })],
      schedule: schedule({ attempts: { 'Run/0': [{ ...noFaults, told: 'no-exit-code' }] } }),
    },
    'wrong',
  ],
  ['a verdict that is not sealed', { sealed: undefined }, 'wrong'],
  ['a seal that says something else', { sealed: 'FAIL' }, 'wrong'],
  [
    'an error for no reason',
    {
      commands: [ended({ verdict: undefined, failure: { code: 'CLOUD_UNREACHABLE', message: '' } }), ended()],
    },
    'wrong',
  ],
  [
    'a defect, whatever the weather',
    {
      commands: [ended({ verdict: undefined, failure: { code: 'INTERNAL', message: '' } }), ended()],
      schedule: schedule({
        wire: [{ on: 'every call', when: { fromMillis: 0, forMillis: 9_000 }, does: { kind: 'reset' } }],
      }),
    },
    'wrong',
  ],
  ['a story without an end', { commands: [ended({ verdict: undefined })] }, 'wrong'],
  ['a cloud that complains', { complaints: ['recorder: no'] }, 'wrong'],
  ['two tasks of one key', { violations: ['launched twice'] }, 'duplicate'],
  ['a hang', { commands: [ended({ seconds: 600 })] }, 'over-budget'],
];
for (const [what, change, outcome] of wrongs) {
  test(`the judge of schedules finds ${what}`, () => {
    const judged = judgePlayed(played(change));
    assert.equal(judged.outcome, outcome);
    assert.ok(judged.problems.length > 0);
  });
}

test('a busy machine excuses what comes of waiting, to be played again, and no verdict', () => {
  const stalledMillis = 5_000;
  const excused = [{ commands: [ended({ seconds: 600 })] }, { commands: [unknown], sealed: undefined }];
  for (const change of excused) {
    assert.equal(judgePlayed(played({ ...change, stalledMillis })).outcome, 'disturbed');
  }
  assert.equal(judgePlayed(played({ truth: 'failure', stalledMillis })).outcome, 'wrong');
  assert.equal(judgePlayed(played({ violations: ['launched twice'], stalledMillis })).outcome, 'duplicate');
});

test('INDETERMINATE is explained by evidence that the schedule destroyed, of launches that were made', () => {
  const lost = { ...noFaults, record: { times: 0, lateMillis: 0 }, remembered: false };
  const of = (faults: typeof noFaults, attempt = 0) =>
    judgePlayed(
      played({
        commands: [unknown],
        sealed: undefined,
        schedule: schedule({ attempts: { 'Run/0': attempt === 0 ? [faults] : [noFaults, faults] } }),
      }),
    ).outcome;
  for (const faults of [
    lost,
    { ...noFaults, told: 'no-containers' as const },
    { ...noFaults, marker: 'lost' as const },
    { ...noFaults, act: 'silent' as const },
    { ...noFaults, launch: 'lost-before' as const },
  ]) {
    assert.equal(of(faults), 'explained');
    assert.equal(of(faults, 1), 'wrong', 'an attempt that was never made explains nothing');
  }
  assert.equal(of({ ...lost, remembered: true }), 'wrong', 'what is remembered is made up for');
  assert.equal(of({ ...noFaults, record: { times: 2, lateMillis: 200 } }), 'wrong');
});

test('a seed draws one schedule, and every schedule is one', () => {
  const drawn = machines.flatMap((machine) =>
    Array.from({ length: 200 }, (_, seed) => drawSchedule(machine, seed)),
  );
  for (const one of drawn) {
    assert.deepEqual(faultScheduleSchema.parse(one), drawSchedule(one.machine, one.seed));
  }
  const kinds = new Set(drawn.flatMap(({ wire }) => wire.map(({ does }) => does.kind)));
  assert.equal(kinds.size, 12, [...kinds].join(' '));
  assert.ok(
    drawn.some(
      ({ wire, attempts }) =>
        wire.length === 0 &&
        Object.values(attempts)
          .flat()
          .every(({ act, launch }) => act === 'done' && launch === 'accepted'),
    ),
  );
});

test('a store that fails explains that a command ended without a verdict, as long as it really may have', () => {
  const judged = (code: string, does: StoreDeed, times: number) =>
    judgePlayed(
      played({
        commands: [ended({ verdict: undefined, failure: { code, message: '' } }), ended()],
        schedule: schedule({ store: [{ on: 'get', when: { call: 1, times }, does }] }),
      }),
    ).outcome;
  assert.equal(judged('EVIDENCE_STORE_UNAVAILABLE', 'failing', schedulePatience.attempts), 'correct');
  assert.equal(judged('EVIDENCE_STORE_UNAVAILABLE', 'failing', 1), 'wrong', 'it was to be tried again');
  assert.equal(judged('EVIDENCE_STORE_UNAVAILABLE', 'denied', 6), 'wrong', 'that is another failure');
  assert.equal(judged('EVIDENCE_STORE_NOT_PERMITTED', 'denied', 1), 'correct');
  assert.equal(judged('EVIDENCE_STORE_NOT_PERMITTED', 'throttled', 6), 'wrong');
});

test('a verdict is left unsealed only where the word on some launch never comes', () => {
  const unsealed = (faults: typeof noFaults) =>
    judgePlayed(
      played({
        truth: 'failure',
        commands: [ended({ verdict: 'FAIL' })],
        sealed: undefined,
        schedule: schedule({ attempts: { 'Run/0': [faults] } }),
      }),
    ).outcome;
  assert.equal(unsealed({ ...noFaults, launch: 'lost-before' }), 'correct');
  assert.equal(unsealed({ ...noFaults, record: { times: 0, lateMillis: 0 }, remembered: false }), 'correct');
  assert.equal(unsealed({ ...noFaults, launch: 'lost-after' }), 'wrong', 'its task left a record');
  assert.equal(unsealed({ ...noFaults, launch: 'refused' }), 'wrong', 'a refusal is a word');
});

test('what is launched again in fair weather has only a wrong clock for an excuse', () => {
  const judged = (code: string, operatorMillis: number) => {
    const failure = { code, message: '' };
    const commands = [
      ended({ verdict: undefined, failure }),
      ended({ command: launchedAgain, verdict: undefined, failure }),
    ];
    const never = { launches: [], asked: [], status: undefined, sealed: undefined };
    const wire = [
      { on: 'every call', when: { fromMillis: 0, forMillis: 9_000 }, does: { kind: 'reset' } },
    ] as const;
    const drawn = schedule({ wire: [...wire], clocks: { operatorMillis, dateMillis: 0 } });
    return judgePlayed(played({ ...never, commands, schedule: drawn })).outcome;
  };
  assert.equal(judged('CLOCK_WRONG', 7_200_000), 'never-started');
  assert.equal(judged('CLOCK_WRONG', 0), 'wrong');
  assert.equal(judged('CLOUD_UNREACHABLE', 0), 'wrong');
});
