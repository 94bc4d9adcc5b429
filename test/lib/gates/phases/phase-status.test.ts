import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gateSpecDigest } from '../../../../lib/gates/burst/gate-spec.ts';
import { adjudicateBurst, type BurstSnapshot } from '../../../../lib/gates/burst/snapshot.ts';
import { admitAttempt } from '../../../../lib/gates/phases/admit-attempt.ts';
import { type PhasePlan, phasePlanSchema } from '../../../../lib/gates/phases/phase-plan.ts';
import {
  type AttemptOutcome,
  closureRecordSchema,
  type FoundBaseline,
  type JudgedAttempt,
  type PhaseGate,
  type PhaseRecords,
} from '../../../../lib/gates/phases/phase-records.ts';
import { phaseStatuses } from '../../../../lib/gates/phases/phase-status.ts';
import { loadPhases } from '../../../../lib/operator/phases.ts';
import { executionIdSchema, type Sha256, sha256Schema } from '../../../../lib/vocabulary/identifiers.ts';
import { type Instant, instantSchema } from '../../../../lib/vocabulary/instant.ts';
import { type BurstWish, burstEvidence, burstSubject } from '../../../support/burst-evidence.ts';
import { sampleGate } from '../../../support/sample-burst.ts';

const digest = sha256Schema.parse('ab'.repeat(32));
const plan = phasePlanSchema.parse({
  version: 'v1',
  phases: [
    { id: 'M10.A', title: 'alive', depends_on: [], closed_by: { task: 'probe' } },
    { id: 'M10.F', title: 'burst', depends_on: ['M10.A'], closed_by: { burst: 'sample' } },
    { id: 'POPT.0', title: 'recorded', depends_on: [], closed_by: { baseline: 'one' } },
    { id: 'POPT.5', title: 'as fast', depends_on: ['POPT.0'], closed_by: { closure: ['s4', 's5'] } },
    { id: 'M10.G', title: 'soak', depends_on: ['M10.F'], closed_by: { nothing: 'is still to be written' } },
    { id: 'M10.J', title: 'certified', depends_on: ['M10.A', 'M10.F'], closed_by: { phases: 'all' } },
  ],
});

const recorded = { kind: 'recorded', sha256: digest } as const;
const none: PhaseRecords = {
  attempts: [],
  brokenAttempts: [],
  closures: [],
  baseline: { kind: 'missing' },
  gates: new Map(),
};

function attempt(time: string, outcome: AttemptOutcome, more: Partial<JudgedAttempt> = {}): JudgedAttempt {
  return {
    executionId: executionIdSchema.parse(`x_20260221T${time}Z`),
    task: 'probe',
    workflow: 'one-shot',
    scope: null,
    outcome,
    ...more,
  };
}
const verdict = (
  said: 'PASS' | 'FAIL' | 'INDETERMINATE',
  more: { readonly startedAt?: Instant; readonly validation?: Sha256 } = {},
): AttemptOutcome => ({ kind: 'verdict', verdict: said, reasons: [], sha256: digest, ...more });
function burst(
  time: string,
  wish: BurstWish = {},
  scope: readonly string[] | null = null,
  unpublished?: BurstSnapshot['blockers'][number],
): JudgedAttempt {
  const executionId = executionIdSchema.parse(`x_20260221T${time}Z`);
  const subject = { ...burstSubject, executionId };
  const snapshot = adjudicateBurst(subject, burstEvidence({ ...wish, subject }), sampleGate());
  const outcome = { kind: 'burst', snapshot, sha256: digest, unpublished } as const;
  return { executionId, task: 'burst', workflow: 'bounded-burst', scope, outcome };
}
const poor = { seconds: 1_366.095, closed: { admitted: 0, duplicates: 10_002 } };
const burstGates = new Map([['sample', { sha256: gateSpecDigest(sampleGate()) }]]);
const alive = { ...none, attempts: [attempt('010000', verdict('PASS'))] };
const bursts = (...attempts: JudgedAttempt[]) =>
  new Map([
    ['M10.A', alive],
    ['M10.F', { ...none, gates: burstGates, attempts }],
  ]);

