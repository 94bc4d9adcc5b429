import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { forPhase, policiesOption, runsRootOption, seedOption } from './shared-options.ts';

/** The data engine. */
export function addSegmentCommands(program: OperatorCommand, act: Act): void {
  const segment = program.group('segment', 'the data engine, states S0 … S5');
  forPhase(
    segment
      .command('run')
      .description(
        'S0 … S5 over a sealed world, as one execution; in AWS, world and run are kept in the lake',
      )
      .option('--world <folder>', 'a sealed world')
      .option('--scale <scale>', 'or the world of this scale and seed, drawn below the runs root')
      .option(...seedOption)
      .option(...runsRootOption)
      .option('--states <range>', 'only these, as one task: S4, or S0..S3')
      .option('--partitions <n>', 'S4 in this many tasks at a time for each scenario', '1')
      .option(
        '--scenario <id...>',
        'a run of these scenarios alone, with an id of its own; with --segment-run and --states, S4 of these in that run',
      )
      .option(...policiesOption)
      .option('--segment-run <id>', 'a run that has begun, or a staged candidate; it keeps its scenarios')
      .option('--deadline <duration>', 'for each task; the contract has a default and a maximum')
      .option('--run <run_id>', 'run scope to serve; a new one is recorded without it'),
  )
    .examples(
      'fraudctl segment run --scale full --seed 42 --runs-root ./runs',
      'fraudctl segment run --world ./world --runs-root ./runs --partitions 2',
      'fraudctl segment run --env dev-min --world ./world --partitions 4',
    )
    .exits({
      done: 'the verdict is PASS',
      data: 'a check of a state does not pass',
      internal: 'a state broke, or the verdict is INDETERMINATE',
      transient: 'detached, or safe to run again',
    })
    .prints('fraudctl/verdict/v1')
    .action(
      act(async (context, options: import('../commands/segment-run.ts').SegmentRunOptions) =>
        (await import('../commands/segment-run.ts')).segmentRun(context, options),
      ),
    );
  segment
    .command('stage')
    .description('a clean candidate beside a run, with the states before one of them taken over')
    .requiredOption('--from <id>', 'segment run to start from')
    .requiredOption('--rerun <state>', 'first state that will run again')
    .option(...runsRootOption)
    .examples('fraudctl segment stage --from 7f20e9d97dad4ff5ac639bbc41749fb0 --rerun S4 --runs-root ./runs')
    .prints('fraudctl/staged-run/v1')
    .action(
      act(async (context, options: import('../commands/segment-stage.ts').SegmentStageOptions) =>
        (await import('../commands/segment-stage.ts')).segmentStage(context, options),
      ),
    );
  segment
    .command('witness')
    .description('preflight, stage, rerun, score: does this build make the same run, and how fast?')
    .requiredOption('--from <id>', 'segment run to compare with')
    .requiredOption('--rerun <state>', 'first state that will run again')
    .option('--world <folder>', 'the sealed world of that run')
    .option('--scale <scale>', 'or the world of this scale and seed, drawn below the runs root')
    .option(...seedOption)
    .option(...policiesOption)
    .option(...runsRootOption)
    .option('--deadline <duration>', 'for each task; the contract has a default and a maximum')
    .examples(
      'fraudctl segment witness --from 7f20e9d97dad4ff5ac639bbc41749fb0 --rerun S4 --scale full --runs-root ./runs',
    )
    .exits({ done: 'the candidate passes and holds what the run holds', data: 'it does not' })
    .prints('fraudctl/witness/v1', 'fraudctl/verdict/v1')
    .action(
      act(async (context, options: import('../commands/segment-witness.ts').SegmentWitnessOptions) =>
        (await import('../commands/segment-witness.ts')).segmentWitness(context, options),
      ),
    );
}
