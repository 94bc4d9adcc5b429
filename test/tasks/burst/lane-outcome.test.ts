import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneResult } from '../../../lib/burst/lane-result.ts';
import type { Failure } from '../../../lib/vocabulary/failure.ts';
import { outcomeOf } from '../../../tasks/burst/run-lane.ts';
import { burstEvidence } from '../../support/burst-evidence.ts';

const evidence = burstEvidence().find(({ path }) => path === 'launches/Lane/0/result.json');
const whole: LaneResult = JSON.parse(new TextDecoder().decode(evidence?.content)).output;
const end = (status?: number) =>
  status === undefined ? ({} as never) : ({ refusal: { status, why: 'NO_SUCH_KEY' } } as never);

test('a lane that stopped by its plan with every event decided has done its work', () => {
  for (const stop_reason of ['duration', 'max-events', 'source-exhausted'] as const) {
    const outcome = outcomeOf({ ...whole, stop_reason } as LaneResult, end(), undefined);
    assert.equal(outcome.failure, undefined);
    assert.equal(Object(outcome.output).acknowledged, whole.acknowledged);
  }
});

test('events of which nobody knows what became make it fail, and are counted', () => {
  const { failure, output } = outcomeOf({ ...whole, unresolved: 3 }, end(), undefined);
  assert.deepEqual([failure?.code, failure?.exit, failure?.value], ['EVENTS_UNRESOLVED', 'data', '3']);
  assert.equal(Object(output).unresolved, 3, 'what it knows is kept');
});

test('a gate that refuses ends it: not permitted for a key, else data', () => {
  for (const [status, exit] of [
    [401, 'not-permitted'],
    [403, 'not-permitted'],
    [400, 'data'],
    [413, 'data'],
  ] as const) {
    const { failure } = outcomeOf({ ...whole, stop_reason: 'gate-refused' }, end(status), undefined);
    assert.deepEqual([failure?.code, failure?.exit, failure?.value], ['GATE_REFUSED', exit, String(status)]);
    assert.match(failure?.message ?? '', /NO_SUCH_KEY/);
  }
});

test('a checkpoint that was lost counts before everything else; a deadline and a stop are no failures', () => {
  const lost: Failure = { exit: 'data', code: 'PRODUCER_SUPERSEDED', message: 'x', remedy: 'y' };
  assert.equal(outcomeOf({ ...whole, unresolved: 3 }, end(), lost).failure, lost);
  for (const stop_reason of ['deadline', 'stop-requested'] as const) {
    const outcome = outcomeOf({ ...whole, stop_reason, unresolved: 3 }, end(), undefined);
    assert.deepEqual([outcome.failure, outcome.endedBy], [undefined, stop_reason]);
  }
});
