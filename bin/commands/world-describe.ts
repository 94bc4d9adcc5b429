import { resolve } from 'node:path';
import { describeWorld } from '../../lib/segment-5a/worlds/describe-world.ts';
import { dataFolderOf, requireWorldTables } from '../../lib/segment-5a/worlds/read-world.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { paint } from '../terminal/look.ts';
import type { CommandContext } from './command-context.ts';
import { policiesFrom, type WorldCheckOptions } from './world-check.ts';

/** `fraudctl world describe`: sizes and distributions of a world. */
export async function worldDescribe(
  context: CommandContext,
  folder: string,
  options: WorldCheckOptions,
): Promise<number> {
  const { data } = await dataFolderOf(resolve(folder));
  const groups = describeWorld(await requireWorldTables(data), await policiesFrom(options.policies));
  const width = Math.max(...groups.flatMap(({ figures }) => figures.map(({ name }) => name.length)));
  context.output.result(
    groups
      .map(({ group, figures }) =>
        [paint('bold', group), ...figures.map(({ name, value }) => `  ${name.padEnd(width)}  ${value}`)].join(
          '\n',
        ),
      )
      .join('\n'),
    {
      schema: 'fraudctl/world-description/v1',
      folder: resolve(folder),
      groups: groups.map(({ group, figures }) => ({
        group,
        figures: figures.map(({ name, value }) => ({ name, value })),
      })),
    },
  );
  return exitCodes.done;
}
