import { Command, CommanderError } from 'commander';
import { localEnvironment } from '../../config/names.ts';
import { productVersion } from '../../config/product-version.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { exitCodes, exitMeanings } from '../../lib/vocabulary/exit-codes.ts';
import { failureOf } from '../../lib/vocabulary/failure.ts';
import { createOutput, formatFailure } from '../terminal/output.ts';
import type { CommandContext } from './command-context.ts';

type GlobalOptions = { readonly env: string; readonly json: boolean; readonly verbose: boolean };

const exitTable = Object.entries(exitCodes)
  .map(([name, code]) => `  ${String(code).padStart(3)}  ${exitMeanings[name as keyof typeof exitMeanings]}`)
  .join('\n');

/**
 * Runs one command line and returns its exit code. Every command takes `--env`, `--json` and
 * `--verbose`; every failure prints what, where, which value and what to do next.
 */
export async function runFraudctl(argv: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(new Error('interrupted'));
  process.on('SIGINT', onInterrupt);
  let opened: OperatorEnvironment | undefined;
  let exitCode: number = exitCodes.done;

  /** Adapts a command to commander: context in, exit code out. */
  const act =
    <Values extends unknown[]>(run: (context: CommandContext, ...values: Values) => Promise<number>) =>
    async (...received: unknown[]) => {
      const command = received.at(-1);
      if (!(command instanceof Command)) throw new Error('commander passes the command last');
      const options = command.optsWithGlobals<GlobalOptions>();
      const output = createOutput(options.json);
      const context: CommandContext = {
        output,
        environmentName: options.env,
        signal: interrupt.signal,
        now: () => Date.now(),
        openEnvironment: async ({ migrated } = { migrated: false }) => {
          const { openNamedEnvironment } = await import('./open-environment.ts');
          opened ??= await openNamedEnvironment(context, migrated);
          return opened;
        },
      };
      exitCode = await run(context, ...(received.slice(0, -1) as Values));
    };

  const program = buildProgram(act);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    } else {
      const { asCloudFailure } = await import('../../lib/operator/cloud-failure.ts');
      const failure = failureOf(asCloudFailure(error));
      exitCode = exitCodes[failure.exit];
      if (argv.includes('--json'))
        process.stdout.write(`${JSON.stringify({ schema: 'fraudctl/failure/v1', ...failure })}\n`);
      else process.stderr.write(`${formatFailure(failure)}\n`);
      if (argv.includes('--verbose') && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    }
  } finally {
    opened?.clients.close();
    process.off('SIGINT', onInterrupt);
  }
  return exitCode;
}

type Act = <Values extends unknown[]>(
  run: (context: CommandContext, ...values: Values) => Promise<number>,
) => (...received: unknown[]) => Promise<void>;

/** Every command with its options, examples and help; `act` adapts what a command runs. */
export function buildProgram(act: Act): Command {
  const program = new Command('fraudctl')
    .description('Launches, follows, stops and judges runs, here or in an AWS environment.')
    .version(productVersion)
    .option('--env <name>', 'environment to work in', localEnvironment)
    .option('--json', 'print the result as one JSON object on standard output', false)
    .option('--verbose', 'print stack traces with errors', false)
    .exitOverride()
    .showHelpAfterError('Run fraudctl --help to see the commands.')
    .addHelpText(
      'after',
      `
Examples:
  fraudctl task run probe                      is this environment alive?
  fraudctl task run probe --deadline 30s --params '{"note":"hello"}'
  fraudctl attach probe_20260221T020923Z       follow it again, judge it, seal it
  fraudctl evidence verify ./bundle            exit 0 only for a whole bundle that says PASS

Exit codes:
${exitTable}`,
    );
  addTaskCommands(program, act);
  addWorldCommands(program, act);
  addSegmentCommands(program, act);
  addBurstCommands(program, act);
  addQueryCommand(program, act);
  addReportCommands(program, act);
  addScoreCommands(program, act);
  addPhaseCommands(program, act);
  addExecutionCommands(program, act);
  addEvidenceCommands(program, act);
  addEnvironmentCommands(program, act);
  return program;
}

/** A group of commands that prints its help when no command of it is named. */
function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).exitOverride();
}

