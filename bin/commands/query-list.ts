import { listQueries } from '../../lib/queries/registry.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { renderTable } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';

/** `fraudctl query list`: the registry, with what each query takes, its bounds, and what it answers. */
export async function queryList(context: CommandContext): Promise<number> {
  const queries = await listQueries();
  const rows = queries.map(({ name, parameters, row_cap, timeout_seconds, purpose }) => [
    name,
    Object.entries(parameters)
      .map(([parameter, { default: given }]) => (given === undefined ? parameter : `[${parameter}=${given}]`))
      .join(' '),
    `${row_cap.toLocaleString('en')} rows, ${timeout_seconds} s`,
    purpose,
  ]);
  context.output.result(renderTable(['query', 'parameters', 'at most', 'answers'], rows), {
    schema: 'fraudctl/queries/v1',
    queries: queries.map(
      ({ name, purpose, parameters, row_cap, byte_cap, timeout_seconds, sha256 }): JsonObject => ({
        name,
        purpose,
        parameters: JSON.parse(JSON.stringify(parameters)),
        row_cap,
        byte_cap,
        timeout_seconds,
        sha256,
      }),
    ),
  });
  return exitCodes.done;
}
