import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { localEnvironment } from '../../../config/names.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { localAccount, localRegion } from '../../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import { executionIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { openFaultyStore } from './faulty-store.ts';
import type { Ground } from './ground.ts';
import { runCommand } from './run-command.ts';
import { schedulePace, schedulePatience } from './schedule-pace.ts';
import { type ScriptedCloud, scriptedAccessKey, startScriptedCloud } from './scripted-cloud.ts';
import { scriptedLaunch } from './scripted-launch.ts';
import { noSeams, type Seams } from './seams.ts';
import { openWireProxy } from './wire-proxy.ts';

/** A ground whose cloud and tasks are in this process. */
export type ScriptedGround = Ground & {
  readonly folder: string;
  readonly cloud: ScriptedCloud;
  readonly close: () => Promise<void>;
};

/** Opens a ground for a schedule, in a folder of its own that goes with it. */
export async function openScriptedGround(
  schedule: FaultSchedule,
  seams: Seams = noSeams,
): Promise<ScriptedGround> {
  const folder = await mkdtemp(join(tmpdir(), 'schedule-'));
  const cloud = await startScriptedCloud(folder, schedule, seams);
  const proxy = await openWireProxy(cloud.port, schedule);
  const store = openFaultyStore(
    createFolderStore(join(folder, 'evidence')),
    schedule.store,
    schedulePatience,
  );
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
    evidence: seams.evidence(store.store),
    mirror: createFolderStore(join(folder, 'mirror')),
  };
  return {
    folder,
    cloud,
    proxy,
    store,
    environment,
    command: async (name, run) => seams.said(await runCommand(name, environment, now, run)),
    launch: (context) => scriptedLaunch(context, environment, schedule),
    isLaunchNamed: schedule.machine === 'one-shot',
    startedExecution: async () => {
      const intents = join(cloud.home.evidence, 'evidence', localEnvironment, 'run_control');
      const names = await readdir(intents).catch(() => []);
      return names.find((name) => executionIdSchema.safeParse(name).success);
    },
    whenOver: () => whenOver(cloud, schedule),
    tell: async () => {
      const [real] = cloud.executions.all();
      return {
        truth: cloud.truth.verdict(schedule),
        launches: cloud.truth.launches,
        violations: cloud.truth.violations,
        asked: (real?.events ?? []).flatMap((event) => askedIn(JSON.stringify(event)) ?? []),
        status: real?.status,
        complaints: cloud.complaints,
      };
    },
    close: async () => {
      environment.clients.close();
      await proxy.close();
      await stopEverything(cloud);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The key of the launch that an event asks for, in its text, where JSON stands in JSON. */
export function askedIn(event: string): string | undefined {
  return /"TaskScheduled".*?LAUNCH_KEY[^}]*?"Value\\?":\\?"([^"\\]+)/.exec(event)?.[1];
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
  if (deliveries.some(({ times }) => times === 0)) await delay(noSeams.sweepMillis + 50);
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
