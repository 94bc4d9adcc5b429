import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fail } from '../vocabulary/failure.ts';

/** Who the SDK's chain of credentials is to AWS. */
export type CallerIdentity = { readonly account: string; readonly arn: string };

/** Asks AWS who is calling. Throws what the SDK throws. */
export async function askCallerIdentity(region: string, signal: AbortSignal): Promise<CallerIdentity> {
  const client = new STSClient({
    region,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  try {
    const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    if (Account === undefined || Arn === undefined) throw new Error('STS does not say who is calling');
    return { account: Account, arn: Arn };
  } finally {
    client.destroy();
  }
}

/** The account of an environment: the one of its file, which must be the caller's. Throws `ACCOUNT_FOREIGN` (77). */
export function accountOf(environment: string, pinned: string | null, caller: CallerIdentity): string {
  if (pinned === null || pinned === caller.account) return caller.account;
  return fail({
    exit: 'not-permitted',
    code: 'ACCOUNT_FOREIGN',
    message: `${environment} lies in the account ${pinned}, and these credentials are of another`,
    where: caller.arn,
    value: caller.account,
    remedy: 'Choose the profile of that account with AWS_PROFILE, then run again.',
  });
}
