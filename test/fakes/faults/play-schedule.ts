import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { attach } from '../../../bin/commands/attach.ts';
import { burstAttach } from '../../../bin/commands/burst-attach.ts';
import type { CommandContext } from '../../../bin/commands/command-context.ts';
import { followBurst, reportBurstConclusion, startBurst } from '../../../bin/commands/conduct-burst.ts';
import { reportConclusion } from '../../../bin/commands/conduct-execution.ts';
import { followSegment, segmentDetails, startSegment } from '../../../bin/commands/conduct-segment.ts';
import { taskRun } from '../../../bin/commands/task-run.ts';
import { BurstView } from '../../../bin/terminal/show-burst.ts';
import { localEnvironment } from '../../../config/names.ts';
import { loadBurstGate, usualBurstGate } from '../../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../../lib/burst/load-plan.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { localAccount, localRegion } from '../../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../../lib/operator/cloud-clients.ts';
import { asCloudFailure } from '../../../lib/operator/cloud-failure.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import type { Pace } from '../../../lib/operator/pace.ts';
import { readSealedVerdict } from '../../../lib/operator/seal-verdict.ts';
import { failureOf } from '../../../lib/vocabulary/failure.ts';
import { executionIdSchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../../lib/vocabulary/instant.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { type ScriptedCloud, scriptedAccessKey, startScriptedCloud, sweepMillis } from './scripted-cloud.ts';
import { stalledMillis } from './stalls.ts';
import { openWireProxy, type WireProxy } from './wire-proxy.ts';

/**
 * The operator's pace with time compressed: a second of AWS is some fifteen milliseconds here. Only what is
 * bounded by work and not by waiting is compressed less, or a busy machine would be taken for a broken cloud.
 */
export const schedulePace: Pace = {
  callMillis: 1_000,
  attempts: 4,
  backoff: { first: 3, longest: 80 },
  looksPerSecond: 300,
  logPagesPerSecond: 300,
  poll: { shortest: 5, longest: 60 },
  ownLook: 8,
  patience: 4_000,
  visibility: 1_000,
  evidenceWait: 2_000,
  logSettle: 1_000,
  relaunchWaitSeconds: 0,
};

/** How one command of the operator ended. */
export type Ended = {
  readonly command: string;
  readonly exitCode: number;
  /** Without the time in which this process could not run. */
  readonly seconds: number;
  /** PASS, FAIL or INDETERMINATE, when it reported a verdict. */
  readonly verdict: string | undefined;
  readonly cause: string | undefined;
  /** Code and message, when it failed to report one. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly said: readonly string[];
};

/** Everything about a schedule that was played, for the judge of it. */
export type Played = {
  readonly schedule: FaultSchedule;
  readonly commands: readonly Ended[];
  readonly truth: 'pass' | 'failure';
  readonly launches: ScriptedCloud['truth']['launches'];
  readonly violations: readonly string[];
  /** Launches that the state machine asked for, in their order. */
  readonly asked: readonly string[];
  /** How the execution really ended; `undefined` when it was never started. */
  readonly status: string | undefined;
  readonly sealed: string | undefined;
  readonly complaints: readonly string[];
  readonly wire: ReturnType<WireProxy['counts']>;
  /** Milliseconds in which this process could not run: an outage that nobody has drawn. */
  readonly stalledMillis: number;
};

const executionName = 'played_20260221T020923Z';
const runId = runIdSchema.parse('platform_20260221T020900Z');
/** A story that is still open after so many attaches in fair weather never ends. */
const mostAttaches = 2;
/** A deadline that an attempt reaches, when it is its act. */
const shortDeadline = '1s';

/** A scripted cloud, the wire to it, and an operator at its end. */
export type Stage = {
  readonly folder: string;
  readonly cloud: ScriptedCloud;
  readonly proxy: WireProxy;
  readonly environment: OperatorEnvironment;
  /** Runs one command of the operator to its end. */
  readonly command: (name: string, run: (context: CommandContext) => Promise<number>) => Promise<Ended>;
  readonly close: () => Promise<void>;
};

/** Sets the stage for a schedule, in a folder of its own that goes with it. */
export async function openStage(schedule: FaultSchedule): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'schedule-'));
  const cloud = await startScriptedCloud(folder, schedule);
  const proxy = await openWireProxy(cloud.port, schedule);
  const now = () => Date.now() + schedule.clocks.operatorMillis;
  const environment: OperatorEnvironment = {
    name: localEnvironment,
    account: localAccount,
    region: localRegion,
    clients: connectCloud({
      region: localRegion,
      loopback: { endpoint: proxy.url, accessKey: scriptedAccessKey },
      pace: schedulePace,
      now,
    }),
    evidence: createFolderStore(join(folder, 'evidence')),
    mirror: createFolderStore(join(folder, 'mirror')),
  };
  return {
    folder,
    cloud,
    proxy,
    environment,
    command: (name, run) => runCommand(name, environment, now, run),
    close: async () => {
      environment.clients.close();
      await proxy.close();
      await stopEverything(cloud);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Plays a schedule: the operator's command in the weather that is drawn; then, when that is over and the tasks
 * have ended, attaches until there is a verdict for good; then once more, for a verdict must not change.
 */
export async function playSchedule(schedule: FaultSchedule): Promise<Played> {
  const stalledBefore = stalledMillis();
  const stage = await openStage(schedule);
  const { cloud, proxy, environment } = stage;
  const commands: Ended[] = [];
  const command: Stage['command'] = async (name, run) => {
    const ended = await stage.command(name, run);
    commands.push(ended);
    return ended;
  };
  try {
    let ended = await command(schedule.machine, (context) => launch(context, environment, schedule));
    const execution = await startedExecution(cloud);
    await whenOver(cloud, schedule);
    proxy.heal();
    if (schedule.forgotten) proxy.forget();
    const again = schedule.machine === 'bounded-burst' ? burstAttach : attach;
    for (
      let attaches = 0;
      execution !== undefined && attaches < mostAttaches && !isFinal(ended);
      attaches += 1
    ) {
      ended = await command('attach', (context) => again(context, execution));
    }
    if (execution !== undefined && isFinal(ended))
      await command('attach again', (context) => again(context, execution));
    const id = executionIdSchema.safeParse(execution).data;
    const sealed =
      id === undefined ? undefined : await readSealedVerdict(environment, id, new AbortController().signal);
    const [real] = cloud.executions.all();
    return {
      schedule,
      commands,
      truth: cloud.truth.verdict(schedule),
      launches: cloud.truth.launches,
      violations: cloud.truth.violations,
      asked: (real?.events ?? []).flatMap((event) =>
        event.type === 'TaskScheduled' ? (launchKeyPattern.exec(JSON.stringify(event))?.[1] ?? []) : [],
      ),
      status: real?.status,
      sealed: sealed?.verdict,
      complaints: cloud.complaints,
      wire: proxy.counts(),
      stalledMillis: stalledMillis() - stalledBefore,
    };
  } finally {
    await stage.close();
  }
}

/** In the text of a TaskScheduled event, where JSON stands in JSON. */
const launchKeyPattern = /LAUNCH_KEY[^}]*?"Value\\?":\\?"([^"\\]+)/;

