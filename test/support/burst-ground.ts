import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type LaneResult, laneResultSchema } from '../../lib/burst/lane-result.ts';
import { type BurstPlan, planDigest } from '../../lib/burst/plan.ts';
import { connect, type DatabaseClient } from '../../lib/database/connect.ts';
import { gateSpecDigest } from '../../lib/gates/burst/gate-spec.ts';
import { launchResultSchema } from '../../lib/runtime/result.ts';
import { generateWorld } from '../../lib/segment-5a/worlds/generate-world.ts';
import { burstContract } from '../../lib/task-contracts/burst.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { runStates } from '../tasks/segment/run-states.ts';
import { openGate, type TestGate } from './gate.ts';
import { launchVariablesOf, sampleExecution } from './launch-environment.ts';
import { createTestEnvironment, type TestEnvironment } from './local-environment.ts';
import { sampleGate } from './sample-burst.ts';
import { type StartedGate, startGate } from './start-gate.ts';

const main = fileURLToPath(new URL('../../tasks/main.mjs', import.meta.url));
export const sampleRun = 'platform_20260221T020923Z';

/** A gate, a database and a run that passed, with steps of bursts as processes that a test may kill. */
export type BurstGround = {
  readonly environment: TestEnvironment;
  readonly gate: TestGate;
  /** The segment run that passed. */
  readonly runFolder: string;
  /** The owner's connection that works now. */
  readonly owner: () => DatabaseClient;
  /** Runs a step to its end. */
  readonly step: (step: BurstStep, change?: Readonly<Record<string, string>>) => Promise<StepEnd>;
  /** Starts a step in a process group of its own. */
  readonly start: (step: BurstStep, change?: Readonly<Record<string, string>>) => Promise<RunningStep>;
  /** Where PostgreSQL listens. */
  readonly databasePort: number;
  /** A gate beside the service, whose database is behind another port. */
  readonly startGate: (databasePort: number) => Promise<StartedGate>;
  /** Decisions of a run in the database, and how many different events they are about. */
  readonly receipts: (runId?: string) => Promise<ReadonlyMap<string, { events: number; ids: number }>>;
  readonly checkpoint: (
    lane: number,
    runId?: string,
  ) => Promise<{ frontier: number; epoch: number } | undefined>;
  /** A new connection of the owner, when the server has dropped the old one. */
  readonly reconnect: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type BurstStep = {
  readonly step: 'open' | 'lane' | 'close';
  readonly lane?: number;
  readonly plan: BurstPlan;
  readonly runId?: string;
  readonly deadline?: Date;
};

export type StepEnd = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly output: JsonObject | null;
  readonly failure: { readonly code: string } | null;
  readonly lane: LaneResult | undefined;
};

export type RunningStep = {
  readonly kill: (signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT') => void;
  /** Resolves when a line of the log says this. */
  readonly says: (text: string) => Promise<void>;
  readonly end: Promise<StepEnd>;
};

export async function openBurstGround(): Promise<BurstGround> {
  const environment = await createTestEnvironment();
  const folder = await mkdtemp(join(tmpdir(), 'burst-ground-'));
  await chmod(folder, 0o711);
  const up = await environment.fraudctl('local', 'up');
  if (up.exitCode !== 0) throw new Error(up.stderr);
  const world = join(folder, 'world');
  const watch = { progress: () => undefined, signal: new AbortController().signal };
  await generateWorld('small', '42', world, watch);
  const { runFolder } = await runStates(
    { world, runsRoot: join(folder, 'runs') },
    ['S0', 'S1', 'S2', 'S3', 'S4', 'S5'],
    { runScenarioIds: ['baseline_v1'] },
  );
  const gate = await openGate(environment);
  let launches = 0;
  let owner = gate.owner;
  const databasePort = (await gate.wishFor('gate')).dsn.port;

  const start = async (
    { step, lane, plan, runId = sampleRun, deadline = new Date(Date.now() + 300_000) }: BurstStep,
    change: Readonly<Record<string, string>> = {},
  ): Promise<RunningStep> => {
    launches += 1;
    const number = launches;
    const parameters = {
      step,
      ...(lane === undefined ? {} : { lane }),
      plan: JSON.parse(JSON.stringify(plan)),
      plan_sha256: planDigest(plan),
      gate_spec: JSON.parse(JSON.stringify(sampleGate())),
      gate_spec_sha256: gateSpecDigest(sampleGate()),
      source: { run_folder: runFolder, scenario_id: 'baseline_v1' },
    };
    const variables = await launchVariablesOf(environment, burstContract, {
      parameters,
      number,
      scratch: folder,
      deadline,
    });
    const child = spawn(process.execPath, [main, burstContract.name], {
      env: { ...variables, RUN_ID: runId, GATE_URL: gate.url, ...change },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    return running(environment, child, number);
  };
  return {
    environment,
    gate,
    runFolder,
    databasePort,
    startGate: (through) => startGate(environment, folder, { postgres: databasePort, through }),
    start,
    step: async (step, change) => (await start(step, change)).end,
    receipts: async (runId = sampleRun) => {
      const { rows } = await owner.query<{ decision: string; events: number; ids: number }>(
        `select decision, count(*)::int as events, count(distinct event_id)::int as ids
           from ingest.receipts where run_id = $1 group by 1`,
        [runId],
      );
      return new Map(rows.map(({ decision, events, ids }) => [decision, { events, ids }]));
    },
    checkpoint: async (lane, runId = sampleRun) => {
      const { rows } = await owner.query<{ frontier: number; epoch: number }>(
        'select frontier::int, epoch::int from ingest.checkpoints where run_id = $1 and lane = $2',
        [runId, lane],
      );
      return rows[0];
    },
    reconnect: async () => {
      if ((await owner.query('select').catch(() => undefined)) !== undefined) return;
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const fresh = await connect(await gate.wishFor('master')).catch(() => undefined);
        if (fresh !== undefined) {
          await closeClient(owner);
          owner = fresh;
          return;
        }
        await delay(100);
      }
      throw new Error('the database stays away');
    },
    owner: () => owner,
    close: async () => {
      if (owner !== gate.owner) await closeClient(owner);
      // A cloud that was killed left the port that these clients know; a new one ends what it left.
      await gate.close().catch(() => closeClient(gate.owner));
      await environment.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function running(environment: TestEnvironment, child: ChildProcess, number: number): RunningStep {
  let stdout = '';
  let ended = false;
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  const end = new Promise<StepEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      ended = true;
      resultOf(environment, number).then((result) => resolve({ exitCode, stdout, ...result }), reject);
    });
  });
  return {
    end,
    kill: (signal) => {
      try {
        process.kill(-(child.pid ?? 0), signal);
      } catch {
        // It has ended by itself.
      }
    },
    says: async (text) => {
      while (!stdout.includes(text)) {
        if (ended) throw new Error(`the step ended without saying ${text}: ${stdout.slice(-2_000)}`);
        await delay(10);
      }
    },
  };
}

async function resultOf(environment: TestEnvironment, number: number) {
  const key = `evidence/local/run_control/${sampleExecution}/launches/Run/${number}/result.json`;
  const content = await environment.evidence.get(key);
  if (content === undefined) return { output: null, failure: null, lane: undefined };
  const { output, failure } = launchResultSchema.parse(JSON.parse(new TextDecoder().decode(content)));
  return { output, failure, lane: laneResultSchema.safeParse(output).data };
}

async function closeClient(client: DatabaseClient): Promise<void> {
  await (client as DatabaseClient & { end: () => Promise<void> }).end().catch(() => undefined);
}
