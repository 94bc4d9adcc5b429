import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadBurstGate, usualBurstGate } from '../../../../lib/burst/load-gate-spec.ts';
import { canonicalBytes, parseCanonicalJson } from '../../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import { type BurstFigures, known, unknown } from '../../../../lib/gates/burst/figures.ts';
import { gateSpecDigest } from '../../../../lib/gates/burst/gate-spec.ts';
import { judgeFigures } from '../../../../lib/gates/burst/judge-figures.ts';
import type { EvidenceItem } from '../../../../lib/gates/burst/read-figures.ts';
import { adjudicateBurst, snapshotBytes } from '../../../../lib/gates/burst/snapshot.ts';
import { publicationBlocker } from '../../../../lib/operator/adjudicate-execution.ts';
import { executionIdSchema, runIdSchema } from '../../../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../../../lib/vocabulary/instant.ts';
import {
  type BurstWish,
  burstEvidence,
  burstSubject,
  certifyingPlan,
} from '../../../support/burst-evidence.ts';
import { sampleGate } from '../../../support/sample-burst.ts';

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

test('B3 fires when a copy is missing or another', () => {
  const copies = ['run-control', 'run-scoped', 'mirror'].map((place) => ({ place, key: place, whole: true }));
  const snapshot = adjudicateBurst(burstSubject, burstEvidence(), sampleGate());
  assert.equal(publicationBlocker(snapshot, copies), undefined);
  const broken = publicationBlocker(
    snapshot,
    copies.with(1, { place: 'run-scoped', key: 'k', whole: false }),
  );
  assert.equal(broken?.id, 'M10F-B3');
  assert.match(broken?.reasons.join() ?? '', /run-scoped copy at k/);
});

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

// From bytes.

const adjudicate = (items: readonly EvidenceItem[], subject = burstSubject) =>
  adjudicateBurst(subject, items, sampleGate());
const ids = (items: readonly EvidenceItem[], subject = burstSubject) =>
  adjudicate(items, subject).blockers.map(({ id }) => id);

test('from evidence: the burst that closed the phase passes, and says by what', () => {
  const snapshot = adjudicate(burstEvidence());
  assert.deepEqual(snapshot.blockers, []);
  assert.equal(snapshot.overall_pass, true);
  assert.equal(snapshot.certifying, true);
  assert.equal(snapshot.burst_execution_window.task_life?.seconds, 1_035.812);
  assert.equal(snapshot.burst_execution_window.load?.seconds, 1_000.812);
  assert.match(String(snapshot.burst_load_checks.multiplier), /^3\.12773178508/);
  assert.equal(snapshot.runtime_budget.elapsed_seconds, 1_035.812);
});

test('from evidence: a lane that was launched again is judged by its last launch, whichever lane it is', () => {
  for (const relaunched of [0, 1, 2, 3]) {
    const snapshot = adjudicate(burstEvidence({ plan: { lanes: 4 }, relaunched }));
    assert.deepEqual([snapshot.blockers, snapshot.undetermined], [[], []], `lane ${relaunched}`);
    assert.equal(snapshot.overall_pass, true);
  }
});

// 12,000 admissions in 1,035.8 s are 1.66 times the baseline; over what the second launch alone sent, 3.6 times.
const half = { plan: { lanes: 1 }, seconds: 1_035.8, closed: { admitted: 12_000 }, killedAfter: 520 };
const byLoad = sampleGate({ judged_on: { rate: 'load', duration: 'task_life', budget: 'task_life' } });
const adjudicateByLoad = (wish: BurstWish) =>
  adjudicateBurst(burstSubject, burstEvidence({ ...wish, gate: byLoad }), byLoad);

test('from evidence: nobody knows when the load began whose first launch was killed without a word', () => {
  const snapshot = adjudicateByLoad(half);
  assert.equal(snapshot.burst_load_checks.multiplier, null);
  assert.equal(snapshot.burst_execution_window.load, null);
  assert.deepEqual(
    snapshot.blockers.map(({ id, reasons }) => [id, reasons]),
    [['M10F-B5', ['load: launch Lane/0 left no result']]],
  );
  assert.ok(snapshot.undetermined.includes('M10F-B1'));
  assert.equal(snapshot.overall_pass, false);
  const items = burstEvidence({ ...half, gate: byLoad });
  for (const { path } of items) {
    const left = items.filter((item) => item.path !== path);
    assert.equal(adjudicateBurst(burstSubject, left, byLoad).overall_pass, false, `without ${path}`);
  }
});

