import { type EnvironmentName, executionRoleName, taskFamily, taskRoleName } from '../../../config/names.ts';
import type { EnvironmentSettings } from '../../stacks/environment/environment-settings.ts';
import { containerContracts } from '../../task-contracts/catalogue.ts';
import type { DefinitionFact, RegistryFact } from './facts.ts';
import { failed, type Judgement, ok } from './finding.ts';

const digestOf = (image: string) => /@(sha256:[a-f0-9]{64})$/.exec(image)?.[1];

/** Digests that matter: what the file says, and what task definitions name. Pure. */
export function wantedDigests(
  { image }: EnvironmentSettings,
  definitions: readonly DefinitionFact[],
): readonly string[] {
  const named = definitions.flatMap(({ definition }) => digestOf(definition?.image ?? '') ?? []);
  return [...new Set([...(image.digest === null ? [] : [image.digest]), ...named])].sort();
}

/** Whether every task and service runs the one image that the file names, and the registry has it. Pure. */
export function judgeImage(
  settings: EnvironmentSettings,
  definitions: readonly DefinitionFact[],
  registry: RegistryFact,
): Judgement {
  const { name } = settings;
  const deploy = `Deploy it: npm run deploy -- --env ${name}`;
  if (registry === undefined) return failed('there is no image repository', deploy);
  const named = new Map(
    definitions.flatMap(({ family, definition }) =>
      definition === undefined ? [] : [[family, digestOf(definition.image)] as const],
    ),
  );
  if (named.size === 0) return failed('no task definition names an image', deploy);
  const untied = [...named].filter(([, digest]) => digest === undefined).map(([family]) => family);
  if (untied.length > 0) return failed(`not named by digest: ${untied.join(', ')}`, deploy);
  const digests = new Set(named.values());
  if (digests.size > 1) return failed(`the task definitions name ${digests.size} images`, deploy);
  const [digest = ''] = digests;
  if (settings.image.digest !== null && settings.image.digest !== digest) {
    return failed(`${digest} is deployed, and the file says ${settings.image.digest}`, deploy);
  }
  return registry.present.includes(digest ?? '')
    ? ok(`${digest} in all ${named.size} task definitions, and in the registry`)
    : failed(
        `${digest} is not in the registry: no task could start`,
        `Push it again, or deploy another: fraudctl image push --env ${name}`,
      );
}

/** Whether the image that is about to be deployed is there to be pulled. Pure. */
export function judgeDeployableImage(
  { name, image }: EnvironmentSettings,
  registry: RegistryFact,
): Judgement {
  if (registry === undefined) return ok('no repository yet: the foundation is deployed first');
  const push = `fraudctl image push --env ${name} prints it; write it into config/environments/${name}.yaml.`;
  if (image.digest === null) return failed('image.digest is null', push);
  return registry.present.includes(image.digest)
    ? ok(`${image.digest} is in the registry`)
    : failed(`${image.digest} is not in the registry`, push);
}

/**
 * Whether every contract has a task definition; `ownRoles`: with the two roles that are its own, which the local
 * cloud does not have. Pure.
 */
export function judgeDefinitions(
  environment: EnvironmentName,
  definitions: readonly DefinitionFact[],
  { ownRoles, remedy }: { readonly ownRoles: boolean; readonly remedy: string },
): Judgement {
  const faults = containerContracts.flatMap(({ name }) => {
    const family = taskFamily(environment, name);
    const definition = definitions.find((fact) => fact.family === family)?.definition;
    if (definition === undefined) return [`${family} is missing`];
    if (!ownRoles) return [];
    const wanted = [taskRoleName(environment, name), executionRoleName(environment, name)];
    const roles = [definition.taskRoleArn, definition.executionRoleArn].map((arn) => arn?.split('/').at(-1));
    return roles.join() === wanted.join()
      ? []
      : [`${family} runs as ${roles.map((role) => role ?? 'no role').join(' and ')}`];
  });
  return faults.length === 0
    ? ok(`${definitions.length} task definitions${ownRoles ? ', each with its own roles' : ''}`)
    : failed(faults.join('; '), remedy);
}