function closure(
  gate: string,
  decision: string,
  at = '2026-02-21T02:00:00.000Z',
  gate_sha256 = digest,
  more: object = {},
) {
  const members = {
    schema: 'fraud-platform/closure-record/v2',
    phase_id: 'POPT.5',
    gate,
    gate_sha256,
    recorded_at: at,
    decision,
    reasons: [],
    candidate: 'c',
    baseline: 'b',
    baseline_sha256: digest,
    score: {},
    ...more,
  };
  // What is undefined is not there.
  const record = closureRecordSchema.parse(JSON.parse(JSON.stringify(members)));
  return { kind: 'record', record, sha256: digest } as const;
}
const closureGates: ReadonlyMap<string, PhaseGate> = new Map(
  ['s4', 's5'].map((name) => [name, { sha256: digest, unlock: 'UNLOCK', authority: recorded }]),
);
const scores = (...closures: PhaseRecords['closures']): ReadonlyMap<string, PhaseRecords> =>
  new Map([
    ['POPT.0', { ...none, baseline: recorded }],
    ['POPT.5', { ...none, gates: closureGates, closures }],
  ]);

const stateOf = (records: ReadonlyMap<string, PhaseRecords>, id: string, of: PhasePlan = plan) => {
  const status = phaseStatuses(of, records).find((one) => one.id === id);
  assert.ok(status);
  return status;
};

test('without records nothing is closed, and what depends on something waits for it', () => {
  const statuses = phaseStatuses(plan, new Map());
  assert.deepEqual(
    statuses.map(({ id, state, waiting_for }) => [id, state, waiting_for.join()]),
    [
      ['M10.A', 'OPEN', ''],
      ['M10.F', 'BLOCKED', 'M10.A'],
      ['POPT.0', 'OPEN', ''],
      ['POPT.5', 'BLOCKED', 'POPT.0'],
      ['M10.G', 'BLOCKED', 'M10.F'],
      ['M10.J', 'BLOCKED', 'M10.A,M10.F'],
    ],
  );
});

test('the latest attempt at a task phase decides, whatever it says', () => {
  const of = (...attempts: JudgedAttempt[]) => stateOf(new Map([['M10.A', { ...none, attempts }]]), 'M10.A');
  const pass = attempt('020000', verdict('PASS'));
  assert.equal(of(pass).state, 'CLOSED');
  assert.equal(of(pass, attempt('010000', verdict('FAIL'))).state, 'CLOSED');
  for (const said of ['FAIL', 'INDETERMINATE'] as const) {
    const after = of(pass, attempt('030000', verdict(said)));
    assert.equal(after.state, 'BLOCKED');
    assert.equal(after.blockers[0]?.reasons[0], said);
  }
  assert.equal(of(pass, attempt('020000', verdict('FAIL'))).state, 'BLOCKED', 'of one second, the worse');
  assert.equal(of(pass, attempt('030000', { kind: 'unjudged', why: 'not sealed' })).state, 'BLOCKED');
  assert.equal(of(pass, attempt('030000', { kind: 'broken', why: 'altered' })).state, 'BLOCKED');
  assert.equal(of(pass, attempt('030000', { kind: 'not-started' })).state, 'CLOSED');
  assert.equal(of(attempt('030000', verdict('PASS'), { task: 'migrate' })).state, 'OPEN', 'another task');
});

test('attempts are in the order of their sealed starts, whatever they are named', () => {
  const of = (...attempts: JudgedAttempt[]) => stateOf(new Map([['M10.A', { ...none, attempts }]]), 'M10.A');
  const named = (name: string, outcome: AttemptOutcome) =>
    attempt('020000', outcome, { executionId: executionIdSchema.parse(name) });
  const at = (said: 'PASS' | 'FAIL', startedAt: string) =>
    verdict(said, { startedAt: instantSchema.parse(startedAt) });
  const far = named('x_20990101T000000Z', at('PASS', '2026-02-21T02:00:01.000Z'));
  assert.equal(of(far).state, 'CLOSED');
  const failed = of(far, attempt('030000', at('FAIL', '2026-02-21T03:00:01.000Z')));
  assert.deepEqual([failed.state, failed.blockers[0]?.reasons[0]], ['BLOCKED', 'FAIL']);
  const again = at('PASS', '2026-02-21T04:00:01.000Z');
  assert.equal(of(named('x_20000101T000000Z', again), attempt('030000', verdict('FAIL'))).state, 'CLOSED');
  // It has no start yet, and was named after the one that passed was started.
  const running = attempt('030000', { kind: 'unjudged', why: 'not sealed' });
  assert.equal(of(far, running).state, 'BLOCKED');
  assert.equal(of(attempt('040000', again), running).state, 'CLOSED');
  const late = attempt('020000', at('PASS', '2026-02-21T02:00:09.000Z'));
  const next = attempt('020001', { kind: 'unjudged', why: 'not sealed' });
  assert.equal(of(late, next).state, 'BLOCKED', 'named later, started nobody knows when');
});