test('from evidence: over its task life the same burst is judged, and is too slow', () => {
  const snapshot = adjudicate(burstEvidence(half));
  assert.equal(snapshot.burst_load_checks.multiplier?.toFixed(2), '1.66');
  assert.deepEqual(
    snapshot.blockers.map(({ id }) => id),
    ['M10F-B1'],
  );
});

test('from evidence: a launch that found no gate has sent nothing, and leaves the load known', () => {
  const snapshot = adjudicateByLoad({ relaunched: 0 });
  assert.equal(snapshot.overall_pass, true, JSON.stringify(snapshot.blockers));
});

/** Lane 0 is launched again when its window is over: nothing is sent, and its frontier stays where it was. */
const tooLate = (frontier: number, change: BurstWish, other = 11_303): BurstWish => ({
  ...change,
  lane: {
    resumed_at: frontier,
    frontier,
    sent: 0,
    acknowledged: 0,
    admitted: 0,
    first_sent_at: null,
    first_acknowledged_at: null,
    last_acknowledged_at: null,
  },
  closed: {
    ...change.closed,
    checkpoints: [
      { lane: 0, frontier: String(frontier), epoch: '2' },
      { lane: 1, frontier: String(other), epoch: '1' },
    ],
  },
});

test('from evidence: what a lane that was killed had under way, and nobody sent again, is B6', () => {
  const { blockers, run_scope_coherence_checks, overall_pass } = adjudicate(
    burstEvidence(tooLate(10_585, { killedAfter: 970 })),
  );
  assert.deepEqual(
    blockers.map(({ id, reasons }) => [id, reasons]),
    [['M10F-B6', ['the lanes answer for 21888 admissions, and the database has 22606']]],
  );
  assert.deepEqual([run_scope_coherence_checks.coherence_pass, overall_pass], [false, false]);
});

test('from evidence: a lane that was killed and sent again what it had under way passes', () => {
  const snapshot = adjudicate(burstEvidence({ killedAfter: 900 }));
  assert.equal(snapshot.overall_pass, true, JSON.stringify(snapshot.blockers));
});

/** The first launch of lane 0 had answers up to the frontier, and of 40 events beyond it never heard again. */
const unheard = (frontier: number) => ({
  stop_reason: 'checkpoint-lost',
  sent: frontier + 40,
  acknowledged: frontier,
  admitted: frontier,
  unresolved: 40,
  frontier,
});

test('from evidence: events that an earlier launch left unresolved stay so until a later one comes beyond them', () => {
  const wish = { relaunched: 0, first: unheard(11_283), closed: { admitted: 22_566 } };
  const late = adjudicate(burstEvidence(tooLate(11_283, wish, 11_283)));
  assert.equal(late.run_scope_coherence_checks.unresolved, 40);
  assert.equal(late.run_scope_coherence_checks.coherence_pass, false);
  assert.deepEqual(
    late.blockers.map(({ id, reasons }) => [id, reasons]),
    [['M10F-B6', ['what became of 40 events is not known']]],
  );
  const answered = { resumed_at: 11_263, sent: 40, acknowledged: 40, admitted: 40 };
  const again = adjudicate(burstEvidence({ relaunched: 0, first: unheard(11_263), lane: answered }));
  assert.equal(again.run_scope_coherence_checks.unresolved, 0);
  assert.equal(again.overall_pass, true, JSON.stringify(again.blockers));
});

test('from evidence: a stall counts whichever launch of the lane it was in', () => {
  const { blockers, lag_checkpoint_checks } = adjudicate(
    burstEvidence({ relaunched: 0, first: { stop_reason: 'checkpoint-lost', longest_stall_ms: 300_000 } }),
  );
  assert.deepEqual(
    blockers.map(({ id, reasons }) => [id, reasons]),
    [['M10F-B7', ['lane 0 was 300 s without a checkpoint']]],
  );
  assert.equal(lag_checkpoint_checks.longest_stall_seconds, 300);
});

