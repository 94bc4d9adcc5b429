import { errorCodeOf } from './failure.ts';

/**
 * What a call to AWS came to when it did not come to an answer of its own. `answered`: the service
 * understood and said no for a reason of its own, such as a precondition or a name it does not know.
 */
export type CloudErrorKind =
  | 'no-credentials'
  | 'expired-credentials'
  | 'unknown-credentials'
  | 'no-region'
  | 'denied'
  | 'skewed-clock'
  | 'throttled'
  | 'unreachable'
  | 'failing'
  | 'answered';

const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired']);
const unknown = new Set([
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);
const denied = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AllAccessDisabled',
  'UnauthorizedOperation',
  'UnauthorizedException',
]);
const skewed = new Set(['RequestTimeTooSkewed', 'RequestInTheFuture']);
const throttled = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'BandwidthLimitExceeded',
  'SlowDown',
]);
const network = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What no waiting heals: the cause in a few words, and what to do next. */
export const cloudReasons: Readonly<
  Partial<Record<CloudErrorKind, { readonly what: string; readonly remedy: string }>>
> = {
  'no-credentials': {
    what: 'there are no AWS credentials',
    remedy: 'Sign in (aws sso login), or choose a profile with AWS_PROFILE, then run again.',
  },
  'expired-credentials': {
    what: 'the AWS credentials have expired',
    remedy: 'Sign in again (aws sso login), then run again.',
  },
  'unknown-credentials': {
    what: 'AWS does not know these credentials',
    remedy: 'Choose the right profile with AWS_PROFILE, or sign in again, then run again.',
  },
  'no-region': {
    what: 'no AWS region is set',
    remedy:
      'Set AWS_REGION to the region of the environment, or name the environment with --env, then run again.',
  },
  denied: {
    what: 'AWS denies it to this role',
    remedy: 'Use a role that may do this in the environment (AWS_PROFILE), then run again.',
  },
  'skewed-clock': {
    what: 'the clock of this machine is wrong',
    remedy: 'Set the clock, then run again.',
  },
};

/** Name of an error as the service or the SDK gives it, or `''`. */
export function cloudErrorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** HTTP status that a service answered with, or `undefined` when nothing arrived. */
export function httpStatusOf(error: unknown): number | undefined {
  const metadata: unknown = memberOf(error, '$metadata');
  const status = memberOf(metadata, 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

/** A header of the answer that an error came with; `name` in lower case. */
export function headerOf(error: unknown, name: string): string | undefined {
  const value = memberOf(memberOf(memberOf(error, '$response'), 'headers'), name);
  return typeof value === 'string' ? value : undefined;
}

/** Classifies what a call through the AWS SDK threw, by name and status, whichever service it was. Pure. */
export function cloudErrorKind(error: unknown): CloudErrorKind {
  const name = cloudErrorName(error);
  const text = error instanceof Error ? error.message : '';
  const status = httpStatusOf(error);
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return /expired|refresh/i.test(text) ? 'expired-credentials' : 'no-credentials';
  }
  if (/^Region is missing/.test(text)) return 'no-region';
  if (expired.has(name)) return 'expired-credentials';
  if (unknown.has(name)) return 'unknown-credentials';
  if (skewed.has(name)) return 'skewed-clock';
  // Some services hide a throttle in another error's text.
  if (throttled.has(name) || status === 429 || /\b(Rate exceeded|Too Many Requests)\b/i.test(text)) {
    return 'throttled';
  }
  if (denied.has(name)) return 'denied';
  // Also in the middle of an answer that began well.
  if (name === 'TimeoutError' || name === 'AbortError' || network.has(errorCodeOf(error) ?? '')) {
    return 'unreachable';
  }
  if (status === 403) return 'denied';
  // Neither is an answer: none at all, and one that says yes and cannot be read.
  if (status === undefined || status < 400 || status >= 500) return 'failing';
  return 'answered';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}
