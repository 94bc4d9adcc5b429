import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBurstGate, usualBurstGate } from '../../../../lib/burst/load-gate-spec.ts';
import { type BurstFigures, known, unknown } from '../../../../lib/gates/burst/figures.ts';
import { gateSpecDigest } from '../../../../lib/gates/burst/gate-spec.ts';
import { judgeFigures } from '../../../../lib/gates/burst/judge-figures.ts';
import { instantFromMillis } from '../../../../lib/vocabulary/instant.ts';
import { certifyingPlan } from '../../../support/burst-evidence.ts';

const { spec } = await loadBurstGate(usualBurstGate);
const digest = gateSpecDigest(spec);
const start = Date.parse('2026-02-21T02:12:59.915Z');

/** Figures of a burst of so many seconds and receipts; everything else in order. */
function figures(
  seconds: number,
  admitted: number,
  duplicates: number,
  change: Partial<BurstFigures> = {},
): BurstFigures {
  const window = {
    start: instantFromMillis(start),
    end: instantFromMillis(start + Math.round(seconds * 1_000)),
    seconds,
  };
  const plan = certifyingPlan();
  return {
    execution: known({ verdict: 'PASS', reasons: [] }),
    launched: known({ plan, planSha256: 'a'.repeat(64) as never, gateSpecSha256: digest }),
    taskLife: known(window),
    load: known(window),
    receipts: known({
      admitted,
      duplicates,
      quarantined: 0,
      quarantine_reasons: {},
      first_decision_at: window.start,
      last_decision_at: window.end,
    }),
    checkpoints: known([{ lane: 0, frontier: String(admitted), epoch: '1' }]),
    lanes: known([
      {
        lane: 0,
        epoch: '1',
        frontier: admitted,
        acknowledged: admitted + duplicates,
        quarantined: 0,
        unresolved: 0,
        longest_stall_ms: 900,
        stop_reason: 'duration',
      },
    ]),
    refusedLaunches: 0,
    foreign: [],
    unusable: [],
    ...change,
  };
}
const judge = (judged: BurstFigures) => judgeFigures(spec, digest, judged);
const open = (judged: BurstFigures) => judge(judged).blockers.map(({ id }) => id);

test('the seed: 1366.095 s, ADMIT 0, DUPLICATE 10,002: B1 is open, B8 and B5 are clear, and the cap was not kept', () => {
  const found = judge(figures(1_366.095, 0, 10_002));
  assert.deepEqual(
    found.blockers.map(({ id, remediation }) => [id, remediation]),
    [['M10F-B1', ['M10F-B1-R2']]],
  );
  assert.equal(found.checks.budget_pass, true);
  assert.equal(found.checks.multiplier, 0);
  assert.equal(found.checks.admit_ratio, 0);
  assert.deepEqual(
    found.findings.map(({ id, holds }) => [id, holds]),
    [['OPERATOR_CAP', false]],
  );
});

test('the seed: 27,596 admitted and 277 duplicates: the multiplier is met, the ratio 0.9901 is not', () => {
  const { checks, blockers } = judge(figures(1_035.3, 27_596, 277));
  assert.equal(checks.multiplier_pass, true);
  assert.equal(checks.admit_ratio?.toFixed(4), '0.9901');
  assert.deepEqual(
    blockers.map(({ id }) => id),
    ['M10F-B1'],
  );
  assert.match(blockers[0]?.reasons.join() ?? '', /admit ratio 0\.9900/);
});

test('the seed: 24,870 admitted and 273 duplicates: 3.43 times, and the ratio 0.9891 is not met either', () => {
  const { checks, blockers } = judge(figures(1_038.5, 24_870, 273));
  assert.equal(checks.multiplier?.toFixed(2), '3.43');
  assert.equal(checks.admit_ratio?.toFixed(4), '0.9891');
  assert.deepEqual(
    blockers.map(({ id }) => id),
    ['M10F-B1'],
  );
});

