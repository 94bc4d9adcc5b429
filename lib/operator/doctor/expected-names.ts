import {
  databaseIdentifier,
  type EnvironmentName,
  executionRoleName,
  flowLogGroup,
  functionLogGroup,
  functionName,
  secretParameterName,
  stateMachineName,
  taskFamily,
  taskLogGroup,
  taskRoleName,
  workflowLogGroup,
  workflowRoleName,
} from '../../../config/names.ts';
import { containerContracts, serviceContracts } from '../../task-contracts/catalogue.ts';
import { workflows } from '../../workflows/catalogue.ts';

/** Lambda functions of an environment; each has a role and a log of its name. */
const functionPurposes = [
  'recorder',
  'reaper',
  'secret-writer',
  ...serviceContracts.map(({ name }) => `${name}-count`),
];

/** Everything that a deployed environment has by name. A test holds it against the synthesized templates. Pure. */
export function expectedNames(environment: EnvironmentName) {
  const machines = Object.keys(workflows);
  return {
    families: containerContracts.map(({ name }) => taskFamily(environment, name)).sort(),
    machines: machines.map((workflow) => stateMachineName(environment, workflow)).sort(),
    roles: [
      ...containerContracts.flatMap(({ name }) => [
        taskRoleName(environment, name),
        executionRoleName(environment, name),
      ]),
      ...machines.map((workflow) => workflowRoleName(environment, workflow)),
      ...functionPurposes.map((purpose) => functionName(environment, purpose)),
    ].sort(),
    logGroups: [
      taskLogGroup(environment),
      flowLogGroup(environment),
      `/aws/rds/instance/${databaseIdentifier(environment)}/postgresql`,
      ...machines.map((workflow) => workflowLogGroup(environment, workflow)),
      ...functionPurposes.map((purpose) => functionLogGroup(environment, purpose)),
    ].sort(),
    secrets: [
      ...new Set(
        containerContracts.flatMap(({ secrets }) =>
          Object.values(secrets).map(({ path }) => secretParameterName(environment, path)),
        ),
      ),
    ].sort(),
  } as const;
}
