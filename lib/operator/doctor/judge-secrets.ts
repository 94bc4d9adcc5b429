import { functionName } from '../../../config/names.ts';
import { rotationDescription } from '../../constructs/secrets/plan-secret.ts';
import type { EnvironmentSettings } from '../../stacks/environment/environment-settings.ts';
import type { SecretFact, SecretValue } from './facts.ts';
import { failed, type Judgement, ok } from './finding.ts';

const wrongValues: Readonly<Partial<Record<SecretValue, string>>> = {
  blank: 'is blank',
  placeholder: 'is a placeholder',
  malformed: 'is not what its contracts ask for',
};

/**
 * Whether every secret of the environment is there and means something. The key of an AWS environment keeps
 * values from operators, so there a secret is vouched for by who wrote it and for which rotation: the writer
 * draws, and a placeholder that somebody typed in was not written by it. Pure.
 */
export function judgeSecrets(settings: EnvironmentSettings, secrets: readonly SecretFact[]): Judgement {
  const { name: environment, secrets: wanted } = settings;
  const writer = functionName(environment, 'secret-writer');
  const faults = secrets.flatMap(({ name, parameter }) => {
    if (parameter === undefined) return [`${name} is missing`];
    if (parameter.type !== 'SecureString') return [`${name} is a plain ${parameter.type}`];
    const wrong = wrongValues[parameter.value];
    if (wrong !== undefined) return [`${name} ${wrong}`];
    if (parameter.writtenBy?.includes(`/${writer}`) !== true) {
      return [`${name} was written by ${parameter.writtenBy ?? 'nobody knows whom'}, not by the writer`];
    }
    return parameter.description === rotationDescription(wanted.rotation)
      ? []
      : [`${name} is of ${parameter.description ?? 'no rotation'}, and the file says ${wanted.rotation}`];
  });
  return faults.length === 0
    ? ok(`${secrets.length} drawn by the writer, rotation ${wanted.rotation}${readableNote(secrets)}`)
    : failed(
        faults.join('; '),
        `Raise secrets.rotation in config/environments/${environment}.yaml by one, npm run deploy -- --env ${environment}, then fraudctl db migrate --env ${environment}.`,
      );
}

function readableNote(secrets: readonly SecretFact[]): string {
  const closed = secrets.filter(({ parameter }) => parameter?.value === 'closed').length;
  return closed === secrets.length ? ', closed to you' : `, ${secrets.length - closed} of them open to you`;
}

/** The same without a writer and rotations: values alone. Pure. */
export function judgeLocalSecrets(secrets: readonly SecretFact[]): Judgement {
  const faults = secrets.flatMap(({ name, parameter }) => {
    if (parameter === undefined) return [`${name} is missing`];
    const wrong =
      wrongValues[parameter.value] ?? (parameter.value === 'closed' ? 'cannot be read' : undefined);
    return wrong === undefined ? [] : [`${name} ${wrong}`];
  });
  return faults.length === 0
    ? ok(`${secrets.length} readable, none blank or a placeholder`)
    : failed(
        faults.join('; '),
        'Remove the override of that name below secrets/parameters in the folder of the environment.',
      );
}
