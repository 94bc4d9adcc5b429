import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCanonicalJson } from '../../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../../lib/evidence/format/digest.ts';
import type { EvidenceItem } from '../../../../lib/gates/burst/read-figures.ts';
import { adjudicateBurst, snapshotBytes } from '../../../../lib/gates/burst/snapshot.ts';
import { publicationBlocker } from '../../../../lib/operator/adjudicate-execution.ts';
import {
  type BurstWish,
  burstEvidence,
  burstSubject,
  relaunchedTooLate,
} from '../../../support/burst-evidence.ts';
import { sampleGate } from '../../../support/sample-burst.ts';

const adjudicate = (items: readonly EvidenceItem[]) => adjudicateBurst(burstSubject, items, sampleGate());

test('the burst that closed the phase passes, and says by what', () => {
  const snapshot = adjudicate(burstEvidence());
  assert.deepEqual(snapshot.blockers, []);
  assert.equal(snapshot.overall_pass, true);
  assert.equal(snapshot.certifying, true);
  assert.equal(snapshot.burst_execution_window.task_life?.seconds, 1_035.812);
  assert.equal(snapshot.burst_execution_window.load?.seconds, 1_000.812);
  assert.match(String(snapshot.burst_load_checks.multiplier), /^3\.12773178508/);
  assert.equal(snapshot.runtime_budget.elapsed_seconds, 1_035.812);
});

test('a lane that was launched again is judged by its last launch, whichever lane it is', () => {
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

test('nobody knows when the load began whose first launch was killed without a word', () => {
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

test('over its task life the same burst is judged, and is too slow', () => {
  const snapshot = adjudicate(burstEvidence(half));
  assert.equal(snapshot.burst_load_checks.multiplier?.toFixed(2), '1.66');
  assert.deepEqual(
    snapshot.blockers.map(({ id }) => id),
    ['M10F-B1'],
  );
});

test('a launch that found no gate has sent nothing, and leaves the load known', () => {
  const snapshot = adjudicateByLoad({ relaunched: 0 });
  assert.equal(snapshot.overall_pass, true, JSON.stringify(snapshot.blockers));
});

test('what a lane that was killed had under way, and nobody sent again, is B6', () => {
  const { blockers, run_scope_coherence_checks, overall_pass } = adjudicate(
    burstEvidence(relaunchedTooLate(10_585, { killedAfter: 970 })),
  );
  assert.deepEqual(
    blockers.map(({ id, reasons }) => [id, reasons]),
    [['M10F-B6', ['the lanes answer for 21888 admissions, and the database has 22606']]],
  );
  assert.deepEqual([run_scope_coherence_checks.coherence_pass, overall_pass], [false, false]);
});

test('a lane that was killed and sent again what it had under way passes', () => {
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

test('events that an earlier launch left unresolved stay so until a later one comes beyond them', () => {
  const wish = { relaunched: 0, first: unheard(11_283), closed: { admitted: 22_566 } };
  const late = adjudicate(burstEvidence(relaunchedTooLate(11_283, wish, 11_283)));
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

test('a stall counts whichever launch of the lane it was in', () => {
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

test('the snapshot has the fields that the first certification had', () => {
  const snapshot = parseCanonicalJson(snapshotBytes(adjudicate(burstEvidence())), 'snapshot');
  for (const field of 'phase phase_id platform_run_id m10_execution_id source_snapshot_refs burst_target baseline_extract burst_execution_window evidence_refs burst_load_checks semantic_drift_checks lag_checkpoint_checks run_scope_coherence_checks runtime_budget blockers overall_pass'.split(
    ' ',
  )) {
    assert.ok(Object.hasOwn(Object(snapshot), field), field);
  }
});