test('the same evidence gives the same bytes, in whatever order it is read', () => {
  const items = burstEvidence();
  const bytes = (of: readonly EvidenceItem[]) => sha256Of(snapshotBytes(adjudicate(of)));
  const sorted = [...items].sort((one, other) => (one.path < other.path ? -1 : 1));
  assert.equal(bytes(items), bytes([...items]));
  assert.deepEqual(
    { ...adjudicate(sorted), evidence_refs: [] },
    { ...adjudicate([...sorted].reverse()), evidence_refs: [] },
  );
});

const byPath = (items: readonly EvidenceItem[], path: string, change: (item: EvidenceItem) => EvidenceItem) =>
  items.map((item) => (item.path === path ? change(item) : item));
/** Rewrites a document and its digest, as whoever wanted to deceive would. */
function rewritten(path: string, change: (document: Record<string, never>) => object) {
  return byPath(burstEvidence(), path, (item) => {
    const document = change(JSON.parse(new TextDecoder().decode(item.content)));
    const content = canonicalBytes(JSON.parse(JSON.stringify(document)));
    return { ...item, content, sha256: sha256Of(content) };
  });
}
const otherRun = { ...burstSubject, runId: runIdSchema.parse('platform_20260219T234150Z') };
const otherExecution = { ...burstSubject, executionId: executionIdSchema.parse('m10_20260221T054300Z') };

