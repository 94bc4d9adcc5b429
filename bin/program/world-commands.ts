import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { policiesOption, seedOption } from './shared-options.ts';

/** The sealed inputs of the data engine. */
export function addWorldCommands(program: OperatorCommand, act: Act): void {
  const world = program.group('world', 'sealed inputs of the data engine');
  world
    .command('generate')
    .description('a world drawn from a seed: merchants, zones, calendars; the same seed gives the same bytes')
    .requiredOption('--scale <scale>', 'small, medium, full, or a number of merchants')
    .requiredOption('--out <folder>', 'a new folder; the same world in it already is fine')
    .option(...seedOption)
    .examples('fraudctl world generate --scale small --seed 42 --out ./world')
    .exits({ done: 'the world is there', conflict: 'the folder holds something else' })
    .prints('fraudctl/generated-world/v1')
    .action(
      act(async (context, options: import('../commands/world-generate.ts').WorldGenerateOptions) =>
        (await import('../commands/world-generate.ts')).worldGenerate(context, options),
      ),
    );
  world
    .command('check')
    .description('everything that the states demand of a world, sealed or not yet; every fault at once')
    .argument('<folder>', 'a sealed world, or a folder with its tables and world.json')
    .option('--seal <folder>', 'seal the tables as a world in a new folder when nothing is wrong')
    .option(...policiesOption)
    .examples('fraudctl world check ./our-tables --seal ./world')
    .exits({ done: 'nothing is wrong', data: 'there are faults' })
    .prints('fraudctl/world-check/v1')
    .action(
      act(async (context, folder: string, options: import('../commands/world-check.ts').WorldCheckOptions) =>
        (await import('../commands/world-check.ts')).worldCheck(context, folder, options),
      ),
    );
  world
    .command('describe')
    .description('what a world looks like: sizes and distributions')
    .argument('<folder>', 'a sealed world, or a folder with its tables')
    .option(...policiesOption)
    .examples('fraudctl world describe ./world')
    .prints('fraudctl/world-description/v1')
    .action(
      act(async (context, folder: string, options: import('../commands/world-check.ts').WorldCheckOptions) =>
        (await import('../commands/world-describe.ts')).worldDescribe(context, folder, options),
      ),
    );
}
