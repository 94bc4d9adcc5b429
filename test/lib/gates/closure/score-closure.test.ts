import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { closureGateSchema } from '../../../../lib/gates/closure/closure-gate.ts';
import { type RunMeasures, runMeasuresSchema } from '../../../../lib/gates/closure/run-measures.ts';
import { scoreClosure } from '../../../../lib/gates/closure/score-closure.ts';
import {
  closureMarkdown,
  lanesMarkdown,
  scoreFileName,
} from '../../../../lib/gates/closure/score-documents.ts';
import { scoreBaseline, scoreLanes, stateBudgetsSchema } from '../../../../lib/gates/closure/score-run.ts';
import { stateBudgets, usualBudgets } from '../../../../lib/operator/closure-gates.ts';
import { loadYaml } from '../../../../lib/operator/load-yaml.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';

const config = (path: string) => fileURLToPath(new URL(`../../../../config/gates/${path}`, import.meta.url));
const gate = (name: string) => loadYaml(config(`seed/${name}.yaml`), closureGateSchema);
const baseline = async (name: string): Promise<RunMeasures> =>
  runMeasuresSchema.parse(JSON.parse(await readFile(config(`baselines/${name}.json`), 'utf8')));
const [popt1, popt2, popt3] = await Promise.all([gate('popt1'), gate('popt2'), gate('popt3')]);
const [base, ce57, f720] = await Promise.all([
  baseline('seed-popt0'),
  baseline('seed-popt1'),
  baseline('seed-popt2'),
]);

type State = RunMeasures['states'][string];
/** A run like the authority, with another time for one state, and other changes to it. */
function like(
  authority: RunMeasures,
  state: string,
  seconds: number,
  change: Partial<State> = {},
): RunMeasures {
  const own = authority.states[state];
  assert.ok(own);
  return {
    ...authority,
    segment_run_id: 'acd599a344e146a99f72a541834af1e0',
    bundle_digest_sha256: 'd'.repeat(64),
    states: { ...authority.states, [state]: { ...own, seconds, ...change } },
  };
}
const percent = (fraction: number | null) => ((fraction ?? Number.NaN) * 100).toFixed(2);

test('the seed, POPT.1: S3 488.250 to 28.907 s unlocks', () => {
  const { decision, runtime } = scoreClosure(popt1, base, like(base, 'S3', 28.907));
  assert.deepEqual([decision, percent(runtime.improvement_fraction)], ['UNLOCK_POPT2', '94.08']);
});

test('the seed, POPT.2: S4 456.687 to 54.875 s unlocks POPT3 by 87.98 %', () => {
  const { decision, runtime } = scoreClosure(popt2, ce57, f720);
  assert.deepEqual([decision, percent(runtime.improvement_fraction)], ['UNLOCK_POPT3', '87.98']);
});

test('the seed, POPT.3: S5 243.187 to 208.937 s is 14.08 % and holds; 32.235 s unlocks POPT4', () => {
  const held = scoreClosure(popt3, f720, like(f720, 'S5', 208.937));
  assert.deepEqual(
    [held.decision, percent(held.runtime.improvement_fraction)],
    ['HOLD_POPT3_REOPEN', '14.08'],
  );
  assert.match(held.reasons.join(), /208\.937 s is above 180 s, and 14\.08 % less.*of 20\.00 %/);
  assert.equal(scoreClosure(popt3, f720, like(f720, 'S5', 32.235)).decision, 'UNLOCK_POPT4');
});

test('the attempts before the best one hold as well; a fifth less than 243.187 s is enough', () => {
  for (const seconds of [221.969, 217.641, 194.55, 194.549]) {
    const expected = seconds < 194.5496 ? 'UNLOCK_POPT4' : 'HOLD_POPT3_REOPEN';
    assert.equal(scoreClosure(popt3, f720, like(f720, 'S5', seconds)).decision, expected);
  }
});

test('a run twice as slow as the authority holds, though it is under 360 s', () => {
  const { decision, reasons, runtime } = scoreClosure(popt2, f720, like(f720, 'S4', 109.75));
  assert.equal(decision, 'HOLD_POPT2_REOPEN');
  assert.equal(runtime.absolute_pass, true);
  assert.match(reasons.join(), /109\.75 s is slower than the 54\.875 s of the authority/);
});

