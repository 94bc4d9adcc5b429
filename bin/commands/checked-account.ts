import type { AccountClients } from '../../lib/operator/doctor/account-clients.ts';
import { readIdentity } from '../../lib/operator/doctor/read-account.ts';
import type { EnvironmentSettings } from '../../lib/stacks/environment/environment-settings.ts';
import { fail } from '../../lib/vocabulary/failure.ts';

/** The account of the credentials. Throws `ACCOUNT_MISMATCH` (77) where the environment's file names another. */
export async function checkedAccount(
  clients: AccountClients,
  settings: EnvironmentSettings,
  signal: AbortSignal,
): Promise<string> {
  const { account } = await readIdentity(clients, signal);
  if (settings.account === null || settings.account === account) return account;
  return fail({
    exit: 'not-permitted',
    code: 'ACCOUNT_MISMATCH',
    message: `the credentials are of account ${account}, and ${settings.name} is in ${settings.account}`,
    where: `config/environments/${settings.name}.yaml: account`,
    value: account,
    remedy: `Choose credentials of ${settings.account}: AWS_PROFILE=<profile>.`,
  });
}