test('what is not sealed has the place of its start, where that is known, and of its name only where it is not', () => {
  const of = (...attempts: JudgedAttempt[]) => stateOf(new Map([['M10.A', { ...none, attempts }]]), 'M10.A');
  const at = (time: string) => instantSchema.parse(`2026-02-21T${time}.000Z`);
  const passed = attempt('100500', verdict('PASS', { startedAt: at('10:05:00') }));
  for (const kind of ['unjudged', 'broken'] as const) {
    const named = (startedAt?: Instant) => attempt('100000', { kind, why: 'not sealed', startedAt });
    // Its operator died before the start, and went on under the old name after the other had passed.
    const resumed = of(passed, named(at('10:10:00')));
    assert.deepEqual([resumed.state, resumed.blockers[0]?.reasons], ['BLOCKED', ['not sealed']], kind);
    assert.equal(of(passed, named(at('10:05:00'))).state, 'BLOCKED', 'of one instant, the worse');
    assert.equal(of(passed, named(at('10:04:59'))).state, 'CLOSED', kind);
    assert.equal(of(passed, named()).state, 'CLOSED', kind);
  }
  const later = attempt('101500', verdict('PASS', { startedAt: at('10:15:00') }));
  const running = attempt('100000', { kind: 'unjudged', why: 'not sealed', startedAt: at('10:10:00') });
  assert.equal(of(passed, running, later).state, 'CLOSED');
});

test('an attempt at a task that was recorded for named blockers clears no other', () => {
  const of = (...attempts: JudgedAttempt[]) => stateOf(new Map([['M10.A', { ...none, attempts }]]), 'M10.A');
  const failed = attempt('020000', verdict('FAIL'));
  const stalled = attempt('030000', { kind: 'unjudged', why: 'not sealed' });
  const rerun = attempt('040000', verdict('PASS'), { scope: [failed.executionId] });
  const left = of(failed, stalled, rerun);
  assert.deepEqual([left.state, ...left.blockers.map(({ id }) => id)], ['BLOCKED', stalled.executionId]);
  assert.equal(of(failed, rerun).state, 'CLOSED', 'nothing else was open');
  const worse = of(failed, attempt('040000', verdict('FAIL'), { scope: [failed.executionId] }));
  assert.deepEqual([worse.state, worse.blockers.map(({ reasons }) => reasons[0])], ['BLOCKED', ['FAIL']]);
  assert.equal(of(failed, stalled, rerun, attempt('050000', verdict('PASS'))).state, 'CLOSED');
});

test('a phase of the data engine closes on a whole run that validated every state, and on no part of one', () => {
  const whole: PhasePlan = phasePlanSchema.parse({
    version: 'v1',
    phases: [{ id: 'M10.C', title: 'a run', depends_on: [], closed_by: { workflow: 'segment-5a' } }],
  });
  const of = (...attempts: JudgedAttempt[]) =>
    stateOf(new Map([['M10.C', { ...none, attempts }]]), 'M10.C', whole);
  const engine = { task: 'segment', workflow: 'segment-5a' } as const;
  const passed = attempt('020000', verdict('PASS', { validation: digest }), engine);
  const part = (said: 'PASS' | 'FAIL') =>
    attempt('030000', verdict(said), { task: 'segment', workflow: 'one-shot' });
  assert.equal(of(part('PASS')).state, 'OPEN');
  assert.equal(of(passed).state, 'CLOSED');
  assert.equal(of(passed, part('FAIL')).state, 'CLOSED');
  const unproven = of(attempt('040000', verdict('PASS'), engine));
  assert.equal(unproven.state, 'BLOCKED');
  assert.match(unproven.blockers[0]?.reasons.join() ?? '', /no validation of every state is sealed/);
  assert.equal(of(passed, attempt('040000', verdict('FAIL'), engine)).state, 'BLOCKED');

  const statuses = phaseStatuses(whole, new Map());
  const [phase] = whole.phases;
  assert.ok(phase !== undefined);
  assert.ok(admitAttempt(phase, statuses, { kind: 'workflow', name: 'segment-5a' }, null).admitted);
  const refused = admitAttempt(phase, statuses, { kind: 'task', name: 'segment' }, null);
  assert.ok(!refused.admitted);
  assert.match(refused.remedy, /a whole run of segment-5a/);
});

