import type { Act } from './act.ts';
import type { OperatorCommand } from './operator-command.ts';
import { phasesOption, runsRootOption } from './shared-options.ts';

/** Scores of segment runs, and the authorities that they are held against. */
export function addScoreCommands(program: OperatorCommand, act: Act): void {
  const score = program.group('score', 'is a segment run good enough to close a performance phase?');
  const out = ['--out <folder>', 'keep the score there as JSON and Markdown'] as const;
  score
    .command('baseline')
    .description('states with their times, shares and budgets, and what to take up next')
    .argument('<run>', 'segment run id')
    .option(
      '--budgets <name>',
      'segment-5a, for runs of the full world; or seed, those of 2026-02-21',
      'segment-5a',
    )
    .option(...runsRootOption)
    .option(...out)
    .examples('fraudctl score baseline 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs')
    .prints('fraud-platform/baseline-score/v1')
    .action(
      act(async (context, run: string, options: import('../commands/score.ts').ScoreOptions) =>
        (await import('../commands/score.ts')).scoreBaselineCommand(context, run, options),
      ),
    );
  score
    .command('lanes')
    .description('lanes of one state with their shares, and what no lane explains')
    .argument('<run>', 'segment run id')
    .requiredOption('--state <state>', 'S0 … S5')
    .option(...runsRootOption)
    .option(...out)
    .examples('fraudctl score lanes 7f20e9d97dad4ff5ac639bbc41749fb0 --state S4 --runs-root ./runs')
    .exits({ done: 'every share is known', data: 'the run left no markers' })
    .prints('fraud-platform/lane-score/v1')
    .action(
      act(async (context, run: string, options: import('../commands/score.ts').ScoreOptions) =>
        (await import('../commands/score.ts')).scoreLanesCommand(context, run, options),
      ),
    );
  score
    .command('closure')
    .description('UNLOCK, HOLD or INDETERMINATE: the same run, and faster than the authority?')
    .requiredOption('--gate <closure-gate>', 'a gate of config/gates, such as popt2 or segment-5a-s4')
    .requiredOption('--candidate <run>', 'segment run id')
    .option('--baseline <run>', 'replay history against this run instead of the recorded authority')
    .option('--witness <run...>', 'more runs of the candidate; their median counts')
    .option(
      '--noise <run,run>',
      'two more runs of the authority’s world by one code: what they differ by is no gain',
    )
    .option('--record', 'record it as a verdict of the phase of its gate', false)
    .option(...phasesOption)
    .option(...runsRootOption)
    .option(...out)
    .examples(
      'fraudctl score closure --gate segment-5a-s4 --candidate 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs',
    )
    .exits({ done: 'UNLOCK', data: 'HOLD', internal: 'INDETERMINATE' })
    .prints('fraud-platform/closure-score/v1')
    .action(
      act(async (context, options: import('../commands/score.ts').ScoreOptions) =>
        (await import('../commands/score.ts')).scoreClosureCommand(context, options),
      ),
    );
  const baseline = program.group('baseline', 'authoritative baselines of closure gates');
  baseline
    .command('set')
    .description('record a run that passed as an authority')
    .argument('<name>', 'as a gate names it')
    .requiredOption('--run <run>', 'segment run id')
    .option('--replace', 'instead of the one that is recorded', false)
    .option(...runsRootOption)
    .examples(
      'fraudctl baseline set segment-5a-full-42 --run 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs',
    )
    .exits({
      done: 'the authority is recorded',
      data: 'the run is no authority',
      conflict: 'another is recorded already',
    })
    .prints('fraudctl/baseline/v1')
    .action(
      act(async (context, name: string, options: import('../commands/baseline-set.ts').BaselineOptions) =>
        (await import('../commands/baseline-set.ts')).baselineSet(context, name, options),
      ),
    );
}