function addTaskCommands(program: Command, act: Act): void {
  const task = group(program, 'task', 'one-shot tasks');
  forPhase(task.command('run'))
    .description('launch a task, follow it to its end, judge it, seal the evidence')
    .argument('<name>', 'a task of `fraudctl task list`')
    .option('--params <json>', 'parameters as JSON, or @file')
    .option('--deadline <when>', 'a duration (15m) or an instant; the contract has a default and a maximum')
    .option('--run <run_id>', 'run scope to serve; a new one is recorded without it')
    .option('--lane <name>', 'first part of the execution id; the task by default')
    .option('--execution <id>', 'this very execution: started once, attached to after that')
    .option('--relaunch-wait <duration>', 'pause before a relaunch', '5s')
    .option('--detach', 'return as soon as it is started', false)
    .addHelpText('after', `\nExample:\n  fraudctl task run probe --params '{"note":"hello"}' --deadline 2m`)
    .action(
      act(async (context, name: string, options: import('./task-run.ts').TaskRunOptions) =>
        (await import('./task-run.ts')).taskRun(context, name, options),
      ),
    );
  task
    .command('list')
    .description('tasks and what they need')
    .addHelpText('after', '\nExample:\n  fraudctl task list --json')
    .action(act(async (context) => (await import('./task-list.ts')).taskList(context)));
  const run = group(program, 'run', 'run scopes');
  run
    .command('new')
    .description('mint a run scope and record it')
    .addHelpText('after', '\nExample:\n  fraudctl run new')
    .action(act(async (context) => (await import('./run-new.ts')).runNew(context)));
}

function addWorldCommands(program: Command, act: Act): void {
  const world = group(program, 'world', 'sealed inputs of the data engine');
  world
    .command('generate')
    .description('a world drawn from a seed: merchants, zones, calendars; the same seed gives the same bytes')
    .requiredOption('--scale <scale>', 'small, medium, full, or a number of merchants')
    .requiredOption('--out <folder>', 'a new folder; the same world in it already is fine')
    .option('--seed <n>', 'decimal, at most 64 bits', '42')
    .addHelpText('after', '\nExample:\n  fraudctl world generate --scale small --seed 42 --out ./world')
    .action(
      act(async (context, options: import('./world-generate.ts').WorldGenerateOptions) =>
        (await import('./world-generate.ts')).worldGenerate(context, options),
      ),
    );
  world
    .command('check')
    .description('everything that the states demand of a world, sealed or not yet; every fault at once')
    .argument('<folder>', 'a sealed world, or a folder with its tables and world.json')
    .option('--seal <folder>', 'seal the tables as a world in a new folder when nothing is wrong')
    .option('--policies <folder>', 'policies other than those of this version')
    .addHelpText('after', '\nExample:\n  fraudctl world check ./our-tables --seal ./world')
    .action(
      act(async (context, folder: string, options: import('./world-check.ts').WorldCheckOptions) =>
        (await import('./world-check.ts')).worldCheck(context, folder, options),
      ),
    );
  world
    .command('describe')
    .description('what a world looks like: sizes and distributions')
    .argument('<folder>', 'a sealed world, or a folder with its tables')
    .option('--policies <folder>', 'policies other than those of this version')
    .addHelpText('after', '\nExample:\n  fraudctl world describe ./world')
    .action(
      act(async (context, folder: string, options: import('./world-check.ts').WorldCheckOptions) =>
        (await import('./world-describe.ts')).worldDescribe(context, folder, options),
      ),
    );
}

