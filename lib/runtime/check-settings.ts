import { type EnvironmentName, gateHost, localEnvironment } from '../../config/names.ts';
import type { ContainerRequirements } from '../task-contracts/define-task.ts';
import type { Failure } from '../vocabulary/failure.ts';
import { isPlaceholder } from '../vocabulary/placeholder.ts';
import type { Environment } from './launch-identity.ts';

export type SettingsCheck = {
  readonly values: Readonly<Record<string, string>>;
  readonly failures: readonly Failure[];
};

/**
 * Every setting of the contract: present, not blank, not a placeholder, of its shape. Pure.
 * Failures: `SETTING_MISSING`, `SETTING_BLANK`, `SETTING_PLACEHOLDER`, `SETTING_MALFORMED`; all exit 78.
 */
export function checkSettings(
  contract: ContainerRequirements,
  environment: Environment,
  environmentName: EnvironmentName,
): SettingsCheck {
  const failures: Failure[] = [];
  const values: Record<string, string> = {};
  for (const [name, requirement] of Object.entries(contract.settings)) {
    const value = environment[name];
    const refuse = (code: string, message: string, shown?: string) =>
      failures.push({
        exit: 'refused',
        code,
        message: `${name} ${message}`,
        where: name,
        ...(shown === undefined ? {} : { value: shown.slice(0, 200) }),
        remedy: `Set ${name} (${requirement.purpose.replace(/\.$/, '')}) in the task definition: deploy the environment again.`,
      });
    if (value === undefined) refuse('SETTING_MISSING', 'is not set');
    else if (value.trim() === '') refuse('SETTING_BLANK', 'is blank');
    else if (isPlaceholder(value)) refuse('SETTING_PLACEHOLDER', 'is a placeholder', value);
    else {
      const wrong =
        requirement.kind === 'service-url'
          ? whatIsWrongWithUrl(value, environmentName)
          : requirement.schema.safeParse(value).error?.issues[0]?.message;
      if (wrong === undefined) values[name] = value;
      // A URL with credentials in it is a secret: its value is not repeated.
      else refuse('SETTING_MALFORMED', wrong, wrong === carriesCredentials ? undefined : value);
    }
  }
  return { values, failures };
}

const carriesCredentials = 'carries a user name or password';

/**
 * What keeps a text from being the URL of a service, or `undefined`. Plain http is for the local
 * environment's loopback and for exact equality with the gate's internal host; a path, query or
 * fragment is refused because callers append their own path.
 */
export function whatIsWrongWithUrl(text: string, environmentName: EnvironmentName): string | undefined {
  if (!URL.canParse(text)) return 'is not an absolute URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return carriesCredentials;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http';
  if (url.hostname === '') return 'has no host';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return 'has a path, query or fragment';
  if (url.protocol === 'https:') return undefined;
  const loopback =
    environmentName === localEnvironment && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return loopback || url.hostname === gateHost(environmentName)
    ? undefined
    : 'is plain http to a host that is not internal';
}
