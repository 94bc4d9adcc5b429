import { burstContract } from './burst.ts';
import type { ContainerRequirements, ServiceContract, TaskContract } from './define-task.ts';
import { gateContract } from './gate.ts';
import { migrateContract } from './migrate.ts';
import { probeContract } from './probe.ts';
import { queryContract } from './query.ts';
import { reportContract } from './report.ts';
import { segmentContract } from './segment.ts';

/** Every task there is. A new task is a contract here, a program in `tasks/`, and nothing else. */
export const taskContracts: readonly TaskContract[] = [
  burstContract,
  migrateContract,
  probeContract,
  queryContract,
  reportContract,
  segmentContract,
];

/** Every service there is, in the same way. */
export const serviceContracts: readonly ServiceContract[] = [gateContract];

/** Everything that a container may run. */
export const containerContracts: readonly ContainerRequirements[] = [...taskContracts, ...serviceContracts];

export function findService(name: string): ServiceContract | undefined {
  return serviceContracts.find((contract) => contract.name === name);
}

export function findContract(name: string): TaskContract | undefined {
  return taskContracts.find((contract) => contract.name === name);
}