function addSegmentCommands(program: Command, act: Act): void {
  const segment = group(program, 'segment', 'the data engine, states S0 … S5');
  forPhase(segment.command('run'))
    .description('S0 … S5 over a sealed world, as one execution')
    .option('--world <folder>', 'a sealed world')
    .option('--scale <scale>', 'or the world of this scale and seed, drawn below the runs root')
    .option('--seed <n>', 'decimal, at most 64 bits', '42')
    .option('--runs-root <folder>', 'where runs are kept; or FRAUD_PLATFORM_RUNS_ROOT')
    .option('--states <range>', 'only these, as one task: S4, or S0..S3')
    .option('--partitions <n>', 'S4 in this many tasks at a time for each scenario', '1')
    .option('--scenario <id...>', 'these scenarios; all of the world without it')
    .option('--policies <folder>', 'policies other than those of this version')
    .option('--segment-run <id>', 'a staged candidate')
    .option('--deadline <duration>', 'for each task; the contract has a default and a maximum')
    .option('--run <run_id>', 'run scope to serve; a new one is recorded without it')
    .addHelpText(
      'after',
      '\nExamples:\n  fraudctl segment run --scale full --seed 42 --runs-root ./runs\n  fraudctl segment run --world ./world --runs-root ./runs --partitions 2',
    )
    .action(
      act(async (context, options: import('./segment-run.ts').SegmentRunOptions) =>
        (await import('./segment-run.ts')).segmentRun(context, options),
      ),
    );
  segment
    .command('stage')
    .description('a clean candidate beside a run, with the states before one of them taken over')
    .requiredOption('--from <id>', 'segment run to start from')
    .requiredOption('--rerun <state>', 'first state that will run again')
    .option('--runs-root <folder>', 'where runs are kept; or FRAUD_PLATFORM_RUNS_ROOT')
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl segment stage --from 7f20e9d97dad4ff5ac639bbc41749fb0 --rerun S4 --runs-root ./runs',
    )
    .action(
      act(async (context, options: import('./segment-stage.ts').SegmentStageOptions) =>
        (await import('./segment-stage.ts')).segmentStage(context, options),
      ),
    );
  segment
    .command('witness')
    .description('preflight, stage, rerun, score: does this build make the same run, and how fast?')
    .requiredOption('--from <id>', 'segment run to compare with')
    .requiredOption('--rerun <state>', 'first state that will run again')
    .option('--world <folder>', 'the sealed world of that run')
    .option('--scale <scale>', 'or the world of this scale and seed, drawn below the runs root')
    .option('--seed <n>', 'decimal, at most 64 bits', '42')
    .option('--runs-root <folder>', 'where runs are kept; or FRAUD_PLATFORM_RUNS_ROOT')
    .option('--deadline <duration>', 'for each task; the contract has a default and a maximum')
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl segment witness --from 7f20e9d97dad4ff5ac639bbc41749fb0 --rerun S4 --scale full --runs-root ./runs',
    )
    .action(
      act(async (context, options: import('./segment-witness.ts').SegmentWitnessOptions) =>
        (await import('./segment-witness.ts')).segmentWitness(context, options),
      ),
    );
}