test('the seed: 22,606 and none in 1035.812 s: 3.1277… times, ratio 1, pass', () => {
  const { checks, blockers, undetermined, findings } = judge(figures(1_035.812, 22_606, 0));
  assert.deepEqual(blockers, []);
  assert.deepEqual(undetermined, []);
  assert.equal(checks.multiplier, 22_606 / (1_035.812 / 60) / 418.66295264623955);
  assert.match(String(checks.multiplier), /^3\.12773178508/);
  assert.equal(checks.admit_ratio, 1);
  assert.equal(findings[0]?.holds, true);
});

test('a gate names its window: over the load, not over the task life', () => {
  const judged = figures(1_366, 26_000, 0, {
    load: known({ start: instantFromMillis(start), end: instantFromMillis(start + 960_000), seconds: 960 }),
  });
  assert.deepEqual(open(judged), ['M10F-B1']);
  const byLoad = { ...spec, judged_on: { ...spec.judged_on, rate: 'load' as const } };
  const { blockers, checks } = judgeFigures(byLoad, digest, judged);
  assert.deepEqual(blockers, []);
  assert.equal(checks.duration_seconds, 1_366);
});

const good = () => figures(1_035.812, 22_606, 0);
const lane = {
  lane: 0,
  epoch: '1',
  frontier: 22_606,
  acknowledged: 22_606,
  quarantined: 0,
  unresolved: 0,
  longest_stall_ms: 900,
  stop_reason: 'duration' as const,
};
const receipts = {
  admitted: 22_606,
  duplicates: 0,
  quarantined: 0,
  quarantine_reasons: {},
  first_decision_at: instantFromMillis(start + 1_000),
  last_decision_at: instantFromMillis(start + 1_000_000),
};
const firing: readonly (readonly [what: string, id: string, figures: BurstFigures])[] = [
  ['too slow', 'M10F-B1', figures(1_035.812, 21_000, 0)],
  ['too short', 'M10F-B1', figures(899.999, 22_606, 0)],
  ['nothing received', 'M10F-B1', figures(1_035.812, 0, 0)],
  [
    'another payload under a known id',
    'M10F-B2',
    {
      ...good(),
      receipts: known({ ...receipts, quarantined: 1, quarantine_reasons: { PAYLOAD_MISMATCH: 1 } }),
    },
  ],
  [
    'acknowledged, and never admitted',
    'M10F-B2',
    { ...good(), checkpoints: known([{ lane: 0, frontier: '22607', epoch: '1' }]) },
  ],
  [
    'another gate',
    'M10F-B4',
    {
      ...good(),
      launched: known({
        plan: certifyingPlan(),
        planSha256: 'a'.repeat(64) as never,
        gateSpecSha256: 'b'.repeat(64) as never,
      }),
    },
  ],
  [
    'another baseline',
    'M10F-B4',
    {
      ...good(),
      launched: known({
        plan: certifyingPlan({ rate: { multiplier: 3.2, baseline_admits_per_minute: 100 } }),
        planSha256: 'a'.repeat(64) as never,
        gateSpecSha256: digest,
      }),
    },
  ],
  [
    'a plan that asks for less',
    'M10F-B4',
    {
      ...good(),
      launched: known({
        plan: certifyingPlan({ rate: { multiplier: 2.9, baseline_admits_per_minute: 418.66295264623955 } }),
        planSha256: 'a'.repeat(64) as never,
        gateSpecSha256: digest,
      }),
    },
  ],
  ['nobody counted', 'M10F-B5', { ...good(), receipts: unknown('nobody') }],
  ['no window', 'M10F-B5', { ...good(), taskLife: unknown('nobody') }],
  ['no plan', 'M10F-B5', { ...good(), launched: unknown('nobody') }],
  ['altered evidence', 'M10F-B5', { ...good(), unusable: ['x was altered'] }],
  [
    'an execution that nobody vouches for',
    'M10F-B5',
    { ...good(), execution: known({ verdict: 'INDETERMINATE', reasons: ['no marker'] }) },
  ],
  ['another run', 'M10F-B6', { ...good(), foreign: ['x is about platform_20200101T000000Z'] }],
  ['events of which nobody knows', 'M10F-B6', { ...good(), lanes: known([{ ...lane, unresolved: 1 }]) }],
  ['more answers than receipts', 'M10F-B6', { ...good(), lanes: known([{ ...lane, acknowledged: 22_607 }]) }],
  [
    'admissions that no lane acknowledged',
    'M10F-B6',
    { ...good(), lanes: known([{ ...lane, frontier: 22_605 }]) },
  ],
  [
    'an admission that the lanes have as put aside',
    'M10F-B6',
    { ...good(), lanes: known([{ ...lane, quarantined: 1 }]) },
  ],
  [
    'receipts before the window',
    'M10F-B6',
    { ...good(), receipts: known({ ...receipts, first_decision_at: instantFromMillis(start - 3_000) }) },
  ],
  [
    'receipts before the first send of any lane that has left its word',
    'M10F-B6',
    {
      ...good(),
      load: known({
        start: instantFromMillis(start + 3_001),
        end: instantFromMillis(start + 1_035_000),
        seconds: 1_031.999,
      }),
    },
  ],
  [
    'receipts after the window',
    'M10F-B6',
    { ...good(), receipts: known({ ...receipts, last_decision_at: instantFromMillis(start + 1_040_000) }) },
  ],
  [
    'a checkpoint that went back',
    'M10F-B7',
    { ...good(), checkpoints: known([{ lane: 0, frontier: '22605', epoch: '1' }]) },
  ],
  ['an epoch that went back', 'M10F-B7', { ...good(), lanes: known([{ ...lane, epoch: '2' }]) }],
  ['no checkpoint', 'M10F-B7', { ...good(), checkpoints: known([]) }],
  ['a stall', 'M10F-B7', { ...good(), lanes: known([{ ...lane, longest_stall_ms: 60_001 }]) }],
  ['over the budget', 'M10F-B8', figures(5_400.001, 130_000, 0)],
  ['a failed task', 'M10F-B9', { ...good(), execution: known({ verdict: 'FAIL', reasons: ['exit 65'] }) }],
];
for (const [what, id, judged] of firing) {
  test(`${id} fires, alone: ${what}`, () => {
    assert.deepEqual(open(judged), [id]);
  });
}

