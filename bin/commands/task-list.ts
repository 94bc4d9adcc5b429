import { z } from 'zod';
import { taskContracts } from '../../lib/task-contracts/catalogue.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { formatDuration } from '../../lib/vocabulary/instant.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';

/** `fraudctl task list`: every task, what it is for, what it needs. Touches no environment. */
export async function taskList(context: CommandContext): Promise<number> {
  const rows = taskContracts.map((contract) => [
    contract.name,
    formatDuration(contract.deadline.default),
    formatDuration(contract.deadline.maximum),
    Object.keys(contract.secrets).join(' '),
    contract.purpose,
  ]);
  context.output.result(renderTable(['task', 'deadline', 'at most', 'secrets', 'purpose'], rows), {
    schema: 'fraudctl/tasks/v1',
    tasks: taskContracts.map((contract) => ({
      name: contract.name,
      purpose: contract.purpose,
      deadline_ms: contract.deadline,
      stop_grace_ms: contract.stopGrace,
      parameters: JSON.parse(JSON.stringify(z.toJSONSchema(contract.parameters, { io: 'input' }))),
      settings: Object.keys(contract.settings),
      secrets: Object.fromEntries(Object.entries(contract.secrets).map(([name, { path }]) => [name, path])),
    })),
  });
  return exitCodes.done;
}