function addBurstCommands(program: Command, act: Act): void {
  const burst = group(program, 'burst', 'bounded bursts against the ingestion gate');
  forPhase(burst.command('run'))
    .description('send the events of a sealed run through the gate at a planned rate; ends by itself')
    .argument('<plan>', 'a plan of `fraudctl burst plans`, or a file that ends in .yaml')
    .option('--bundle <folder>', 'segment run that passed, or its validation bundle')
    .option('--events <file>', 'or events of your own: .ndjson or .parquet')
    .option('--scenario <id>', 'scenario whose arrivals are sent', 'baseline_v1')
    .option('--run <run_id>', 'run scope to use; it must be fresh; a new one is recorded without it')
    .option('--gate <name>', 'gate of config/gates that it is judged by, or a file that ends in .yaml')
    .option('--dry-run', 'load the plan, hold it to the policy, print it with its digest', false)
    .option('--detach', 'return as soon as it is started', false)
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl burst run rehearsal --bundle ./runs/7f20e9d97dad4ff5ac639bbc41749fb0',
    )
    .action(
      act(async (context, plan: string, options: import('./burst-run.ts').BurstRunOptions) =>
        (await import('./burst-run.ts')).burstRun(context, plan, options),
      ),
    );
  burst
    .command('baseline')
    .description(
      'a burst over a representative window whose admissions per minute are recorded as a baseline',
    )
    .argument('[plan]', 'a steady plan without warm-up', 'baseline')
    .option('--bundle <folder>', 'segment run that passed, or its validation bundle')
    .option('--events <file>', 'or events of your own: .ndjson or .parquet')
    .option('--scenario <id>', 'scenario whose arrivals are sent', 'baseline_v1')
    .option('--run <run_id>', 'run scope to use; it must be fresh; a new one is recorded without it')
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl burst baseline --bundle ./runs/7f20e9d97dad4ff5ac639bbc41749fb0',
    )
    .action(
      act(async (context, plan: string, options: import('./burst-run.ts').BurstRunOptions) =>
        (await import('./burst-run.ts')).burstBaseline(context, plan, options),
      ),
    );
  burst
    .command('adjudicate')
    .description('judge a burst that is over by its sealed evidence, and publish the judgement')
    .argument('<execution>', 'execution id')
    .option('--replay', 'compute it again and compare it with what is published, byte for byte', false)
    .addHelpText('after', '\nExample:\n  fraudctl burst adjudicate burst_20260221T060431Z --replay')
    .action(
      act(async (context, id: string, options: { replay: boolean }) =>
        (await import('./burst-adjudicate.ts')).burstAdjudicate(context, id, options),
      ),
    );
  burst
    .command('plans')
    .description('plans of this version with their digests')
    .addHelpText('after', '\nExample:\n  fraudctl burst plans --json')
    .action(act(async (context) => (await import('./burst-plans.ts')).burstPlans(context)));
  burst
    .command('attach')
    .description('follow a burst to its end with its live view, judge it, seal the evidence')
    .argument('<execution>', 'execution id')
    .addHelpText('after', '\nExample:\n  fraudctl burst attach burst_20260221T060431Z')
    .action(act(async (context, id: string) => (await import('./burst-attach.ts')).burstAttach(context, id)));
  burst
    .command('status')
    .description('what is known of a burst now')
    .argument('<execution>', 'execution id')
    .addHelpText('after', '\nExample:\n  fraudctl burst status burst_20260221T060431Z')
    .action(
      act(async (context, id: string) =>
        (await import('./describe-status.ts')).describeExecution(context, id),
      ),
    );
  burst
    .command('stop')
    .description('end a burst; lanes flush their checkpoints and say what they did')
    .argument('<execution>', 'execution id')
    .option('--reason <text>', 'recorded with the execution', 'stopped by the operator')
    .addHelpText('after', '\nExample:\n  fraudctl burst stop burst_20260221T060431Z --reason "wrong plan"')
    .action(
      act(async (context, id: string, options: { reason: string }) =>
        (await import('./stop.ts')).stop(context, id, options.reason),
      ),
    );
}

function addQueryCommand(program: Command, act: Act): void {
  program
    .command('query')
    .description('ask the database of the environment, read-only, with the answer as evidence')
    .argument('[name]', 'a query of `fraudctl query list`; `list` shows them')
    .option('--param <k=v>', 'an argument of the query; give one for each', collect)
    .option('--file <sql>', 'SQL of your own, where the environment allows it: one plain SELECT')
    .option('--format <format>', 'table, json or csv', 'table')
    .option('--out <file>', 'write the answer to a new file')
    .option('--watch <interval>', 'ask again and again, as 30s; needs --for')
    .option('--for <duration>', 'how long to watch; the last question is asked at its very end')
    .option('--run <run_id>', 'run scope to serve; the argument run_id, or a new one, without it')
    .option('--deadline <duration>', 'for each question; the contract has a default and a maximum')
    .addHelpText(
      'after',
      `
Examples:
  fraudctl query list
  fraudctl query schema_status
  fraudctl query receipts_window --param run_id=platform_20260221T060431Z \\
    --param from=2026-02-21T06:06:00Z --param to=2026-02-21T06:24:00Z --format csv
  fraudctl query checkpoint_progress --param run_id=platform_20260221T060431Z --watch 30s --for 10m
  fraudctl query --file question.sql`,
    )
    .action(
      act(async (context, name: string | undefined, options: import('./query.ts').QueryOptions) =>
        (await import('./query.ts')).query(context, name, options),
      ),
    );
}