test('numbers that are none block: NaN, infinite, negative, clocks reversed', () => {
  const at = (seconds: number, from: number, to: number) =>
    figures(1, 22_606, 0, {
      taskLife: known({
        start: instantFromMillis(start + from),
        end: instantFromMillis(start + to),
        seconds,
      }),
    });
  for (const judged of [
    at(Number.NaN, 0, 1_035_812),
    at(Number.POSITIVE_INFINITY, 0, 1_035_812),
    at(-1_035.812, 1_035_812, 0),
    at(1_035.812, 1_035_812, 0),
    at(900, 0, 1_035_812),
    ...[Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY].map((admitted) => figures(1_035.812, admitted, 0)),
  ]) {
    const found = judge(judged);
    assert.ok(found.blockers.some(({ id }) => id === 'M10F-B5'));
    assert.ok(found.undetermined.includes('M10F-B1'));
  }
});

test('R1 when lanes refused to start, R2 when most was known before, else R3', () => {
  const codes = (judged: BurstFigures) =>
    judge(judged).blockers.find(({ id }) => id === 'M10F-B1')?.remediation;
  assert.deepEqual(codes(figures(1_000, 0, 0, { refusedLaunches: 2 })), ['M10F-B1-R1']);
  assert.deepEqual(codes(figures(1_000, 10, 11)), ['M10F-B1-R2']);
  assert.deepEqual(codes(figures(1_000, 10, 0)), ['M10F-B1-R3']);
});