const attacks: readonly (readonly [
  what: string,
  items: readonly EvidenceItem[],
  blockers: readonly string[],
  subject?: typeof burstSubject,
])[] = [
  ['nothing at all', [], ['M10F-B5']],
  ['another run', burstEvidence(), ['M10F-B6'], otherRun],
  ['another execution', burstEvidence(), ['M10F-B6'], otherExecution],
  ['another environment', burstEvidence(), ['M10F-B6'], { ...burstSubject, environment: 'prod' }],
  [
    'a lane result of another run',
    rewritten('launches/Lane/0/result.json', (document) => ({ ...document, run_id: otherRun.runId })),
    ['M10F-B6'],
  ],
  [
    'an altered count',
    byPath(burstEvidence(), 'launches/Close/0/result.json', (item) => ({
      ...item,
      content: canonicalBytes({ admitted: 1e6 }),
    })),
    ['M10F-B5'],
  ],
  [
    'an empty result',
    byPath(burstEvidence(), 'launches/Close/0/result.json', (item) => ({
      ...item,
      content: new Uint8Array(),
      sha256: sha256Of(new Uint8Array()),
    })),
    ['M10F-B5'],
  ],
  [
    'a result made by hand',
    byPath(burstEvidence(), 'launches/Close/0/result.json', (item) => ({ ...item, origin: 'manual' })),
    ['M10F-B5'],
  ],
  [
    'a record made by hand',
    byPath(burstEvidence(), 'launches/Lane/0/task-record.json', (item) => ({ ...item, origin: 'manual' })),
    ['M10F-B5'],
  ],
  [
    'a count that was raised, digest and all',
    rewritten('launches/Close/0/result.json', (document) => ({
      ...document,
      output: { ...Object(document.output), admitted: 99_999 },
    })),
    ['M10F-B5'],
  ],
  [
    'a record of last week',
    rewritten('launches/Lane/0/task-record.json', (document) => ({
      ...document,
      started_at: '2026-02-14T06:07:00.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'a record that stops before it starts',
    rewritten('launches/Lane/3/task-record.json', (document) => ({
      ...document,
      stopped_at: '2026-02-21T06:06:59.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'a record of another schema',
    rewritten('launches/Lane/0/task-record.json', (document) => ({
      ...document,
      schema: 'fraud-platform/task-record/v9',
    })),
    ['M10F-B5'],
  ],
  [
    'a count of another schema, digest and all',
    rewritten('launches/Close/0/result.json', (document) => ({
      ...document,
      output: { ...Object(document.output), schema: 'fraud-platform/closed-scope/v9' },
    })),
    ['M10F-B5'],
  ],
  [
    'a lane that stopped after the scope was closed',
    rewritten('launches/Lane/3/task-record.json', (document) => ({
      ...document,
      stopped_at: '2026-02-21T06:24:25.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'a lane that began before the scope was open',
    rewritten('launches/Lane/0/task-record.json', (document) => ({
      ...document,
      started_at: '2026-02-21T06:06:40.000Z',
    })),
    ['M10F-B5'],
  ],
  [
    'an execution that is still running',
    burstEvidence().filter(({ path }) => path !== 'execution-record.json'),
    ['M10F-B5'],
  ],
  ['a negative count', burstEvidence({ closed: { admitted: -1 } }), ['M10F-B5']],
  ['NaN for a count', burstEvidence({ closed: { duplicates: 'NaN' } }), ['M10F-B5']],
  ['counts of another run', burstEvidence({ closed: { run_id: otherRun.runId } }), ['M10F-B6']],
  ['a lane that failed', burstEvidence({ laneExit: 65 }), ['M10F-B9']],
];
for (const [what, items, blockers, subject] of attacks) {
  test(`blocked, never a pass: ${what}`, () => {
    const snapshot = adjudicate(items, subject);
    const found = snapshot.blockers.map(({ id }) => id);
    assert.equal(snapshot.overall_pass, false, JSON.stringify(found));
    for (const id of blockers) assert.ok(found.includes(id), `${id} is not among ${found.join(', ')}`);
  });
}

test('evidence of duplicates alone: B1 with R2, B8 clear', () => {
  const items = burstEvidence({
    seconds: 1_366.095,
    closed: {
      admitted: 0,
      duplicates: 10_002,
      checkpoints: [
        { lane: 0, frontier: '0', epoch: '1' },
        { lane: 1, frontier: '0', epoch: '1' },
      ],
    },
  });
  const snapshot = adjudicate(items);
  assert.deepEqual(
    snapshot.blockers.map(({ id, remediation }) => [id, remediation]),
    [['M10F-B1', ['M10F-B1-R2']]],
  );
  assert.equal(snapshot.runtime_budget.budget_pass, true);
});

test('property: no removal of evidence turns anything into a pass', () => {
  const items = burstEvidence();
  fc.assert(
    fc.property(
      fc.subarray(
        items.map(({ path }) => path),
        { maxLength: items.length - 1 },
      ),
      (kept) => {
        const left = items.filter(({ path }) => kept.includes(path));
        assert.equal(
          adjudicate(left).overall_pass,
          false,
          items
            .filter(({ path }) => !kept.includes(path))
            .map(({ path }) => path)
            .join(),
        );
      },
    ),
    { numRuns: 300 },
  );
  for (const { path } of items) {
    assert.notDeepEqual(ids(items.filter((item) => item.path !== path)), [], `without ${path}`);
  }
});

test('property: no removal or alteration of evidence of a blocked burst turns it into a pass', () => {
  const blocked = [
    burstEvidence({ closed: { admitted: 0, duplicates: 10_002 } }),
    burstEvidence({ seconds: 800 }),
    burstEvidence({ laneExit: 65 }),
    burstEvidence({ lane: { unresolved: 3 } }),
    burstEvidence({ plan: { rate: { multiplier: 2, baseline_admits_per_minute: 418.66295264623955 } } }),
  ];
  for (const items of blocked) assert.equal(adjudicate(items).overall_pass, false);
  fc.assert(
    fc.property(
      fc.constantFrom(...blocked),
      fc.array(fc.record({ item: fc.nat(), byte: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }), {
        maxLength: 3,
      }),
      fc.array(fc.nat(), { maxLength: 4 }),
      (items, alterations, removals) => {
        const gone = new Set(removals.map((index) => index % items.length));
        const changed = items
          .map((item, index) => {
            let { content } = item;
            for (const { item: which, byte, value } of alterations) {
              if (which % items.length === index && content.length > 0)
                content = content.with(byte % content.length, value);
            }
            return { ...item, content };
          })
          .filter((_, index) => !gone.has(index));
        assert.equal(adjudicate(changed).overall_pass, false);
      },
    ),
    { numRuns: 500 },
  );
});

/** Every member of a document, however deep. */
function pathsIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    [...path, name],
    ...pathsIn(inner, [...path, name]),
  ]);
}

/** A document with one member replaced by what `change` makes of it, or without it. */
function withMember(
  value: unknown,
  [name = '', ...rest]: readonly string[],
  change: (old: unknown) => unknown,
): unknown {
  const copy: Record<string, unknown> = { ...Object(value) };
  const made = rest.length === 0 ? change(copy[name]) : withMember(copy[name], rest, change);
  if (made === undefined) delete copy[name];
  else copy[name] = made;
  return Array.isArray(value) ? Object.values(copy) : copy;
}

/** What somebody might write instead: other numbers, other times, the words of success, nothing. */
function replaced(old: unknown, by: number): unknown {
  if (by % 9 === 0) return undefined;
  if (typeof old === 'number') return [0, old * 2, old * 10, Math.round(old / 2), -old, 1e9][by % 6];
  if (typeof old === 'string' && !Number.isNaN(Date.parse(old)) && old.endsWith('Z')) {
    const seconds = [-7_200, -600, -120, -30, -5, 5, 30, 120, 600, 7_200][by % 10] ?? 0;
    return new Date(Date.parse(old) + seconds * 1_000).toISOString();
  }
  if (typeof old === 'string') return ['PASS', 'SUCCEEDED', 'done', '', '1'][by % 5];
  return null;
}

test('property: nobody who rewrites one item, its digest with it, turns a blocked burst into a pass', () => {
  const half = (admitted: number) =>
    [0, 1].map((lane) => ({ lane, frontier: String(admitted / 2), epoch: '1' }));
  const blocked = [
    burstEvidence({ closed: { admitted: 0, duplicates: 10_002 } }),
    burstEvidence({ closed: { duplicates: 277 } }),
    burstEvidence({ closed: { admitted: 21_000, checkpoints: half(21_000) } }),
    burstEvidence({ seconds: 800 }),
    burstEvidence({ seconds: 895 }),
    burstEvidence({ seconds: 5_500, closed: { admitted: 130_000, checkpoints: half(130_000) } }),
    burstEvidence({ laneExit: 65 }),
    burstEvidence({ lane: { unresolved: 3 } }),
    burstEvidence({ lane: { longest_stall_ms: 70_000 } }),
    burstEvidence(tooLate(10_585, { killedAfter: 970 })),
    burstEvidence({ relaunched: 0, first: { stop_reason: 'checkpoint-lost', longest_stall_ms: 300_000 } }),
    burstEvidence({ plan: { rate: { multiplier: 2, baseline_admits_per_minute: 418.66295264623955 } } }),
  ];
  for (const items of blocked) assert.equal(adjudicate(items).overall_pass, false);
  fc.assert(
    fc.property(fc.constantFrom(...blocked), fc.nat(), fc.nat(), fc.nat(), (items, which, where, by) => {
      const item = items[which % items.length] ?? assert.fail();
      const document: unknown = JSON.parse(new TextDecoder().decode(item.content));
      const paths = pathsIn(document);
      const path = paths[where % paths.length] ?? [];
      const forged = withMember(document, path, (old) => replaced(old, by));
      const content = canonicalBytes(JSON.parse(JSON.stringify(forged)));
      const changed = items.map((one) =>
        one === item ? { ...one, content, sha256: sha256Of(content) } : one,
      );
      assert.equal(adjudicate(changed).overall_pass, false, `${item.path} ${path.join('.')}`);
    }),
    { numRuns: 200 },
  );
});

test('the snapshot has the fields that the first certification had', () => {
  const snapshot = parseCanonicalJson(snapshotBytes(adjudicate(burstEvidence())), 'snapshot');
  for (const field of 'phase phase_id platform_run_id m10_execution_id source_snapshot_refs burst_target baseline_extract burst_execution_window evidence_refs burst_load_checks semantic_drift_checks lag_checkpoint_checks run_scope_coherence_checks runtime_budget blockers overall_pass'.split(
    ' ',
  )) {
    assert.ok(Object.hasOwn(Object(snapshot), field), field);
  }
});