test('a judgement that is not in every root keeps its phase open, until a later burst is', () => {
  const missing = { id: 'M10F-B3', meaning: 'publication failed', remediation: [], reasons: ['missing'] };
  const unpublished = (time: string) => burst(time, {}, null, missing);
  const blocked = stateOf(bursts(unpublished('060601')), 'M10.F');
  assert.deepEqual(
    [blocked.state, blocked.blockers.map(({ id }) => id), blocked.evidence],
    ['BLOCKED', ['M10F-B3'], []],
  );
  assert.equal(stateOf(bursts(unpublished('060601'), burst('070000')), 'M10.F').state, 'CLOSED');
  assert.equal(stateOf(bursts(burst('060601'), unpublished('070000')), 'M10.F').state, 'BLOCKED');
});

test('a burst phase closes when a certifying burst passed and no blocker is open', () => {
  assert.equal(stateOf(bursts(burst('060601')), 'M10.F').state, 'CLOSED');
  const blocked = stateOf(bursts(burst('020923', poor)), 'M10.F');
  assert.equal(blocked.state, 'BLOCKED');
  assert.deepEqual(
    blocked.blockers.map(({ id }) => id),
    ['M10F-B1'],
  );
  assert.equal(stateOf(bursts(burst('020923', poor), burst('060601')), 'M10.F').state, 'CLOSED');
  assert.equal(stateOf(bursts(burst('060601'), burst('070000', poor)), 'M10.F').state, 'BLOCKED');
});

test('a rehearsal, another gate, or a burst that nobody judged closes nothing', () => {
  assert.equal(stateOf(bursts(burst('060601', { plan: { certifying: false } })), 'M10.F').state, 'OPEN');
  const other = new Map([['sample', { sha256: digest }]]);
  const elsewhere = new Map([
    ['M10.A', alive],
    ['M10.F', { ...none, gates: other, attempts: [burst('060601')] }],
  ]);
  assert.equal(stateOf(elsewhere, 'M10.F').state, 'OPEN');
  const unjudged = attempt('070000', { kind: 'unjudged', why: 'not sealed' }, { task: 'burst' });
  assert.equal(stateOf(bursts(burst('060601'), unjudged), 'M10.F').state, 'BLOCKED');
  const before = attempt('050000', { kind: 'unjudged', why: 'not sealed' }, { task: 'burst' });
  assert.equal(stateOf(bursts(burst('060601'), before), 'M10.F').state, 'CLOSED');
  const broken = attempt('050000', { kind: 'broken', why: 'altered' }, { task: 'burst' });
  assert.equal(stateOf(bursts(burst('060601'), broken), 'M10.F').state, 'BLOCKED');
});

test('a rerun for named blockers clears those and no other', () => {
  const twice = burst('020923', { ...poor, seconds: 6_000 });
  const open = stateOf(bursts(twice), 'M10.F').blockers.map(({ id }) => id);
  assert.deepEqual(open, ['M10F-B1', 'M10F-B8']);
  const left = stateOf(bursts(twice, burst('060601', {}, ['M10F-B1'])), 'M10.F');
  assert.deepEqual([left.state, ...left.blockers.map(({ id }) => id)], ['BLOCKED', 'M10F-B8']);
  const rest = stateOf(
    bursts(twice, burst('060601', {}, ['M10F-B1']), burst('070000', {}, ['M10F-B8'])),
    'M10.F',
  );
  assert.equal(rest.state, 'CLOSED');
});

test('a rerun for named blockers hides no attempt that nobody has judged; one at the whole phase does', () => {
  const stalled = attempt('030000', { kind: 'unjudged', why: 'nobody has judged it' }, { task: 'burst' });
  const scoped = [burst('020923', poor), stalled, burst('060601', {}, ['M10F-B1'])];
  const left = stateOf(bursts(...scoped), 'M10.F');
  assert.deepEqual([left.state, ...left.blockers.map(({ id }) => id)], ['BLOCKED', stalled.executionId]);
  const later = attempt('070000', { kind: 'unjudged', why: 'nobody has judged it' }, { task: 'burst' });
  const both = stateOf(bursts(...scoped, later), 'M10.F');
  assert.deepEqual(
    both.blockers.map(({ id }) => id),
    [stalled.executionId, later.executionId],
  );
  assert.equal(stateOf(bursts(...scoped, burst('080000')), 'M10.F').state, 'CLOSED');
});