function addReportCommands(program: Command, act: Act): void {
  const report = group(program, 'report', 'reports as JSON, Markdown and one page, from sealed evidence');
  report
    .command('burst')
    .description(
      'of a burst that is over: judgement, rate and latency over time, lanes, whether the sources agree',
    )
    .argument('<execution>', 'execution id')
    .option('--out <folder>', 'where the files are put; report-<execution> without it')
    .addHelpText('after', '\nExample:\n  fraudctl report burst burst_20260221T060431Z --out ./report')
    .action(
      act(async (context, id: string, options: import('./report.ts').ReportOptions) =>
        (await import('./report.ts')).reportBurst(context, id, options),
      ),
    );
  report
    .command('segment')
    .description('of a segment run: weekly shapes, intensity, overlays, lane times, checks')
    .argument('<run>', 'segment run id')
    .option('--runs-root <folder>', 'where runs are kept; or FRAUD_PLATFORM_RUNS_ROOT')
    .option('--out <folder>', 'where the files are put; report-<run> without it')
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl report segment 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs --out ./report',
    )
    .action(
      act(async (context, id: string, options: import('./report.ts').ReportOptions) =>
        (await import('./report.ts')).reportSegment(context, id, options),
      ),
    );
}

function addScoreCommands(program: Command, act: Act): void {
  const score = group(program, 'score', 'is a segment run good enough to close a performance phase?');
  const runsRoot = ['--runs-root <folder>', 'where runs are kept; or FRAUD_PLATFORM_RUNS_ROOT'] as const;
  const out = ['--out <folder>', 'keep the score there as JSON and Markdown'] as const;
  score
    .command('baseline')
    .description('states with their times, shares and budgets, and what to take up next')
    .argument('<run>', 'segment run id')
    .option(...runsRoot)
    .option(...out)
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl score baseline 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs',
    )
    .action(
      act(async (context, run: string, options: import('./score.ts').ScoreOptions) =>
        (await import('./score.ts')).scoreBaselineCommand(context, run, options),
      ),
    );
  score
    .command('lanes')
    .description('lanes of one state with their shares, and what no lane explains')
    .argument('<run>', 'segment run id')
    .requiredOption('--state <state>', 'S0 … S5')
    .option(...runsRoot)
    .option(...out)
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl score lanes 7f20e9d97dad4ff5ac639bbc41749fb0 --state S4 --runs-root ./runs',
    )
    .action(
      act(async (context, run: string, options: import('./score.ts').ScoreOptions) =>
        (await import('./score.ts')).scoreLanesCommand(context, run, options),
      ),
    );
  score
    .command('closure')
    .description('UNLOCK, HOLD or INDETERMINATE: the same run, and faster than the authority?')
    .requiredOption('--gate <name>', 'a gate of config/gates, such as popt2 or segment-5a-s4')
    .requiredOption('--candidate <run>', 'segment run id')
    .option('--baseline <run>', 'replay history against this run instead of the recorded authority')
    .option('--witness <run...>', 'more runs of the candidate; their median counts')
    .option('--noise <run,run>', 'two runs of the same code: what they differ by is no gain')
    .option('--record', 'record it as a verdict of the phase of its gate', false)
    .option('--phases <file>', 'phases other than those of this version')
    .option(...runsRoot)
    .option(...out)
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl score closure --gate segment-5a-s4 --candidate 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs',
    )
    .action(
      act(async (context, options: import('./score.ts').ScoreOptions) =>
        (await import('./score.ts')).scoreClosureCommand(context, options),
      ),
    );
  const baseline = group(program, 'baseline', 'authoritative baselines of closure gates');
  baseline
    .command('set')
    .description('record a run that passed as an authority')
    .argument('<name>', 'as a gate names it')
    .requiredOption('--run <run>', 'segment run id')
    .option('--replace', 'instead of the one that is recorded', false)
    .option(...runsRoot)
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl baseline set segment-5a-full-42 --run 7f20e9d97dad4ff5ac639bbc41749fb0 --runs-root ./runs',
    )
    .action(
      act(async (context, name: string, options: import('./score.ts').ScoreOptions) =>
        (await import('./score.ts')).baselineSet(context, name, options),
      ),
    );
}

