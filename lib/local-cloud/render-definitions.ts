import { join } from 'node:path';
import { settingValues } from '../../config/names.ts';
import { containerContracts } from '../task-contracts/catalogue.ts';
import type { ServiceContract } from '../task-contracts/define-task.ts';
import { gateContract } from '../task-contracts/gate.ts';
import { renderTaskDefinition, type TaskDefinition } from '../task-contracts/task-definition.ts';
import type { Home } from './home.ts';
import { identityOf, type StandIn } from './stand-in.ts';

/** The task definition of every contract in a home, given the port of each service. */
export function renderDefinitions(
  home: Home,
  postgresFolder: string,
  ports: ReadonlyMap<string, number>,
  evidenceStore: string,
  standIn: StandIn | undefined,
): readonly TaskDefinition[] {
  const identity = identityOf(standIn);
  const portOf = (service: ServiceContract) => ports.get(service.name) ?? service.port;
  return containerContracts.map((contract) => {
    const definition = renderTaskDefinition(contract, {
      ...identity,
      image: 'local',
      imageDigest: 'local',
      evidenceStore,
      databaseAuthorities: join(postgresFolder, 'authority.pem'),
      scratch: join(home.tasks, 'work'),
      settings: {
        ...settingValues(identity.environment, { adHocQueries: true }),
        ...(standIn === undefined ? { GATE_URL: `http://127.0.0.1:${portOf(gateContract)}` } : {}),
      },
      portOf,
    });
    return withVariables(definition, standIn?.containerVariables[contract.name] ?? {});
  });
}

/** What AWS's agent adds to every container, beside what the definition says. */
function withVariables(
  definition: TaskDefinition,
  variables: Readonly<Record<string, string>>,
): TaskDefinition {
  const added = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const [container] = definition.containerDefinitions;
  return {
    ...definition,
    containerDefinitions: [{ ...container, environment: [...container.environment, ...added] }],
  };
}
