import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runMeasuresSchema } from '../../lib/gates/closure/run-measures.ts';
import { scoreClosure } from '../../lib/gates/closure/score-closure.ts';
import { closureGates, readBaseline } from '../../lib/operator/closure-gates.ts';
import { readRunMeasures } from '../../lib/segment-5a/frame/run-measures.ts';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

let environment: TestEnvironment;
let folder: string;
let run: string;
/** The same run once more, under an id of its own: the one of the two that took longer in S5 is the authority. */
let authority: string;
let candidate: string;
before(async () => {
  environment = await createTestEnvironment();
  folder = await mkdtemp(join(tmpdir(), 'score-'));
  const made = await environment.fraudctl(
    ...[
      '--json',
      'segment',
      'run',
      '--scale',
      '12',
      '--seed',
      '5',
      '--partitions',
      '2',
      '--runs-root',
      folder,
    ],
  );
  assert.equal(made.exitCode, 0, made.stderr);
  run = JSON.parse(made.stdout).segment.segment_run_id;
  const stage = ['segment', 'stage', '--from', run, '--rerun', 'S5', '--runs-root', folder];
  const staged = await environment.fraudctl('--json', ...stage);
  assert.equal(staged.exitCode, 0, staged.stderr);
  const twin: string = JSON.parse(staged.stdout).segment_run_id;
  const world = ['--world', join(folder, 'worlds', '12-5'), '--runs-root', folder];
  const again = await environment.fraudctl('--json', 'segment', 'run', ...world, '--segment-run', twin);
  assert.equal(again.exitCode, 0, again.stderr);
  const seconds = async (id: string) =>
    (await readRunMeasures(folder, segmentRunIdSchema.parse(id), new AbortController().signal)).states.S5
      ?.seconds ?? 0;
  [authority, candidate] = (await seconds(run)) < (await seconds(twin)) ? [twin, run] : [run, twin];
});
after(async () => {
  await environment.close();
  await rm(folder, { recursive: true, force: true });
});

const score = (...parameters: string[]) =>
  environment.fraudctl('score', ...parameters, '--runs-root', folder);

test('the measures of a run are those of all its parts', async () => {
  const measures = await readRunMeasures(folder, segmentRunIdSchema.parse(run), new AbortController().signal);
  assert.deepEqual(Object.keys(measures.states), ['S0', 'S1', 'S2', 'S3', 'S4', 'S5']);
  assert.ok(
    Object.values(measures.states).every(({ status, lanes }) => status === 'PASS' && lanes.length > 0),
  );
  const { S4 } = measures.states;
  assert.equal(S4?.counts.scenario_rows, S4?.counts.overlay_rows);
  assert.equal(Object.keys(measures.content).length, 5);
  assert.notEqual(measures.bundle_digest_sha256, null);
});

test('states, lanes and closure are told, and kept under the names that closures have', async () => {
  const out = join(folder, 'scores');
  const states = await score('baseline', run, '--out', out);
  assert.equal(states.exitCode, 0, states.stderr);
  assert.match(states.stdout, /S4 +[\d.]+ s +[\d.]+ % +13 s +18 s +GREEN/);
  const lanes = await score('lanes', run, '--state', 'S4', '--out', out);
  assert.match(lanes.stdout, /overlay_compute +[\d.]+ s +[\d.]+ %/);
  const same = await score(
    ...['closure', '--gate', 'segment-5a-s5', '--candidate', candidate, '--baseline', authority],
    ...['--out', out],
  );
  assert.equal(same.exitCode, 0, same.stdout);
  assert.match(same.stdout, /UNLOCK_SEGMENT_5A_S5/);
  assert.deepEqual((await readdir(out)).sort(), [
    `segment5a_popt0_baseline_${run}.json`,
    `segment5a_popt0_baseline_${run}.md`,
    `segment5a_popt2_lane_timing_${run}.json`,
    `segment5a_popt2_lane_timing_${run}.md`,
    `segment5a_s5_closure_${candidate}.json`,
    `segment5a_s5_closure_${candidate}.md`,
  ]);
  const kept = JSON.parse(await readFile(join(out, `segment5a_s5_closure_${candidate}.json`), 'utf8'));
  assert.equal(kept.decision, 'UNLOCK_SEGMENT_5A_S5');
});

test('a folder that cannot be made is refused before anything is scored, and what stands in the way is told', async () => {
  const file = join(folder, 'no-folder');
  await writeFile(file, '');
  const unusable = await score('baseline', run, '--out', join(file, 'scores'));
  assert.equal(unusable.exitCode, 64, unusable.stderr);
  assert.match(unusable.stderr, /error OUT_UNUSABLE: /);
  const out = join(folder, 'taken');
  await mkdir(join(out, `segment5a_popt0_baseline_${run}.json`), { recursive: true });
  const taken = await score('baseline', run, '--out', out);
  assert.equal(taken.exitCode, 75, taken.stderr);
  assert.match(taken.stderr, /error OUT_NOT_WRITTEN: /);
});

test('another world than that of the authority holds, however fast', async () => {
  const held = await score('closure', '--gate', 'segment-5a-s4', '--candidate', run);
  assert.equal(held.exitCode, 65, held.stdout);
  assert.match(held.stdout, /HOLD_SEGMENT_5A_S4_REOPEN/);
  assert.match(held.stdout, /WORLD +NOT CLEAR/);
});