function addPhaseCommands(program: Command, act: Act): void {
  const phase = group(program, 'phase', 'what must be shown in which order, and what has been');
  phase
    .command('status')
    .description('every phase: what it waits for, what blocks it, or what closed it')
    .option('--phases <file>', 'phases other than those of this version')
    .addHelpText('after', '\nExample:\n  fraudctl phase status')
    .action(
      act(async (context, options: import('./phase.ts').PhaseOptions) =>
        (await import('./phase.ts')).phaseStatus(context, options),
      ),
    );
  phase
    .command('show')
    .description('one phase with all its evidence; exit 0 only when it is closed')
    .argument('<phase>', 'such as M10.F')
    .option('--phases <file>', 'phases other than those of this version')
    .addHelpText('after', '\nExample:\n  fraudctl phase show M10.F')
    .action(
      act(async (context, id: string, options: import('./phase.ts').PhaseOptions) =>
        (await import('./phase.ts')).phaseShow(context, id, options),
      ),
    );
}

/** Options of a launch that is an attempt at a phase. */
function forPhase(command: Command): Command {
  return command
    .option('--phase <id>', 'an attempt at this phase; refused while what it depends on is not closed')
    .option('--blockers <ids>', 'a rerun for these open blockers alone, separated by commas')
    .option('--phases <file>', 'phases other than those of this version');
}