test('every closure gate must be unlocked, by the latest record of each, under the gate as it stands', () => {
  assert.equal(stateOf(scores(closure('s4', 'UNLOCK'), closure('s5', 'UNLOCK')), 'POPT.5').state, 'CLOSED');
  assert.equal(stateOf(scores(closure('s4', 'UNLOCK')), 'POPT.5').state, 'OPEN');
  const later = '2026-02-21T03:00:00.000Z';
  const held = scores(closure('s4', 'UNLOCK'), closure('s5', 'UNLOCK'), closure('s5', 'HOLD', later));
  assert.equal(stateOf(held, 'POPT.5').state, 'BLOCKED');
  const reopened = scores(closure('s4', 'UNLOCK'), closure('s5', 'HOLD'), closure('s5', 'UNLOCK', later));
  assert.equal(stateOf(reopened, 'POPT.5').state, 'CLOSED');
  const old = sha256Schema.parse('cd'.repeat(32));
  const changed = scores(closure('s4', 'UNLOCK'), closure('s5', 'UNLOCK', later, old));
  assert.equal(stateOf(changed, 'POPT.5').state, 'OPEN');
  const broken = scores(closure('s4', 'UNLOCK'), closure('s5', 'UNLOCK'), {
    kind: 'broken',
    gate: 's5',
    why: 'torn',
  });
  assert.equal(stateOf(broken, 'POPT.5').state, 'BLOCKED');
});

test('a score against an authority that is not there any more is not heard, and what is no authority blocks', () => {
  const unlocked = [closure('s4', 'UNLOCK'), closure('s5', 'UNLOCK')];
  const under = (authority: FoundBaseline) => {
    const gates = new Map([...closureGates].map(([name, gate]) => [name, { ...gate, authority }]));
    return new Map([...scores(), ['POPT.5', { ...none, closures: unlocked, gates }]]);
  };
  assert.equal(stateOf(under(recorded), 'POPT.5').state, 'CLOSED');
  const other = sha256Schema.parse('cd'.repeat(32));
  assert.equal(stateOf(under({ kind: 'recorded', sha256: other }), 'POPT.5').state, 'OPEN');
  assert.equal(stateOf(under({ kind: 'missing' }), 'POPT.5').state, 'OPEN');
  const altered = stateOf(under({ kind: 'broken', why: 'the baseline one is none' }), 'POPT.5');
  assert.deepEqual(
    [altered.state, altered.blockers.flatMap(({ reasons }) => reasons)[0]],
    ['BLOCKED', 'the baseline one is none'],
  );
  // A record of the time when none kept its authority.
  const old = closure('s5', 'UNLOCK', undefined, digest, {
    schema: 'fraud-platform/closure-record/v1',
    baseline_sha256: undefined,
  });
  assert.equal(stateOf(scores(closure('s4', 'UNLOCK'), old), 'POPT.5').state, 'OPEN');

  const baseline = (found: FoundBaseline) => new Map([['POPT.0', { ...none, baseline: found }]]);
  assert.equal(stateOf(baseline(recorded), 'POPT.0').state, 'CLOSED');
  assert.equal(stateOf(baseline({ kind: 'broken', why: 'empty' }), 'POPT.0').state, 'BLOCKED');
});

test('a dependency that opens again opens what stands on it', () => {
  const closed = bursts(burst('060601'));
  assert.equal(stateOf(closed, 'M10.J').state, 'CLOSED');
  const dead = { ...alive, attempts: [...alive.attempts, attempt('080000', verdict('FAIL'))] };
  const reopened = new Map([...closed, ['M10.A', dead]]);
  assert.equal(stateOf(reopened, 'M10.F').state, 'BLOCKED');
  assert.equal(stateOf(reopened, 'M10.J').state, 'BLOCKED');
  assert.deepEqual(stateOf(reopened, 'M10.F').waiting_for, ['M10.A']);
});

test('a phase without a gate never closes', () => {
  const status = stateOf(bursts(burst('060601')), 'M10.G');
  assert.equal(status.state, 'OPEN');
  assert.match(status.closes_with, /nothing yet/);
});