test('our own gates hold a run that is twice as slow as their authority, and unlock one that is not slower', async () => {
  for (const name of ['segment-5a-s4', 'segment-5a-s5']) {
    const gate = (await closureGates()).get(name);
    assert.ok(gate);
    const { measures: authority } = await readBaseline(gate.authority);
    const own = authority.states[gate.state];
    assert.ok(own);
    const twice = runMeasuresSchema.parse({
      ...authority,
      states: { ...authority.states, [gate.state]: { ...own, seconds: own.seconds * 2 } },
    });
    assert.equal(scoreClosure(gate, authority, twice).decision, gate.hold);
    assert.equal(scoreClosure(gate, authority, authority).decision, gate.unlock);
    // The bounds by themselves would find it as well.
    assert.ok(
      own.seconds * 2 > gate.runtime.absolute_seconds,
      `${own.seconds} s of ${gate.runtime.absolute_seconds}`,
    );
  }
});

const refusals: readonly (readonly [parameters: readonly string[], exit: number, code: string])[] = [
  [['closure', '--gate', 'nobody', '--candidate', '0'.repeat(32)], 64, 'GATE_UNKNOWN'],
  [['closure', '--gate', 'popt2', '--candidate', '0'.repeat(32)], 64, 'RUN_NOT_FOUND'],
  [['baseline', 'no-run'], 64, 'IDENTIFIER_MALFORMED'],
  [['lanes', '0'.repeat(32), '--state', 'S9'], 64, 'STATE_UNKNOWN'],
];
for (const [parameters, exit, code] of refusals) {
  test(`refused: score ${parameters.join(' ')}`, async () => {
    const found = await score(...parameters);
    assert.match(found.stderr, new RegExp(`error ${code}`));
    assert.equal(found.exitCode, exit);
  });
}

test('authority, candidate and witnesses are runs of their own', async () => {
  const closure = ['closure', '--gate', 'segment-5a-s5', '--baseline', authority];
  for (const named of [
    ['--candidate', authority],
    ['--candidate', candidate, '--witness', authority],
    ['--candidate', candidate, '--witness', candidate],
  ]) {
    const refused = await score(...closure, ...named);
    assert.equal(refused.exitCode, 64, refused.stdout);
    assert.match(refused.stderr, /RUN_NAMED_TWICE/);
  }
});

test('noise is two runs of their own; a state without markers has no shares', async () => {
  const closure = ['closure', '--gate', 'segment-5a-s5', '--candidate', candidate, '--baseline', authority];
  const noise = await score(...closure, '--noise', run);
  assert.equal(noise.exitCode, 64);
  assert.match(noise.stderr, /NOISE_INVALID/);
  const both = await score(...closure, '--noise', `${authority},${candidate}`);
  assert.equal(both.exitCode, 70, both.stdout);
  assert.match(both.stdout, /INDETERMINATE[\s\S]+for the noise is judged itself/);
  const reports = join(folder, run, 'reports/layer2/5A/state=S3');
  await rm(reports, { recursive: true });
  const lanes = await score('lanes', run, '--state', 'S3');
  assert.equal(lanes.exitCode, 65);
  assert.match(lanes.stderr, /MARKERS_MISSING/);
});

test('a baseline is recorded once, from a run that passed, under a lawful name', async () => {
  const set = (name: string, id = run) =>
    environment.fraudctl('baseline', 'set', name, '--run', id, '--runs-root', folder);
  const bad = await set('Bad Name');
  assert.equal(bad.exitCode, 64);
  assert.match(bad.stderr, /BASELINE_INVALID/);
  // A clean candidate has no judgement of its own until S5 has run.
  const stage = ['segment', 'stage', '--from', run, '--rerun', 'S5', '--runs-root', folder];
  const staged = await environment.fraudctl('--json', ...stage);
  assert.equal(staged.exitCode, 0, staged.stderr);
  const unproven = await set('unproven', JSON.parse(staged.stdout).segment_run_id);
  assert.equal(unproven.exitCode, 65, unproven.stderr);
  assert.match(unproven.stderr, /BASELINE_UNPROVEN/);
  const taken = await set('seed-popt0');
  assert.equal(taken.exitCode, 73, taken.stderr);
  assert.match(taken.stderr, /BASELINE_EXISTS/);
});

test('a recorded score is a verdict of its phase; one against a run of one’s choice is not recorded', async () => {
  const closure = ['closure', '--gate', 'segment-5a-s5', '--candidate', candidate, '--record'];
  const chosen = await score(...closure, '--baseline', authority);
  assert.equal(chosen.exitCode, 64);
  assert.match(chosen.stderr, /SCORE_NOT_RECORDABLE/);
  const held = await score(...closure);
  assert.equal(held.exitCode, 65, held.stderr);
  assert.match(held.stdout, /HOLD_SEGMENT_5A_S5_REOPEN[\s\S]+recorded +evidence\/local\/phases\/POPT\.5\//);
  const phase = await environment.fraudctl('phase', 'show', 'POPT.5');
  assert.equal(phase.exitCode, 65);
  assert.match(phase.stdout, /BLOCKED {2}POPT\.5[\s\S]+HOLD_SEGMENT_5A_S5_REOPEN on/);
  const early = await score('closure', '--gate', 'popt3', '--candidate', run, '--record');
  assert.equal(early.exitCode, 78);
  assert.match(early.stderr, /POPT\.3 depends on POPT\.2/);
});