/** An option that may be given several times, or with several values. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function addExecutionCommands(program: Command, act: Act): void {
  program
    .command('attach')
    .description('follow an execution to its end, judge it, seal the evidence')
    .argument('<execution>', 'execution id')
    .addHelpText('after', '\nExample:\n  fraudctl attach probe_20260221T020923Z')
    .action(act(async (context, id: string) => (await import('./attach.ts')).attach(context, id)));
  program
    .command('status')
    .description('what is known of an execution, or of the environment, now')
    .argument('[execution]', 'execution id')
    .addHelpText('after', '\nExample:\n  fraudctl status probe_20260221T020923Z')
    .action(
      act(async (context, id: string | undefined) =>
        id === undefined
          ? (await import('./local.ts')).localStatus(context)
          : (await import('./describe-status.ts')).describeExecution(context, id),
      ),
    );
  program
    .command('logs')
    .description('log lines of an execution as its tasks wrote them')
    .argument('<execution>', 'execution id')
    .option('--follow', 'until the execution ends', false)
    .addHelpText('after', '\nExample:\n  fraudctl logs probe_20260221T020923Z --follow')
    .action(
      act(async (context, id: string, options: { follow: boolean }) =>
        (await import('./show-logs.ts')).showLogs(context, id, options.follow),
      ),
    );
  program
    .command('stop')
    .description('end an execution; its tasks get their grace to flush')
    .argument('<execution>', 'execution id')
    .option('--reason <text>', 'recorded with the execution', 'stopped by the operator')
    .addHelpText('after', '\nExample:\n  fraudctl stop probe_20260221T020923Z --reason "wrong parameters"')
    .action(
      act(async (context, id: string, options: { reason: string }) =>
        (await import('./stop.ts')).stop(context, id, options.reason),
      ),
    );
  const runs = group(program, 'runs', 'executions and what they left');
  runs
    .command('list')
    .description('executions, newest first, with their verdicts; or the segment runs of a runs root')
    .option('--limit <n>', 'at most this many', (text) => Number.parseInt(text, 10), 50)
    .option('--runs-root <folder>', 'list its segment runs instead: size, lease, baselines')
    .addHelpText(
      'after',
      '\nExamples:\n  fraudctl runs list --limit 10\n  fraudctl runs list --runs-root ./runs',
    )
    .action(
      act(async (context, options: { limit: number; runsRoot?: string }) =>
        options.runsRoot === undefined
          ? (await import('./list-runs.ts')).listRuns(context, options.limit)
          : (await import('./runs-prune.ts')).runsOfRoot(context, options.runsRoot),
      ),
    );
  runs
    .command('prune')
    .description(
      'remove segment runs that nobody wants kept, works in, or judges by; a dry run without --yes',
    )
    .option('--runs-root <folder>', 'where runs are kept; or FRAUD_PLATFORM_RUNS_ROOT')
    .option('--keep <run...>', 'segment runs to keep')
    .option('--force-referenced', 'also those that a recorded baseline is', false)
    .option('--yes', 'do it', false)
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl runs prune --runs-root ./runs --keep 7f20e9d97dad4ff5ac639bbc41749fb0',
    )
    .action(
      act(async (context, options: import('./runs-prune.ts').PruneOptions) =>
        (await import('./runs-prune.ts')).runsPrune(context, options),
      ),
    );
  runs
    .command('show')
    .description('everything the evidence store holds about an execution')
    .argument('<execution>', 'execution id')
    .addHelpText('after', '\nExample:\n  fraudctl runs show probe_20260221T020923Z')
    .action(act(async (context, id: string) => (await import('./list-runs.ts')).showRun(context, id)));
}

function addEvidenceCommands(program: Command, act: Act): void {
  const evidence = group(program, 'evidence', 'sealed bundles');
  evidence
    .command('verify')
    .description('check a bundle item by item; exit 0 only for a whole one that says PASS')
    .argument('<folder>', 'folder of a bundle')
    .addHelpText(
      'after',
      '\nExample:\n  fraudctl evidence verify ./bundle\n  (cd bundle && sha256sum -c manifest-sha256.txt)',
    )
    .action(
      act(async (context, folder: string) =>
        (await import('./evidence-verify.ts')).evidenceVerify(context, folder),
      ),
    );
}

function addEnvironmentCommands(program: Command, act: Act): void {
  const database = group(program, 'db', 'the database of the environment');
  database
    .command('migrate')
    .description('bring schema, roles and grants to what this version expects')
    .addHelpText('after', '\nExample:\n  fraudctl db migrate')
    .action(act(async (context) => (await import('./task-run.ts')).taskRun(context, 'migrate', {})));
  database
    .command('status')
    .description('whether it takes connections, and whether an operator stopped it')
    .addHelpText('after', '\nExample:\n  fraudctl db status --env dev-min')
    .action(act(async (context) => (await import('./database-power.ts')).databaseStatus(context)));
  database
    .command('start')
    .description('start it after a stop, and wait until it is available')
    .addHelpText('after', '\nExample:\n  fraudctl db start --env dev-min')
    .action(act(async (context) => (await import('./database-power.ts')).databaseStart(context)));
  database
    .command('stop')
    .description('stop it, and have the reaper keep it stopped; refuses while anything runs')
    .addHelpText('after', '\nExample:\n  fraudctl db stop --env dev-min')
    .action(act(async (context) => (await import('./database-power.ts')).databaseStop(context)));
  const image = group(program, 'image', 'the container image of all tasks');
  image
    .command('push')
    .description('put the built image into the environment’s repository, and print the digest to deploy')
    .option('--image <name>', 'image that npm run image made; the one of this version without it')
    .option('--dry-run', 'say what it would do', false)
    .addHelpText('after', '\nExample:\n  fraudctl image push --env dev-min')
    .action(
      act(async (context, options: import('./image-push.ts').ImagePushOptions) =>
        (await import('./image-push.ts')).imagePush(context, options),
      ),
    );
  program
    .command('doctor')
    .description('everything that a run will need, looked at before it costs anything')
    .option('--deploy', 'what a deploy needs instead; refuses while anything runs', false)
    .option('--teardown', 'whether the environment may be taken down: nothing runs', false)
    .addHelpText('after', '\nExamples:\n  fraudctl doctor\n  fraudctl doctor --env dev-min --deploy')
    .action(
      act(async (context, options: import('./doctor.ts').DoctorOptions) =>
        (await import('./doctor.ts')).doctor(context, options),
      ),
    );
  const local = group(program, 'local', 'the local environment: the same wire on loopback');
  local
    .command('up')
    .description('start the local cloud and PostgreSQL, and migrate the database')
    .addHelpText('after', '\nExample:\n  fraudctl local up')
    .action(act(async (context) => (await import('./local.ts')).localUp(context)));
  local
    .command('down')
    .description('stop them; refuses while executions run')
    .option('--force', 'stop running executions too', false)
    .addHelpText('after', '\nExample:\n  fraudctl local down --force')
    .action(
      act(async (context, options: { force: boolean }) =>
        (await import('./local.ts')).localDown(context, options.force),
      ),
    );
  local
    .command('status')
    .description('what runs, where its state is')
    .addHelpText('after', '\nExample:\n  fraudctl local status --json')
    .action(act(async (context) => (await import('./local.ts')).localStatus(context)));
}
