import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { callPatiently, type PatientCall } from '../../../lib/operator/call-patiently.ts';
import { asCloudFailure } from '../../../lib/operator/cloud-failure.ts';
import { LookPacer } from '../../../lib/operator/look-pacer.ts';
import { awsPace } from '../../../lib/operator/pace.ts';
import { RetryBudget } from '../../../lib/operator/retry-budget.ts';
import { refusedWith } from '../../support/refused-with.ts';

/** An error as the SDK throws it. */
function sdkError(name: string, status: number | undefined, message = name): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: status === undefined ? {} : { httpStatusCode: status },
  });
}

const patient = (change: Partial<PatientCall> = {}): PatientCall => ({
  pace: { callMillis: 200, attempts: 4, backoff: { first: 1, longest: 4 } },
  budget: new RetryBudget(),
  pacer: undefined,
  signal: undefined,
  random: Math.random,
  ...change,
});

/** Fails so many times with the error, then succeeds; counts the attempts. */
function failing(error: Error, times: number) {
  let attempts = 0;
  return {
    attempts: () => attempts,
    attempt: async () => {
      attempts += 1;
      if (attempts <= times) throw error;
      return 'answer';
    },
  };
}

const passing: readonly (readonly [string, Error])[] = [
  ['ThrottlingException', sdkError('ThrottlingException', 400)],
  ['TooManyRequestsException', sdkError('TooManyRequestsException', 429)],
  ['RequestLimitExceeded', sdkError('RequestLimitExceeded', 503)],
  [
    'a throttle dressed as InvalidParameterException',
    sdkError('InvalidParameterException', 400, 'Rate exceeded'),
  ],
  [
    'a throttle dressed as ClientException',
    sdkError('ClientException', 400, 'Sorry: Rate exceeded (RunTask)'),
  ],
  ['500', sdkError('InternalFailure', 500)],
  ['503 from something in between', sdkError('UnknownError', 503)],
  ['a reset connection', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ['a timeout', sdkError('TimeoutError', undefined)],
  ['a yes that cannot be read', sdkError('SyntaxError', 200, 'Unexpected end of JSON input')],
  ['a clock that the SDK has just corrected', sdkError('RequestTimeTooSkewed', 403)],
];
for (const [what, error] of passing) {
  test(`${what} is tried again, and no more often than the pace says`, async () => {
    const once = failing(error, 1);
    assert.equal(await callPatiently(once.attempt, patient()), 'answer');
    assert.equal(once.attempts(), 2);
    const ever = failing(error, 100);
    await assert.rejects(callPatiently(ever.attempt, patient()), error);
    assert.equal(ever.attempts(), 4);
  });
}

const final: readonly (readonly [string, Error])[] = [
  ['an answer that says no', sdkError('ExecutionDoesNotExist', 400)],
  [
    'InvalidParameterException',
    sdkError('InvalidParameterException', 400, 'The referenced task was not found.'),
  ],
  ['AccessDeniedException', sdkError('AccessDeniedException', 400)],
  ['credentials that expired', sdkError('ExpiredTokenException', 400)],
];
for (const [what, error] of final) {
  test(`${what} is not tried again`, async () => {
    const { attempt, attempts } = failing(error, 100);
    await assert.rejects(callPatiently(attempt, patient()), error);
    assert.equal(attempts(), 1);
  });
}

test('an attempt that hangs, in whatever it hangs, is bounded', async () => {
  let attempts = 0;
  const pace = { callMillis: 20, attempts: 3, backoff: { first: 1, longest: 1 } };
  const hanging = callPatiently(() => {
    attempts += 1;
    return new Promise(() => undefined);
  }, patient({ pace }));
  await assert.rejects(hanging, (error) => refusedWith('CLOUD_UNREACHABLE')(asCloudFailure(error)));
  assert.equal(attempts, 3);
});

test('an abort ends an attempt, and a pause, at once', async () => {
  for (const attempt of [
    () => new Promise(() => undefined),
    () => Promise.reject(sdkError('ThrottlingException', 400)),
  ]) {
    const controller = new AbortController();
    const pace = { callMillis: 60_000, attempts: 4, backoff: { first: 60_000, longest: 60_000 } };
    const call = callPatiently(attempt, patient({ pace, signal: controller.signal, random: () => 0.9 }));
    setTimeout(() => controller.abort(new Error('enough')), 10);
    const began = performance.now();
    await assert.rejects(call);
    assert.ok(performance.now() - began < 5_000);
  }
});

test('calls share one budget: while nothing succeeds they soon fail at the first attempt', async () => {
  const budget = new RetryBudget(100);
  let attempts = 0;
  const throttled = () =>
    callPatiently(() => {
      attempts += 1;
      return Promise.reject(sdkError('ThrottlingException', 400));
    }, patient({ budget }));
  for (let call = 0; call < 50; call += 1) await assert.rejects(throttled());
  // 50 first attempts, and 20 retries at 5 tokens: nested or unbudgeted it would have been 200.
  assert.equal(attempts, 70);
  for (let call = 0; call < 5; call += 1) await callPatiently(async () => 'answer', patient({ budget }));
  attempts = 0;
  await assert.rejects(throttled());
  assert.equal(attempts, 2, 'successes have paid for one retry');
});

test('pauses are drawn from the whole interval below a bound that doubles', async () => {
  const drawn: number[] = [];
  const pace = { callMillis: 200, attempts: 5, backoff: { first: 8, longest: 20 } };
  const began = performance.now();
  const random = () => {
    drawn.push(performance.now() - began);
    return 1;
  };
  await assert.rejects(
    callPatiently(failing(sdkError('InternalFailure', 500), 9).attempt, patient({ pace, random })),
  );
  assert.equal(drawn.length, 4);
  // 8 + 16 + 20 + 20 at most; timers may only be late.
  assert.ok(performance.now() - began >= 63);
});

test('a pacer never exceeds its rate, makes up for no pause, slows down when throttled, and recovers', async () => {
  const passed: number[] = [];
  const pacer = new LookPacer(200);
  const pass = async () => {
    await pacer.admit(undefined);
    passed.push(performance.now());
  };
  await Promise.all(Array.from({ length: 10 }, pass));
  await delay(60);
  await Promise.all(Array.from({ length: 10 }, pass));
  const tookTen = (first: number) => (passed[first + 9] ?? 0) - (passed[first] ?? 0);
  // Nine gaps of five milliseconds; a timer may fire a fraction of one early.
  assert.ok(tookTen(0) > 40 && tookTen(10) > 40, `${tookTen(0)} and ${tookTen(10)} ms`);
  pacer.throttled();
  pacer.throttled();
  await pass();
  const slow = pacer.waitMillis;
  assert.ok(slow > 10 && slow <= 20, `${slow} ms at a quarter of the rate`);
  for (let answer = 0; answer < 100; answer += 1) pacer.answered();
  await pass();
  assert.ok(pacer.waitMillis <= 5);
});

test('who is called off while it waits for its turn holds up nobody', async () => {
  const pacer = new LookPacer(0.001);
  await pacer.admit(undefined);
  const controller = new AbortController();
  const waiting = [pacer.admit(controller.signal), pacer.admit(controller.signal)];
  controller.abort(new Error('enough'));
  for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected');
});

test('what is asked of AWS stays below ten looks a second', () => {
  assert.ok(awsPace.looksPerSecond < 10);
});