/** A verdict for good: anything but what may still become known. */
function isFinal({ verdict }: Ended): boolean {
  return verdict === 'PASS' || verdict === 'FAIL';
}

async function launch(
  context: CommandContext,
  environment: OperatorEnvironment,
  schedule: FaultSchedule,
): Promise<number> {
  switch (schedule.machine) {
    case 'one-shot': {
      const reachesDeadline = schedule.attempts['Run/0']?.[0]?.act === 'deadline';
      return await taskRun(context, 'probe', {
        params: '{"note":"played"}',
        execution: executionName,
        run: runId,
        relaunchWait: '0s',
        ...(reachesDeadline ? { deadline: shortDeadline } : {}),
      });
    }
    case 'bounded-burst': {
      const execution = await startBurst(context, environment, {
        plan: await loadBurstPlan('rehearsal'),
        gate: await loadBurstGate(usualBurstGate),
        source: { run_folder: '/nowhere', scenario_id: 'baseline_v1' },
        runId,
      });
      const view = new BurstView();
      const followed = await followBurst(context, environment, execution, (event) => view.describe(event));
      return await reportBurstConclusion(context, environment, execution, followed);
    }
    case 'segment-5a': {
      const scenarioIds = Array.from({ length: schedule.lanes }, (_, lane) => `scenario-${lane}`);
      const plan = { runsRoot: '/nowhere', world: '/nowhere', scenarioIds, partitions: 1 };
      const deadline = instantFromMillis(context.now() + 600_000);
      const execution = await startSegment(context, environment, runId, plan, deadline);
      const { conclusion, summary } = await followSegment(context, environment, execution);
      const details = segmentDetails(plan.runsRoot, summary);
      return reportConclusion(context, environment, execution, conclusion, details);
    }
  }
}

