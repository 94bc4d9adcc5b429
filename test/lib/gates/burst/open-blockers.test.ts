import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateSpecDigest } from '../../../../lib/gates/burst/gate-spec.ts';
import { openBlockers } from '../../../../lib/gates/burst/open-blockers.ts';
import { adjudicateBurst, type BurstSnapshot } from '../../../../lib/gates/burst/snapshot.ts';
import { executionIdSchema } from '../../../../lib/vocabulary/identifiers.ts';
import { type BurstWish, burstEvidence, burstSubject } from '../../../support/burst-evidence.ts';
import { sampleGate } from '../../../support/sample-burst.ts';

const accepted = new Set<string>([gateSpecDigest(sampleGate())]);

function attempt(time: string, wish: BurstWish = {}): BurstSnapshot {
  const subject = { ...burstSubject, executionId: executionIdSchema.parse(`m10_20260221T${time}Z`) };
  return adjudicateBurst(subject, burstEvidence({ ...wish, subject }), sampleGate());
}
const failed = attempt('020923', { seconds: 1_366.095, closed: { admitted: 0, duplicates: 10_002 } });
const passed = attempt('060601');
const open = (...history: BurstSnapshot[]) => openBlockers(history, 'M10.F', accepted).map(({ id }) => id);

test('a later attempt clears what it judged and did not find; the failed one stays in the history', () => {
  assert.deepEqual(open(failed), ['M10F-B1']);
  assert.deepEqual(open(failed, passed), []);
  assert.deepEqual(open(passed, failed), [], 'time decides, not the order of telling');
});

test('an earlier attempt clears nothing', () => {
  const late = attempt('090000', { seconds: 1_366.095, closed: { admitted: 0, duplicates: 10_002 } });
  assert.deepEqual(open(passed, late), ['M10F-B1']);
});

test('two attempts of one second: neither is later', () => {
  const twin = attempt('060601', { closed: { admitted: 0, duplicates: 10_002 } });
  assert.deepEqual(open(twin, passed), ['M10F-B1']);
  assert.deepEqual(open(passed, twin), ['M10F-B1']);
});

test('a rehearsal neither opens nor clears', () => {
  const rehearsal = attempt('070000', { plan: { certifying: false } });
  assert.equal(rehearsal.overall_pass, true);
  assert.deepEqual(open(failed, rehearsal), ['M10F-B1']);
  const poor = attempt('080000', { plan: { certifying: false }, closed: { admitted: 1 } });
  assert.deepEqual(open(poor), []);
});

test('an attempt that lacks the evidence does not clear what it could not judge', () => {
  const { m10_execution_id, platform_run_id } = attempt('100000');
  const subject = {
    environment: burstSubject.environment,
    executionId: m10_execution_id,
    runId: platform_run_id,
  };
  const without = burstEvidence({ subject }).filter(({ path }) => !path.startsWith('launches/Close/'));
  const blind = adjudicateBurst(subject, without, sampleGate());
  assert.ok(blind.undetermined.includes('M10F-B1'));
  const left = open(failed, blind);
  assert.ok(left.includes('M10F-B1') && left.includes('M10F-B5'), left.join());
});

test('evidence made by hand clears nothing', () => {
  const { m10_execution_id, platform_run_id } = attempt('110000');
  const subject = {
    environment: burstSubject.environment,
    executionId: m10_execution_id,
    runId: platform_run_id,
  };
  const items = burstEvidence({ subject }).map((item) =>
    item.path === 'intent.json' ? { ...item, origin: 'manual' as const } : item,
  );
  assert.ok(open(failed, adjudicateBurst(subject, items, sampleGate())).includes('M10F-B1'));
});

test('a gate that nobody reviewed is not heard, however well it says of itself', () => {
  const lax = attempt('120000', { gate: { multiplier_minimum: 0.1, admit_ratio_minimum: 0.01 } });
  assert.deepEqual(open(failed, lax), ['M10F-B1']);
  assert.deepEqual(openBlockers([failed, passed], 'M10.G', accepted), []);
});
