import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CloudErrorKind, cloudErrorKind } from '../../../lib/vocabulary/cloud-error.ts';

const cases: readonly [string, object, CloudErrorKind][] = [
  [
    'CredentialsProviderError',
    { message: 'Could not load credentials from any providers' },
    'no-credentials',
  ],
  [
    'CredentialsProviderError',
    { message: 'The SSO session has expired or is invalid' },
    'expired-credentials',
  ],
  ['ExpiredTokenException', { status: 400 }, 'expired-credentials'],
  ['UnrecognizedClientException', { status: 400 }, 'unknown-credentials'],
  ['Error', { message: 'Region is missing' }, 'no-region'],
  ['AccessDeniedException', { status: 400 }, 'denied'],
  ['403', { status: 403 }, 'denied'],
  ['SlowDown', { status: 503 }, 'throttled'],
  ['InvalidParameterException', { status: 400, message: 'Rate exceeded' }, 'throttled'],
  ['InvalidParameterException', { status: 400, message: 'No such subnet' }, 'answered'],
  ['RequestTimeTooSkewed', { status: 403 }, 'skewed-clock'],
  ['InternalError', { status: 500 }, 'failing'],
  ['TimeoutError', {}, 'unreachable'],
  ['Error', { code: 'ECONNREFUSED' }, 'unreachable'],
  ['NoSuchKey', { status: 404 }, 'answered'],
];
for (const [name, facts, expected] of cases) {
  const { status, message, code } = { status: undefined, message: '', code: undefined, ...facts };
  test(`${name} ${status ?? ''} ${message} ${code ?? ''} is ${expected}`, () => {
    const error = Object.assign(new Error(message), {
      name,
      ...(code === undefined ? {} : { code }),
      ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
    });
    assert.equal(cloudErrorKind(error), expected);
  });
}
