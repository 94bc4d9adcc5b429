import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classifyAnswer, retryDelay } from '../../../tasks/burst/classify-answer.ts';

const answer = (decisions: readonly object[]) =>
  JSON.stringify({ schema: 'fraud-platform/gate-answer/v1', decisions });
const refusal = JSON.stringify({
  schema: 'fraud-platform/gate-refusal/v1',
  code: 'BUSY',
  message: 'come back',
});

test('a 200 with a decision for each event decides', () => {
  const body = answer([
    { event_id: 'a', decision: 'ADMIT' },
    { event_id: null, decision: 'QUARANTINE', reason: 'NOT_AN_OBJECT' },
  ]);
  assert.deepEqual(classifyAnswer(200, undefined, body, 2), {
    kind: 'decided',
    decisions: [{ decision: 'ADMIT' }, { decision: 'QUARANTINE', reason: 'NOT_AN_OBJECT' }],
  });
});

const cases: readonly (readonly [number, string | undefined, string, string, string])[] = [
  [200, undefined, answer([]), 'refused', 'ANSWER_OF_OTHER_LENGTH'],
  [200, undefined, answer([{ event_id: 'a', decision: 'MAYBE' }]), 'refused', 'ANSWER_MALFORMED'],
  [200, undefined, 'ok', 'refused', 'ANSWER_MALFORMED'],
  [204, undefined, '', 'refused', 'HTTP_204'],
  [301, undefined, '', 'refused', 'HTTP_301'],
  [400, undefined, refusal, 'refused', 'BUSY'],
  [401, undefined, '', 'refused', 'HTTP_401'],
  [403, undefined, '', 'refused', 'HTTP_403'],
  [404, undefined, '', 'refused', 'HTTP_404'],
  [408, undefined, '', 'again', 'HTTP_408'],
  [409, undefined, '', 'refused', 'HTTP_409'],
  [413, undefined, '', 'refused', 'HTTP_413'],
  [429, '2', refusal, 'again', 'BUSY'],
  [500, undefined, '<html>', 'again', 'HTTP_500'],
  [502, undefined, '', 'again', 'HTTP_502'],
  [503, '1', refusal, 'again', 'BUSY'],
];
for (const [status, retryAfter, body, kind, why] of cases) {
  test(`${status} ${body.slice(0, 40)} is ${kind}: ${why}`, () => {
    const attempt = classifyAnswer(status, retryAfter, body, 1);
    assert.equal(attempt.kind, kind);
    assert.equal('why' in attempt ? attempt.why : '', why);
    if (attempt.kind === 'again') {
      assert.equal(attempt.afterMillis, retryAfter === undefined ? undefined : Number(retryAfter) * 1_000);
    }
  });
}

test('a Retry-After that is no number of seconds is none', () => {
  for (const text of ['soon', '-1', '1.5', '99999', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
    const attempt = classifyAnswer(429, text, '', 1);
    assert.deepEqual(attempt, { kind: 'again', why: 'HTTP_429', afterMillis: undefined });
  }
});

test('delays grow to two seconds with full jitter and never undercut what the gate asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, after, random) => {
        const delay = retryDelay(attempt, after, random);
        assert.ok(delay >= (after ?? 0));
        assert.ok(delay <= (after ?? 0) + 2_000);
      },
    ),
  );
  assert.ok(retryDelay(1, undefined, 0.999) < retryDelay(5, undefined, 0.999));
});
