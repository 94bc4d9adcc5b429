import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { followBurst, reportBurstConclusion, startBurst } from '../../../bin/commands/conduct-burst.ts';
import { reportConclusion } from '../../../bin/commands/conduct-execution.ts';
import { followSegment, segmentDetails, startSegment } from '../../../bin/commands/conduct-segment.ts';
import { taskRun } from '../../../bin/commands/task-run.ts';
import { loadBurstGate, usualBurstGate } from '../../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../../lib/burst/load-plan.ts';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud, localCloudStatus } from '../../../lib/local-cloud/control.ts';
import { parseJournal } from '../../../lib/local-cloud/executions/journal.ts';
import { localAccount, localRegion } from '../../../lib/local-cloud/local-identity.ts';
import { launchKeyOfTask, storedTaskSchema } from '../../../lib/local-cloud/task-runner/ecs-task.ts';
import { connectCloud } from '../../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../../lib/operator/operator-environment.ts';
import { localPace, type Pace } from '../../../lib/operator/pace.ts';
import { runIdAt } from '../../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../../lib/vocabulary/instant.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { openFaultyStore } from './faulty-store.ts';
import type { Ground, TrueStory } from './ground.ts';
import { runCommand } from './run-command.ts';
import { schedulePatience } from './schedule-pace.ts';
import { askedIn } from './scripted-ground.ts';
import { Truth } from './truth.ts';
import { openWireProxy } from './wire-proxy.ts';

/** What is launched for real: a run to send, and a world to run, both small. */
export type RealMaterial = {
  readonly home: string;
  /** File that the cloud's interference reads. */
  readonly scheduleFile: string;
  readonly planPath: string;
  readonly runFolder: string;
  readonly runsRoot: string;
  readonly world: string;
};

/** As the local one, but a call that hangs is found out sooner, and so is an outage. */
const pace: Pace = { ...localPace, callMillis: 2_000, patience: 10_000, evidenceWait: 25_000 };

/**
 * A ground of real tasks: the local cloud in its own process with PostgreSQL, tasks as processes beside their
 * agents. The truth about them is what their agents wrote down.
 */
export async function openRealGround(
  material: RealMaterial,
  schedule: FaultSchedule,
): Promise<Ground & { readonly close: () => Promise<void> }> {
  const { home } = material;
  const journal = join(home, 'journal');
  const before = new Set(await readdir(journal));
  await writeFile(material.scheduleFile, JSON.stringify(schedule));
  const { port, accessKey } = await ensureLocalCloud(home);
  const proxy = await openWireProxy(port, schedule);
  const store = openFaultyStore(createFolderStore(join(home, 'evidence')), schedule.store, schedulePatience);
  const now = () => Date.now() + schedule.clocks.operatorMillis;
  const environment: OperatorEnvironment = {
    name: 'local',
    account: localAccount,
    region: localRegion,
    clients: connectCloud({ region: localRegion, loopback: { endpoint: proxy.url, accessKey }, pace, now }),
    evidence: store.store,
    mirror: createFolderStore(join(home, 'mirror')),
  };
  const intents = join(home, 'evidence', 'evidence', 'local', 'run_control');
  const known = new Set(await readdir(intents).catch(() => []));
  return {
    proxy,
    store,
    environment,
    command: (name, run) => runCommand(name, environment, now, run),
    launch: async (context) => {
      switch (schedule.machine) {
        case 'one-shot':
          return await taskRun(context, 'probe', { params: '{"note":"real"}', relaunchWait: '0s' });
        case 'bounded-burst': {
          const execution = await startBurst(context, environment, {
            plan: await loadBurstPlan(material.planPath),
            gate: await loadBurstGate(usualBurstGate),
            source: { run_folder: material.runFolder, scenario_id: 'baseline_v1' },
            runId: undefined,
          });
          const followed = await followBurst(context, environment, execution, () => undefined);
          return await reportBurstConclusion(context, environment, execution, followed);
        }
        case 'segment-5a': {
          const { runsRoot, world } = material;
          const own = ['baseline_v1'];
          const plan = {
            runsRoot,
            world,
            scenarioIds: own,
            runScenarioIds: own,
            partitions: schedule.lanes,
          };
          const deadline = instantFromMillis(context.now() + 600_000);
          const runId = runIdAt(context.now());
          const execution = await startSegment(context, environment, runId, plan, deadline);
          const { conclusion, summary } = await followSegment(context, environment, execution);
          const details = segmentDetails(runsRoot, summary);
          return reportConclusion(context, environment, execution, conclusion, details);
        }
      }
    },
    isLaunchNamed: false,
    startedExecution: async () => (await readdir(intents).catch(() => [])).find((name) => !known.has(name)),
    whenOver: async () => {
      const until = performance.now() + 120_000;
      for (;;) {
        const status = await localCloudStatus(home);
        const names = (await readdir(journal)).filter((name) => !before.has(name));
        const texts = await Promise.all(names.map((name) => readFile(join(journal, name), 'utf8')));
        const isOver =
          status?.running_executions === 0 && texts.every((text) => text.includes('"kind":"ended"'));
        if (isOver || performance.now() > until) break;
        await delay(50);
      }
      // The recorder makes up every ten seconds for what it was not told of.
      await delay(11_000);
    },
    tell: (execution) => tell(home, schedule, execution),
    close: async () => {
      environment.clients.close();
      await proxy.close();
      await rm(material.scheduleFile, { force: true });
    },
  };
}

async function tell(
  home: string,
  schedule: FaultSchedule,
  execution: string | undefined,
): Promise<TrueStory> {
  const text = await readFile(join(home, 'journal', `${execution}.jsonl`), 'utf8').catch(() => '');
  const tasks = await Promise.all(
    (await readdir(join(home, 'tasks'))).map(async (id) => {
      const stored = await readFile(join(home, 'tasks', id, 'task.json'), 'utf8').catch(() => undefined);
      const task = stored === undefined ? undefined : storedTaskSchema.safeParse(JSON.parse(stored)).data;
      const launchKey = task === undefined ? undefined : launchKeyOfTask(task);
      return launchKey?.startsWith(`${execution}/`) && task?.end?.startedAt != null
        ? [{ launchKey, end: task.end, startedAt: task.end.startedAt }]
        : [];
    }),
  );
  const truth = new Truth();
  for (const { launchKey, end, startedAt } of tasks
    .flat()
    .sort((one, other) => one.startedAt - other.startedAt)) {
    const launch = truth.began(launchKey, startedAt);
    launch.endedAt = end.stoppedAt;
    launch.exitCode = end.exitCode ?? undefined;
    launch.didItsWork = end.exitCode === 0;
  }
  return {
    truth: truth.verdict(schedule),
    launches: truth.launches,
    violations: truth.violations,
    asked: text.split('\n').flatMap((line) => askedIn(line) ?? []),
    status: parseJournal(text)?.ended?.status,
    complaints: [],
  };
}