const verdictSchema = z.looseObject({ verdict: z.string(), cause: z.string() });

async function runCommand(
  name: string,
  environment: OperatorEnvironment,
  now: () => number,
  run: (context: CommandContext) => Promise<number>,
): Promise<Ended> {
  const said: string[] = [];
  let reported: z.infer<typeof verdictSchema> | undefined;
  const context: CommandContext = {
    output: {
      json: true,
      progress: (line) => said.push(line),
      result: (text, object) => {
        said.push(...text.split('\n'));
        reported = verdictSchema.safeParse(object).data;
      },
    },
    openEnvironment: async () => environment,
    environmentName: environment.name,
    signal: new AbortController().signal,
    now,
  };
  const began = performance.now() - stalledMillis();
  const end = (exitCode: number, failure: Ended['failure']): Ended => ({
    command: name,
    exitCode,
    seconds: (performance.now() - stalledMillis() - began) / 1_000,
    verdict: reported?.verdict,
    cause: reported?.cause,
    failure,
    said,
  });
  try {
    return end(await run(context), undefined);
  } catch (caught) {
    const error = asCloudFailure(caught);
    const { code, message, exit } = failureOf(error);
    const inner = error instanceof Error && code === 'INTERNAL' ? `${message} ${error.stack}` : message;
    return end(exit === 'transient' ? 75 : 70, { code, message: inner });
  }
}

/** The name of the one execution that was meant to start, from its intent. */
async function startedExecution({ home }: ScriptedCloud): Promise<string | undefined> {
  const folder = join(home.evidence, 'evidence', localEnvironment, 'run_control');
  const names = await readdir(folder).catch(() => []);
  return names.find((name) => executionIdSchema.safeParse(name).success);
}

/** Waits for executions and one-shot tasks to end, and for every event that is on its way. */
async function whenOver(
  { executions, tasks, recorder }: ScriptedCloud,
  schedule: FaultSchedule,
): Promise<void> {
  const until = performance.now() + 30_000;
  const isLive = () =>
    executions.running().length > 0 ||
    tasks.list().some(({ end, group }) => end === null && !group.startsWith('service:'));
  while (isLive() && performance.now() < until) await delay(10);
  const deliveries = [
    schedule.ended,
    ...Object.values(schedule.attempts)
      .flat()
      .map(({ record }) => record),
  ];
  await delay(Math.max(...deliveries.map(({ times, lateMillis }) => times * lateMillis)) + 20);
  // What was never delivered is made up for by the next sweep.
  if (deliveries.some(({ times }) => times === 0)) await delay(sweepMillis + 50);
  await recorder.idle();
}

async function stopEverything(cloud: ScriptedCloud): Promise<void> {
  cloud.services.close();
  for (const { taskArn, end } of cloud.tasks.list()) {
    if (end === null) await cloud.tasks.stop(taskArn, 'the schedule is over');
  }
  await Promise.race([
    Promise.all(cloud.tasks.list().map(({ taskArn }) => cloud.tasks.whenStopped(taskArn))),
    delay(2_000, undefined, { ref: false }),
  ]);
  await cloud.recorder.idle();
  cloud.close();
}