const own = { ...popt3, equivalence: { ...popt3.equivalence, identity: true } };
const digests = { S4: 'a'.repeat(64), S5: 'b'.repeat(64) };
const ours: RunMeasures = {
  ...f720,
  parameter_hash: '1'.repeat(64),
  manifest_fingerprint: '2'.repeat(64),
  content: digests,
};
const fast = like(ours, 'S5', 30);

const vetoed: readonly (readonly [what: string, id: string, candidate: RunMeasures])[] = [
  ['another parameter_hash', 'PARAMETER_HASH', { ...fast, parameter_hash: '3'.repeat(64) }],
  ['an unknown parameter_hash', 'PARAMETER_HASH', { ...fast, parameter_hash: null }],
  ['another world', 'WORLD', { ...fast, manifest_fingerprint: '3'.repeat(64) }],
  ['other contents', 'CONTENT', { ...fast, content: { ...digests, S4: 'c'.repeat(64) } }],
  ['no contents', 'CONTENT', { ...fast, content: {} }],
  ['a state that failed', 'STATUS', like(ours, 'S5', 30, { status: 'FAIL' })],
  ['an error that was caught', 'ERRORS', like(ours, 'S5', 30, { error: 'S5_IO' })],
  [
    'a counter that changed',
    'COUNTER_S1_ROWS',
    like(ours, 'S5', 30, { counts: { ...f720.states.S5?.counts, s1_rows: 16_527 } }),
  ],
  ['a counter that is not there', 'COUNTER_S1_ROWS', like(ours, 'S5', 30, { counts: {} })],
  [
    'a counter that became 0',
    'COUNTER_S1_ROWS',
    like(ours, 'S5', 30, { counts: { ...f720.states.S5?.counts, s1_rows: 0 } }),
  ],
  ['a warning more', 'WARNINGS', like(ours, 'S5', 30, { warnings: { S4_FACTOR_BEYOND_RAIL: 1 } })],
  ['no bundle that passed', 'OUTPUTS', { ...fast, bundle_digest_sha256: null }],
];
for (const [what, id, candidate] of vetoed) {
  test(`a faster run is held: ${what}`, () => {
    const { decision, vetoes } = scoreClosure(own, ours, candidate);
    assert.equal(decision, 'HOLD_POPT3_REOPEN');
    assert.ok(
      vetoes.some((veto) => veto.id === id && !veto.clear),
      JSON.stringify(vetoes),
    );
  });
}

test('a faster run is held: downstream did not pass, or did not run', () => {
  const s5 = f720.states.S5;
  assert.ok(s5);
  const failed = { ...f720, states: { ...f720.states, S5: { ...s5, status: 'FAIL' as const } } };
  for (const candidate of [failed, { ...f720, states: { S4: f720.states.S4 as State } }]) {
    const { decision, vetoes } = scoreClosure(popt2, ce57, candidate);
    assert.equal(decision, 'HOLD_POPT2_REOPEN');
    assert.ok(vetoes.some(({ id, clear }) => id === 'DOWNSTREAM_S5' && !clear));
  }
});

test('a counter of 0 is a number: unchanged when it was 0 before', () => {
  const zero = (run: RunMeasures) =>
    like(run, 'S5', 30, { counts: { s1_rows: 0, s1_merchants: 0, s1_countries: 0, s1_tzids: 0 } });
  assert.equal(
    scoreClosure(
      popt3,
      {
        ...zero(f720),
        states: { ...zero(f720).states, S5: { ...(zero(f720).states.S5 as State), seconds: 243 } },
      },
      zero(f720),
    ).decision,
    'UNLOCK_POPT4',
  );
});

test('several witnesses: their median decides, and each must be the same run', () => {
  const witnesses = [like(f720, 'S5', 170), like(f720, 'S5', 300)];
  assert.equal(
    scoreClosure(popt3, f720, like(f720, 'S5', 100), { witnesses }).runtime.candidate_seconds,
    170,
  );
  const stranger = like(f720, 'S5', 100, { status: 'FAIL' });
  assert.equal(
    scoreClosure(popt3, f720, like(f720, 'S5', 100), { witnesses: [stranger] }).decision,
    'HOLD_POPT3_REOPEN',
  );
});

/** The same run under an id of its own. */
const again = (run: RunMeasures, id: string): RunMeasures => ({ ...run, segment_run_id: id.repeat(32) });

