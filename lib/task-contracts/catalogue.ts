import type { TaskContract } from './define-task.ts';
import { migrateContract } from './migrate.ts';
import { probeContract } from './probe.ts';
import { segmentContract } from './segment.ts';

/** Every task there is. A new task is a contract here, a program in `tasks/`, and nothing else. */
export const taskContracts: readonly TaskContract[] = [migrateContract, probeContract, segmentContract];

export function findContract(name: string): TaskContract | undefined {
  return taskContracts.find((contract) => contract.name === name);
}
