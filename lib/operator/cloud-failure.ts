import {
  type CloudErrorKind,
  cloudErrorKind,
  cloudErrorName,
  cloudReasons,
} from '../vocabulary/cloud-error.ts';
import { isPlatformError, messageOf, PlatformError } from '../vocabulary/failure.ts';

const codes: Readonly<Partial<Record<CloudErrorKind, string>>> = {
  'no-credentials': 'AWS_CREDENTIALS_MISSING',
  'expired-credentials': 'AWS_CREDENTIALS_EXPIRED',
  'unknown-credentials': 'AWS_CREDENTIALS_UNKNOWN',
  denied: 'AWS_ACCESS_DENIED',
  'skewed-clock': 'CLOCK_WRONG',
};

const isUnanswered = (kind: CloudErrorKind) =>
  kind === 'throttled' || kind === 'unreachable' || kind === 'failing';

/**
 * What a call through the AWS SDK threw as a failure of one line, with what to do: missing, expired or unknown
 * credentials, access denied and a wrong clock (77), a workflow that is not deployed (64), a cloud
 * that does not answer (75). Anything else, and what is no error of the SDK, is returned as it came. Pure.
 */
export function asCloudFailure(error: unknown): unknown {
  if (isPlatformError(error) || !comesFromSdk(error)) return error;
  const kind = cloudErrorKind(error);
  const says = firstLine(messageOf(error));
  if (cloudErrorName(error) === 'StateMachineDoesNotExist') {
    return new PlatformError(
      {
        exit: 'usage',
        code: 'WORKFLOW_NOT_DEPLOYED',
        message: `the environment does not have this state machine: ${says}`,
        where: '--env',
        remedy:
          'Deploy its workflows (npx cdk deploy), or correct account and region of its file in config/environments.',
      },
      { cause: error },
    );
  }
  const [reason, code] = [cloudReasons[kind], codes[kind]];
  if (reason !== undefined && code !== undefined) {
    return new PlatformError(
      {
        exit: 'not-permitted',
        code,
        message: `${reason.what}: ${says}`,
        where: 'AWS',
        remedy: reason.remedy,
      },
      { cause: error },
    );
  }
  if (!isUnanswered(kind)) return error;
  return new PlatformError(
    {
      exit: 'transient',
      code: 'CLOUD_UNREACHABLE',
      message: `the cloud does not answer: ${cloudErrorName(error)} ${says}`,
      where: 'the cloud of --env',
      remedy: 'See that the network reaches it, then run again: what runs goes on meanwhile.',
    },
    { cause: error },
  );
}

/** The SDK marks what it throws; its providers of credentials have names of their own. */
function comesFromSdk(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || /^(?:Credentials|Token)ProviderError$/.test(error.name);
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300);
}
