import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pauseAfter, withPatience } from '../../../../lib/evidence/stores/s3/patience.ts';
import { limitTime } from '../../../../lib/evidence/stores/s3/time-limit.ts';

const patience = { attempts: 5, baseMillis: 1, capMillis: 2 };

test('a pause is never longer than the cap, nor than the doubled one before it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, draw) => {
        const pause = pauseAfter(attempt, { attempts: 60, baseMillis: 100, capMillis: 5_000 }, draw);
        assert.ok(pause >= 0 && pause <= Math.min(5_000, 100 * 2 ** (attempt - 1)));
      },
    ),
  );
});

test('a request is made as often as there is patience, and no oftener than it is worth', async () => {
  for (const [worth, expected] of [
    [true, 5],
    [false, 1],
  ] as const) {
    let made = 0;
    const request = async () => {
      made += 1;
      throw new Error(`attempt ${made}`);
    };
    await assert.rejects(
      withPatience(patience, undefined, () => worth, request),
      new RegExp(`attempt ${expected}`),
    );
  }
});

test('an abort ends the rest between two attempts', async () => {
  const reason = new Error('interrupted');
  const abort = new AbortController();
  const attempt = withPatience(
    { attempts: 2, baseMillis: 3_600_000, capMillis: 3_600_000 },
    abort.signal,
    () => true,
    async () => {
      setTimeout(() => abort.abort(reason), 20);
      throw new Error('again');
    },
  );
  await assert.rejects(attempt, reason);
});

test('a request is bounded by its size, however often a piece of it arrives', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  using limit = limitTime(undefined, 0);
  t.mock.timers.tick(29_000);
  limit.renew(256 * 1024 * 10);
  t.mock.timers.tick(39_000);
  assert.equal(limit.signal.aborted, false, '30 s, and 10 s for its size');
  t.mock.timers.tick(1_000);
  assert.equal(limit.signal.aborted, true);
});