test('property: no phase is closed while one that it depends on is not', () => {
  const outcomes: fc.Arbitrary<AttemptOutcome> = fc.constantFrom(
    verdict('PASS'),
    verdict('FAIL'),
    { kind: 'unjudged', why: 'not sealed' } as const,
    { kind: 'broken', why: 'altered' } as const,
    { kind: 'not-started' } as const,
  );
  const burstAttempts = [
    burst('060601'),
    burst('070000', poor),
    burst('080000', { plan: { certifying: false } }),
  ];
  fc.assert(
    fc.property(fc.array(outcomes, { maxLength: 4 }), fc.subarray(burstAttempts), (made, sent) => {
      const attempts = made.map((outcome, index) => attempt(`0${index}0000`, outcome));
      const records = new Map([
        ['M10.A', { ...none, attempts }],
        ['M10.F', { ...none, gates: burstGates, attempts: sent }],
      ]);
      const statuses = phaseStatuses(plan, records);
      const closed = new Set(statuses.flatMap(({ id, state }) => (state === 'CLOSED' ? [id] : [])));
      for (const { id, depends_on } of plan.phases) {
        if (closed.has(id)) assert.ok(depends_on.every((dependency) => closed.has(dependency)));
      }
    }),
  );
});

test('a launch is refused while a dependency is open, for the wrong kind, and for blockers that are not open', () => {
  const [alivePhase, burstPhase] = plan.phases;
  assert.ok(alivePhase !== undefined && burstPhase !== undefined);
  const statuses = (records: ReadonlyMap<string, PhaseRecords>) => phaseStatuses(plan, records);
  const wish = { kind: 'burst', name: 'sample' } as const;
  const early = admitAttempt(burstPhase, statuses(new Map()), wish, null);
  assert.ok(!early.admitted);
  assert.match(early.why, /depends on M10\.A/);
  const open = statuses(bursts(burst('020923', poor)));
  assert.ok(admitAttempt(burstPhase, open, wish, null).admitted);
  assert.ok(admitAttempt(burstPhase, open, wish, ['M10F-B1']).admitted);
  const elsewhere = admitAttempt(burstPhase, open, wish, ['M10F-B1', 'M10F-B8']);
  assert.ok(!elsewhere.admitted);
  assert.match(elsewhere.why, /^M10F-B8 is not open/);
  assert.ok(!admitAttempt(burstPhase, open, { kind: 'task', name: 'burst' }, null).admitted);
  assert.ok(!admitAttempt(alivePhase, open, { kind: 'task', name: 'migrate' }, null).admitted);
  assert.ok(!admitAttempt(burstPhase, open, { kind: 'burst', name: 'other' }, null).admitted);
});

test('blockers are named for a burst alone: a verdict of anything else is about its whole phase', () => {
  const failed = attempt('020000', verdict('FAIL'));
  const statuses = phaseStatuses(plan, new Map([['M10.A', { ...none, attempts: [failed] }]]));
  const [alivePhase] = plan.phases;
  assert.ok(alivePhase !== undefined);
  for (const kind of ['task', 'workflow', 'closure'] as const) {
    const refused = admitAttempt(alivePhase, statuses, { kind, name: 'probe' }, [failed.executionId]);
    assert.ok(!refused.admitted);
    assert.match(refused.why, /is about the whole of M10\.A, not about some of its blockers/);
  }
  assert.ok(admitAttempt(alivePhase, statuses, { kind: 'task', name: 'probe' }, null).admitted);
});

test('the shipped phases parse, and a plan that goes in circles does not', async () => {
  const shipped = await loadPhases(undefined);
  assert.deepEqual(
    shipped.phases.map(({ id }) => id),
    [...'ABCDEFGHIJ'].map((letter) => `M10.${letter}`).concat([0, 1, 2, 3, 4, 5].map((n) => `POPT.${n}`)),
  );
  const phase = (id: string, ...depends_on: string[]) => ({
    id,
    title: 'one',
    depends_on,
    closed_by: { task: 'probe' },
  });
  const faulty = (phases: readonly object[]) => phasePlanSchema.safeParse({ version: 'v1', phases });
  assert.ok(faulty([phase('A.1'), phase('A.2', 'A.1')]).success);
  for (const phases of [
    [phase('A.1', 'A.1')],
    [phase('A.1', 'A.2'), phase('A.2', 'A.1')],
    [phase('A.1', 'B.1')],
    [phase('A.1'), phase('A.1')],
    [{ ...phase('A.1'), closed_by: { phases: 'all' } }],
    [{ ...phase('A.1'), closed: true }],
    [{ ...phase('A.1'), closed_by: { task: 'segment' } }],
    [{ ...phase('A.1'), closed_by: { workflow: 'one-shot' } }],
    [{ ...phase('A.1'), closed_by: { task: 'probe', burst: 'sample' } }],
  ]) {
    assert.ok(!faulty(phases).success, JSON.stringify(phases));
  }
});
