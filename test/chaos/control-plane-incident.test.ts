import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { adjudicate } from '../../bin/commands/burst-adjudicate.ts';
import type { CommandContext } from '../../bin/commands/command-context.ts';
import { followBurst, startBurst } from '../../bin/commands/conduct-burst.ts';
import { loadBurstGate } from '../../lib/burst/load-gate-spec.ts';
import { loadBurstPlan } from '../../lib/burst/load-plan.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { ensureLocalCloud } from '../../lib/local-cloud/control.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { FollowEvent } from '../../lib/operator/follow-execution.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { localPace } from '../../lib/operator/pace.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { fairWeather } from '../fakes/faults/fault-schedule.ts';
import { openWireProxy, type WireProxy } from '../fakes/faults/wire-proxy.ts';
import { type BurstCommands, openBurstCommands } from '../support/burst-commands.ts';
import { refusedWith } from '../support/refused-with.ts';
import { sampleGate } from '../support/sample-burst.ts';

/**
 * The day that started it all: in the middle of a burst of twenty minutes, describe and STS calls timed out for
 * ten, and what ended the burst was a person who tried again. Here a second stands for a hundred of that day's:
 * the burst lasts twelve, the outage six, and the follower loses its patience of two minutes after little more
 * than one. Everything else is real: cloud, lanes, gate, database, evidence.
 */
const burstSeconds = 12;
const outageSeconds = 6;

let commands: BurstCommands;
let wire: WireProxy;
/** Every call hangs; credentials, which are asked for anew every second, too. */
let isOut = false;
before(async () => {
  commands = await openBurstCommands();
  const { port } = await ensureLocalCloud(commands.environment.home);
  wire = await openWireProxy(port, fairWeather('bounded-burst'));
});
after(async () => {
  await wire.close();
  await commands.close();
});

async function openOperator(): Promise<OperatorEnvironment> {
  const { home } = commands.environment;
  const { accessKey } = await ensureLocalCloud(home);
  return {
    name: 'local',
    account: localAccount,
    region: localRegion,
    clients: connectCloud({
      region: localRegion,
      loopback: {
        endpoint: wire.url,
        accessKey,
        credentials: async (accessKeyId) => {
          while (isOut) await delay(50);
          return { accessKeyId, secretAccessKey: 'unused', expiration: new Date(Date.now() + 1_000) };
        },
      },
      pace: { ...localPace, callMillis: 400, attempts: 3, patience: 1_200 },
    }),
    evidence: createFolderStore(join(home, 'evidence')),
    mirror: createFolderStore(join(home, 'mirror')),
  };
}

function contextOf(environment: OperatorEnvironment): CommandContext {
  return {
    output: { json: true, part: () => undefined, progress: () => undefined, result: () => undefined },
    openEnvironment: async () => environment,
    environmentName: 'local',
    signal: new AbortController().signal,
    now: () => Date.now(),
  };
}

/** Start of the first lane and end of the last one, as the processes beside them wrote them down. */
async function trueWindow(executionId: string): Promise<readonly [number, number]> {
  const folder = join(commands.environment.home, 'tasks');
  const lanes = await Promise.all(
    (await readdir(folder)).map(async (id) => {
      const task = await readFile(join(folder, id, 'task.json'), 'utf8').catch(() => '');
      if (!task.includes(`${executionId}/Lane/`)) return [];
      return [JSON.parse(await readFile(join(folder, id, 'agent.json'), 'utf8'))];
    }),
  );
  const agents = lanes.flat();
  assert.equal(agents.length, 2);
  return [
    Math.min(...agents.map(({ startedAt }) => startedAt)),
    Math.max(...agents.map(({ stoppedAt }) => stoppedAt)),
  ];
}

const budgets = [
  { name: 'generous', maximum: 5_400, isExceeded: false },
  { name: 'tight', maximum: burstSeconds / 2, isExceeded: true },
] as const;
for (const { name, maximum, isExceeded } of budgets) {
  test(`ten minutes without a control plane in the middle of a burst: it ends on time, and B8 is ${isExceeded ? 'open' : 'not open'} by the tasks' own truth`, {
    timeout: 180_000,
  }, async () => {
    const path = await commands.planFile({ lanes: 2, duration_seconds: burstSeconds, max_events: 100_000 });
    const gatePath = join(commands.environment.home, `${name}.yaml`);
    await writeFile(
      gatePath,
      JSON.stringify(
        sampleGate({
          name,
          baseline: { admits_per_minute: 1_000, source: 'the incident' },
          duration_seconds: { minimum: 5, maximum },
        }),
      ),
    );
    const environment = await openOperator();
    const context = contextOf(environment);
    const execution = await startBurst(context, environment, {
      plan: await loadBurstPlan(path),
      gate: await loadBurstGate(gatePath),
      source: { run_folder: commands.bundle, scenario_id: 'baseline_v1' },
      runId: undefined,
    });
    const seen: FollowEvent['kind'][] = [];
    let outage: NodeJS.Timeout | undefined;
    const following = followBurst(context, environment, execution, (event) => {
      seen.push(event.kind);
      const isSending = event.kind === 'log' && event.line.includes('"progress"');
      if (isSending && outage === undefined) {
        isOut = true;
        wire.storm({ kind: 'hang' });
        outage = setTimeout(() => {
          isOut = false;
          wire.storm(undefined);
        }, outageSeconds * 1_000);
      }
      return undefined;
    });
    await assert.rejects(following, refusedWith('CLOUD_UNREACHABLE'));
    assert.ok(isOut, 'its patience ended before the outage');
    assert.equal(seen.at(-1), 'unreachable', 'what it said last is that it knows nothing');
    while (isOut) await delay(50);

    // Another operator, after the outage.
    const { conclusion, measured } = await followBurst(context, environment, execution, () => undefined);
    assert.equal(conclusion.verdict.verdict, 'PASS', conclusion.verdict.reasons.join('; '));
    for (const lane of measured.lanes) assert.equal(lane.stop_reason, 'duration');
    const [start, end] = await trueWindow(execution.executionId);
    const { task_life: life } = measured.measures;
    assert.deepEqual(life, {
      start: instantFromMillis(start),
      end: instantFromMillis(end),
      seconds: (end - start) / 1_000,
    });
    assert.ok((life?.seconds ?? 0) >= burstSeconds);
    assert.ok((life?.seconds ?? 0) < burstSeconds + 30, `${life?.seconds} s: the bound is its own plan`);
    const receipts = await commands.receiptsOf(execution.runId);
    const admitted = receipts.get('ADMIT')?.events ?? 0;
    assert.ok(admitted > 0);
    assert.equal(measured.measures.counts.admitted, admitted);
    const { snapshot, blockers } = await adjudicate(
      context,
      environment,
      execution.executionId,
      execution.runId,
    );
    assert.equal(snapshot.runtime_budget.elapsed_seconds, life?.seconds);
    assert.deepEqual(
      blockers.filter(({ id }) => id === 'M10F-B8').map(({ id }) => id),
      isExceeded ? ['M10F-B8'] : [],
    );
    assert.ok(!snapshot.undetermined.includes('M10F-B8'));
    environment.clients.close();
  });
}