test('noise: what two runs of the same code differ by is no gain, and no loss', () => {
  const noise = [again(like(f720, 'S5', 200), '1'), again(like(f720, 'S5', 260), '2')] as const;
  const gain = scoreClosure(popt3, f720, like(f720, 'S5', 190), { noise });
  assert.equal(gain.decision, 'INDETERMINATE');
  assert.match(gain.reasons.join(), /within the noise of 60 s/);
  const slower = scoreClosure(
    { ...popt3, runtime: { absolute_seconds: 400, relative_reduction: 0.2 } },
    f720,
    like(f720, 'S5', 250),
    { noise },
  );
  assert.equal(slower.decision, 'UNLOCK_POPT4', 'slower by less than the noise');
});

test('noise is what two runs of one code on the authority’s world differ by, and nothing else', () => {
  const lenient = { ...own, runtime: { absolute_seconds: 400, relative_reduction: 0.2 } };
  // Slower than the authority by seven seconds: only noise of as much unlocks it.
  const candidate = like(ours, 'S5', 250);
  const [one, other] = [again(like(ours, 'S5', 200), '1'), again(like(ours, 'S5', 260), '2')];
  const score = (noise: readonly [RunMeasures, RunMeasures]) =>
    scoreClosure(lenient, ours, candidate, { witnesses: [again(candidate, '9')], noise });
  assert.equal(score([one, other]).decision, 'UNLOCK_POPT4');
  const counts = { ...f720.states.S5?.counts, s1_rows: 12 };
  const strangers: readonly (readonly [RegExp, readonly [RunMeasures, RunMeasures]])[] = [
    [/WORLD/, [{ ...one, manifest_fingerprint: '3'.repeat(64) }, other]],
    [/WORLD/, [one, { ...other, manifest_fingerprint: null }]],
    [/PARAMETER_HASH/, [{ ...one, parameter_hash: '3'.repeat(64) }, other]],
    [/CONTENT/, [one, { ...other, content: {} }]],
    [/COUNTER_S1_ROWS/, [again(like(ours, 'S5', 20, { counts }), '1'), other]],
    // Two runs of another world are alike, and say nothing of this one.
    [
      /COUNTER_S1_ROWS/,
      [again(like(ours, 'S5', 2, { counts }), '1'), again(like(ours, 'S5', 90, { counts }), '2')],
    ],
    [/STATUS/, [one, again(like(ours, 'S5', 260, { status: 'FAIL' }), '2')]],
    [/one run/, [one, { ...other, segment_run_id: one.segment_run_id }]],
    [/is judged itself/, [one, candidate]],
    [/is judged itself/, [again(other, '9'), one]],
  ];
  for (const [reason, noise] of strangers) {
    const { decision, reasons, runtime } = score(noise);
    assert.equal(decision, 'INDETERMINATE', String(reason));
    assert.match(reasons.join(), reason);
    assert.equal(runtime.noise_seconds, 0);
  }
  // The authority itself may be one of the two.
  assert.equal(score([{ ...ours, bundle_digest_sha256: 'd'.repeat(64) }, other]).decision, 'UNLOCK_POPT4');
});

test('what is not known is INDETERMINATE, or vetoed; never an unlock', () => {
  const nothing: RunMeasures = { ...f720, states: {} };
  assert.equal(scoreClosure(popt3, nothing, f720).decision, 'HOLD_POPT3_REOPEN');
  assert.equal(scoreClosure(popt3, f720, nothing).decision, 'HOLD_POPT3_REOPEN');
  assert.equal(scoreClosure(popt3, f720, like(f720, 'S5', Number.NaN)).decision, 'INDETERMINATE');
  const timeless = like(f720, 'S5', Number.NaN);
  assert.equal(scoreClosure(popt3, timeless, like(f720, 'S5', 30)).decision, 'INDETERMINATE');
});

