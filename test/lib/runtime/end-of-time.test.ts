import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { classifyEnd } from '../../../lib/runtime/classify-end.ts';
import { watchEndOfTime } from '../../../lib/runtime/end-of-time.ts';
import { PlatformError } from '../../../lib/vocabulary/failure.ts';
import { instantFromMillis } from '../../../lib/vocabulary/instant.ts';

const blocked = fileURLToPath(new URL('../../support/blocked-task.ts', import.meta.url));

test('a blocked event loop past deadline and grace is ended by the watchdog', async () => {
  const child = spawn(process.execPath, [blocked, '200', '100'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const begun = performance.now();
  const signal = await new Promise((resolve) => child.on('close', (_, ended) => resolve(ended)));
  const lived = performance.now() - begun;
  assert.equal(signal, 'SIGKILL');
  assert.match(said, /"event":"watchdog-kill"/);
  assert.ok(lived >= 1_300, 'it had its deadline, its grace and the margin');
  assert.ok(lived < 10_000, `it lived ${lived} ms`);
});

test('the deadline aborts, and the grace runs out, in that order', async () => {
  const now = Date.now();
  const end = watchEndOfTime(instantFromMillis(now + 60), now, 60);
  assert.equal(end.signal.aborted, false);
  assert.equal(await end.overrun, 'deadline');
  assert.equal(end.signal.reason, 'deadline');
  end.dispose();
});

test('a stop request comes before the deadline, and only the first reason counts', async () => {
  const now = Date.now();
  const end = watchEndOfTime(instantFromMillis(now + 50), now, 5_000);
  end.stop('stop-requested');
  await delay(80);
  assert.equal(end.signal.reason, 'stop-requested');
  end.dispose();
});

test('a wall clock that jumps does not move the deadline', async (t) => {
  const now = Date.now();
  const end = watchEndOfTime(instantFromMillis(now + 80), now, 1_000);
  t.mock.method(Date, 'now', () => now - 3_600_000);
  await delay(160);
  assert.equal(end.signal.aborted, true);
  end.dispose();
});

const returned = { kind: 'returned', outcome: { output: {} } } as const;
const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
const ownFailure = new PlatformError({
  exit: 'data',
  code: 'BAD_ROW',
  message: 'a bad row',
  remedy: 'Mend the row.',
});
const cases = [
  ['returns', returned, undefined, 'done', 0],
  ['returns after its deadline, as planned', returned, 'deadline', 'done', 0],
  ['is aborted by its deadline', { kind: 'threw', error: abort }, 'deadline', 'deadline', 124],
  ['is aborted by a request', { kind: 'threw', error: abort }, 'stop-requested', 'stopped', 143],
  ['rethrows the reason', { kind: 'threw', error: 'deadline' }, 'deadline', 'deadline', 124],
  ['fails on its own during a stop', { kind: 'threw', error: ownFailure }, 'stop-requested', 'failed', 65],
  ['fails on its own', { kind: 'threw', error: ownFailure }, undefined, 'failed', 65],
  ['throws what is not ours', { kind: 'threw', error: new TypeError('x') }, undefined, 'failed', 70],
  ['aborts something of its own', { kind: 'threw', error: abort }, undefined, 'failed', 70],
  ['ignores its deadline', { kind: 'overran', reason: 'deadline' }, 'deadline', 'deadline', 124],
  ['ignores a request', { kind: 'overran', reason: 'stop-requested' }, 'stop-requested', 'stopped', 143],
  [
    'says what it did before a request ended it',
    { kind: 'returned', outcome: { output: { sent: 7 }, endedBy: 'stop-requested' } },
    'stop-requested',
    'stopped',
    143,
  ],
  [
    'says what it did before its deadline ended it',
    { kind: 'returned', outcome: { output: { sent: 7 }, endedBy: 'deadline' } },
    'deadline',
    'deadline',
    124,
  ],
  [
    'says what it did before it failed',
    { kind: 'returned', outcome: { output: { sent: 7 }, failure: ownFailure.failure } },
    undefined,
    'failed',
    65,
  ],
] as const;

test('what a program says of itself is kept however it ended', () => {
  const output = { sent: 7 };
  for (const outcome of [
    { output },
    { output, endedBy: 'deadline' },
    { output, failure: ownFailure.failure },
  ] as const) {
    assert.deepEqual(classifyEnd({ kind: 'returned', outcome }, undefined).output, output);
  }
});

test('a result can be written whatever a failure quotes', () => {
  const failure = { ...ownFailure.failure, message: 'half \ud83d', where: '\udca5', value: 'cut \ud83d' };
  for (const end of [
    { kind: 'threw', error: new PlatformError(failure) },
    { kind: 'threw', error: new TypeError('half \ud83d') },
    { kind: 'returned', outcome: { output: {}, failure } },
  ] as const) {
    const classified = classifyEnd(end, undefined);
    assert.ok(classified.failure !== null);
    assert.doesNotThrow(() => canonicalBytes({ ...classified.failure }));
  }
});

for (const [what, end, reason, outcome, exitCode] of cases) {
  test(`a program that ${what} is ${outcome}, exit ${exitCode}`, () => {
    const classified = classifyEnd(end, reason);
    assert.deepEqual([classified.outcome, classified.exitCode], [outcome, exitCode]);
    assert.equal(classified.failure === null, outcome === 'done');
  });
}
