import { relative } from 'node:path';
import { localEnvironment } from '../../config/names.ts';
import { localCloudStatus } from '../../lib/local-cloud/control.ts';
import { homeAt } from '../../lib/local-cloud/home.ts';
import { displacedFolder } from '../../lib/local-cloud/postgres/server-place.ts';
import { bytesBelow } from '../../lib/local-cloud/state-on-disk.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { requireSeed } from '../../lib/segment-5a/worlds/generate-world.ts';
import { scaleOf } from '../../lib/segment-5a/worlds/scale.ts';
import { exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { type Failure, failureOf } from '../../lib/vocabulary/failure.ts';
import type { CommandContext } from '../commands/command-context.ts';
import { localHome, openNamedEnvironment } from '../commands/open-environment.ts';
import { onBrokenPipe } from '../terminal/broken-pipe.ts';
import { fitted, lookOf } from '../terminal/look.ts';
import { formatFailure } from '../terminal/output.ts';
import { runChain } from './chain.ts';
import { shortNews } from './describe-progress.ts';
import { finalScreen } from './final-screen.ts';
import { holdInterrupts } from './interrupts.ts';
import { type FirstRunOptions, readOptions } from './options.ts';
import { type Outcome, outcomeDocument, steps } from './outcome.ts';
import { createStepRunner, type StepRunner } from './step-runner.ts';
import { createStepScreen, type StepScreen, widthOf } from './step-screen.ts';
import { stopDetached } from './stop-detached.ts';

/** `npm start`: the chain with its progress on standard error and its last screen on standard output. */
export async function firstRun(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (typeof options === 'number') return options;
  const clock = () => performance.now();
  const live = process.stderr.isTTY && process.env.TERM !== 'dumb';
  const screen = createStepScreen(process.stderr, clock, live);
  for (const stream of [process.stdout, process.stderr]) onBrokenPipe(stream, () => undefined);
  const runner = createStepRunner(screen, clock);
  const interrupts = holdInterrupts();
  let opened: OperatorEnvironment | undefined;
  const context: CommandContext = {
    output: {
      json: false,
      part: () => undefined,
      progress: (line) => screen.detail(shortNews(line)),
      result: () => undefined,
    },
    environmentName: localEnvironment,
    signal: interrupts.signal,
    now: () => Date.now(),
    openEnvironment: async () => {
      opened ??= await openNamedEnvironment(context, true);
      return opened;
    },
  };
  try {
    scaleOf(options.scale);
    requireSeed(options.seed);
    const outcome = await runToOutcome(options, context, runner, clock);
    // On a terminal the last screen takes the place of the steps, which it tells again.
    if (process.stdout.isTTY && !options.json) screen.clear();
    say(options, outcome);
    return exitCodes.done;
  } catch (error) {
    const failure = interrupts.signal.aborted
      ? await interrupted(failureOf(error), screen, opened)
      : failureOf(error);
    return tell(options, failure, screen, runner);
  } finally {
    interrupts.release();
    opened?.clients.close();
  }
}

async function runToOutcome(
  { scale, seed }: FirstRunOptions,
  context: CommandContext,
  runner: StepRunner,
  clock: () => number,
): Promise<Outcome> {
  const begun = clock();
  const home = homeAt(localHome());
  const folders = [home.root, displacedFolder(home.postgres)];
  const before = await bytesBelow(folders);
  const findings = await runChain(
    {
      context,
      scale,
      seed,
      runsRoot: home.runs,
      reportsFolder: home.reports,
      openEnvironment: async () => {
        const environment = await context.openEnvironment();
        const status = await localCloudStatus(home.root);
        const says = `PostgreSQL 127.0.0.1:${status?.postgres?.port}, AWS wire 127.0.0.1:${status?.port}`;
        return { environment, says };
      },
    },
    runner.run,
  );
  const bytes = await bytesBelow(folders);
  return {
    scale,
    seed,
    millis: clock() - begun,
    steps: runner.finished(),
    findings,
    state: { folders: await existing(folders), bytes, addedBytes: bytes - before },
  };
}

async function existing(folders: readonly string[]): Promise<readonly string[]> {
  const sizes = await Promise.all(folders.map((folder) => bytesBelow([folder])));
  return folders.filter((_, index) => (sizes[index] ?? 0) > 0);
}

function say({ json }: FirstRunOptions, outcome: Outcome): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(outcomeDocument(outcome))}\n`);
    return;
  }
  const screen = finalScreen(outcome, {
    width: widthOf(process.stdout),
    shortPath: (path) => {
      const short = relative(process.cwd(), path);
      return short.startsWith('..') ? path : short;
    },
  });
  process.stdout.write(`${fitted(screen, lookOf(process.stdout, process.env))}\n`);
}

/** What was stopped by Ctrl-C: the execution that ran is ended, and the failure says how to go on. */
async function interrupted(
  cause: Failure,
  screen: StepScreen,
  environment: OperatorEnvironment | undefined,
): Promise<Failure> {
  screen.detail('stopping');
  const detached = cause.code === 'DETACHED' ? cause.where : undefined;
  return {
    exit: 'stopped',
    code: 'START_INTERRUPTED',
    message:
      detached === undefined || environment === undefined
        ? 'nothing was running'
        : await stopDetached(environment, detached, screen.detail),
    remedy: 'npm start goes on from what is sealed; npx fraudctl local down stops the environment',
  };
}

/** Says which step did not end well, why, and how to go on; returns the exit code. */
function tell({ json }: FirstRunOptions, failure: Failure, screen: StepScreen, runner: StepRunner): number {
  const step = runner.current();
  const stopped = failure.code === 'START_INTERRUPTED';
  screen.end(stopped ? 'interrupted' : 'failed');
  if (json) {
    const document = { schema: 'fraud-platform/first-run-failure/v1', step: step ?? null, ...failure };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return exitCodes[failure.exit];
  }
  const number = steps.findIndex(({ name }) => name === step) + 1;
  const where = step === undefined ? '' : ` in step ${number} of ${steps.length}, ${step}`;
  const lines = stopped
    ? [`interrupted${where}: ${failure.message}`, `  next   ${failure.remedy}`]
    : [
        `failed${where}`,
        formatFailure(failure),
        ...(step === undefined
          ? []
          : ['  then   npm start goes on: what is sealed by now is found, not made again']),
      ];
  process.stderr.write(`\n${fitted(lines.join('\n'), lookOf(process.stderr, process.env))}\n`);
  return exitCodes[failure.exit];
}