test('property: whatever the times, an unlock means no veto, not slower, and one of the two gates', () => {
  const seconds = fc.double({ min: 0.001, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(seconds, seconds, fc.boolean(), (before, after, sound) => {
      const authority = like(f720, 'S5', before);
      const candidate = like(f720, 'S5', after, sound ? {} : { status: 'FAIL' });
      const { decision } = scoreClosure(popt3, authority, candidate);
      const lawful = sound && after <= before && (after <= 180 || (before - after) / before >= 0.2);
      assert.equal(decision === 'UNLOCK_POPT4', lawful);
    }),
  );
});

test('the state table of the seed: total, shares, budgets, hotspots, what comes next', async () => {
  const budgets = await loadYaml(config('seed/budgets.yaml'), stateBudgetsSchema);
  const score = scoreBaseline(base, budgets, 'seed');
  assert.equal(score.segment_seconds.toFixed(3), '1421.418');
  assert.deepEqual(
    score.states.map(({ state, budget }) => `${state} ${budget}`),
    ['S0 RED', 'S1 GREEN', 'S2 AMBER', 'S3 AMBER', 'S4 RED', 'S5 AMBER'],
  );
  assert.deepEqual(
    score.hotspots.map(({ state }) => state),
    ['S3', 'S4', 'S5'],
  );
  assert.equal(score.next_phase, 'POPT.1');
  assert.equal(scoreBaseline(like(base, 'S3', 1), { ...budgets, states: {} }, 'none').next_phase, null);
});

test('our own budgets can fail: what the authority took is GREEN, twice as much is RED', async () => {
  const budgets = await stateBudgets(usualBudgets);
  const authority = await baseline('segment-5a-full-42');
  const colours = (run: RunMeasures) => [
    ...new Set(scoreBaseline(run, budgets, usualBudgets).states.map(({ budget }) => budget)),
  ];
  assert.deepEqual(colours(authority), ['GREEN']);
  const twice = Object.entries(authority.states).map(([state, own]) => [
    state,
    { ...own, seconds: own.seconds * 2 },
  ]);
  assert.deepEqual(colours({ ...authority, states: Object.fromEntries(twice) }), ['RED']);
  await assert.rejects(stateBudgets('nobody'), (error) => {
    assert.ok(isPlatformError(error));
    assert.deepEqual([error.failure.code, error.failure.exit], ['BUDGETS_UNKNOWN', 'usage']);
    return true;
  });
});

test('the files of a score lie beside those of the first closures, under their names', () => {
  const { segment_run_id: f7 } = f720;
  assert.equal(scoreFileName.baseline(f7), 'segment5a_popt0_baseline_7f20e9d97dad4ff5ac639bbc41749fb0');
  assert.equal(scoreFileName.lanes(f7, 'S4'), 'segment5a_popt2_lane_timing_7f20e9d97dad4ff5ac639bbc41749fb0');
  assert.equal(
    scoreFileName.closure(f7, 'popt2'),
    'segment5a_popt2_closure_7f20e9d97dad4ff5ac639bbc41749fb0',
  );
  const acd = 'acd599a344e146a99f72a541834af1e0';
  assert.equal(scoreFileName.lanes(acd, 'S5'), `segment5a_popt3_lane_timing_${acd}`);
  assert.equal(scoreFileName.closure(acd, 'popt3'), `segment5a_popt3_closure_${acd}`);
  assert.equal(scoreFileName.closure(acd, 'segment-5a-s4'), `segment5a_s4_closure_${acd}`);
});

test('a score as Markdown says the decision, both times, every veto, and what is unknown', () => {
  const held = closureMarkdown(scoreClosure(popt3, f720, like(f720, 'S5', 208.937)));
  assert.match(held, /^# HOLD_POPT3_REOPEN\n/);
  assert.match(held, /\| authority \| 7f20e9d97dad4ff5ac639bbc41749fb0 \| 243\.187 \|/);
  assert.match(held, /14\.08 % less, of 20\.00 % wanted \(missed\); or at most 180 s \(missed\)/);
  assert.match(held, /\| OUTPUTS \| clear \|/);
  const vetoed = closureMarkdown(scoreClosure(own, ours, { ...fast, parameter_hash: null }));
  assert.match(vetoed, /\| PARAMETER_HASH \| \*\*not clear\*\* \| 1{64} and unknown \|/);
  const lanes = scoreLanes(f720, 'S4');
  assert.ok('lanes' in lanes);
  assert.match(lanesMarkdown(lanes), /\| overlay_compute \| 34\.110 \| 62\.16 % \|/);
  assert.match(lanesMarkdown(lanes), /no lane explains 0\.485 s/);
});

test('the lane table of the seed: 62.16 % overlay compute, and what no lane explains', () => {
  const score = scoreLanes(f720, 'S4');
  assert.ok('lanes' in score);
  const lane = score.lanes.find(({ lane: name }) => name === 'overlay_compute');
  assert.equal(((lane?.share ?? 0) * 100).toFixed(2), '62.16');
  assert.equal(score.unexplained_seconds.toFixed(3), '0.485');
});

test('no marker, no share: it is refused', () => {
  assert.match(JSON.stringify(scoreLanes(ce57, 'S4')), /no marker/);
  assert.match(JSON.stringify(scoreLanes(ce57, 'S0')), /has not run/);
});
