import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDsn } from '../../../lib/database/dsn.ts';
import { asInterruption } from '../../../lib/database/interruption.ts';
import { errorCodeOf, isPlatformError, PlatformError } from '../../../lib/vocabulary/failure.ts';
import { failureOfQuery } from '../../../tasks/query/failure-of-query.ts';

const dsn = parseDsn(
  'postgresql://fraud_burst:word-of-pass@database.internal:5432/fraud?sslmode=verify-full',
  'DATABASE_DSN',
);
const coded = (code: string, message = 'the server says so') => Object.assign(new Error(message), { code });

for (const error of [
  coded('08006'),
  coded('57P01', 'terminating connection due to administrator command'),
  coded('57P03'),
  coded('53300'),
  coded('40001'),
  coded('40P01', 'deadlock detected: word-of-pass'),
  coded('55P03'),
  coded('57014'),
  coded('ECONNRESET', 'read ECONNRESET'),
  new Error('Connection terminated'),
  new Error('Connection terminated unexpectedly'),
  new Error('Query read timeout'),
  new Error('Client has encountered a connection error and is not queryable'),
]) {
  const code = errorCodeOf(error) ?? '';
  test(`an interruption may be tried again: ${code} ${error.message}`, () => {
    const interruption = asInterruption(error, dsn);
    assert.ok(isPlatformError(interruption));
    const { failure } = interruption;
    assert.deepEqual([failure.exit, failure.code], ['transient', 'DATABASE_INTERRUPTED']);
    assert.equal(interruption.cause, error);
    assert.ok(failure.message.includes(code));
    assert.ok(!JSON.stringify(failure).includes('word-of-pass'));
  });
}

test('what asking again would not heal stays what it is, and so does what is classified already', () => {
  const failed = new PlatformError({ exit: 'data', code: 'BAD', message: 'bad', remedy: 'Mend it.' });
  const others = [
    coded('23505', 'duplicate key'),
    coded('42P01'),
    coded('57015'),
    coded('ENOENT'),
    new TypeError('undefined is not a function'),
    failed,
    failureOfQuery(coded('57014'), 'sql', 30),
    'deadline',
  ];
  for (const error of others) assert.equal(asInterruption(error, dsn), error);
});
