import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { z } from 'zod';
import { secretParameterName } from '../../config/names.ts';
import type { BurstPlan } from '../../lib/burst/plan.ts';
import { connect } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import { createTestEnvironment, type TestEnvironment } from './local-environment.ts';
import { readParameters } from './read-parameters.ts';
import { samplePlan } from './sample-burst.ts';

const laneSchema = z.looseObject({
  lane: z.int(),
  epoch: z.string(),
  resumed_at: z.int(),
  stop_reason: z.string(),
  sent: z.int(),
  admitted: z.int(),
  duplicates: z.int(),
  unresolved: z.int(),
  frontier: z.int(),
});

/** What `fraudctl --json burst run` prints. */
export const ranBurstSchema = z.looseObject({
  execution_id: z.string(),
  run_id: z.string(),
  verdict: z.string(),
  cause: z.string(),
  bundle: z.string().nullable(),
  lanes: z.array(laneSchema),
  measures: z.looseObject({
    task_life: z.looseObject({ seconds: z.number() }).nullable(),
    load: z.looseObject({ seconds: z.number() }).nullable(),
    database: z.looseObject({ admitted: z.int(), duplicates: z.int() }).nullable(),
  }),
});

export type ReceiptCounts = ReadonlyMap<string, { readonly events: number; readonly ids: number }>;

/** A local environment with a sealed segment run to send, and a way to look into its database. */
export type BurstCommands = {
  readonly environment: TestEnvironment;
  /** Folder of the run that is sent. */
  readonly bundle: string;
  readonly database: Awaited<ReturnType<typeof connect>>;
  /** Writes the sample plan with some fields changed, and returns its path. */
  readonly planFile: (change: Partial<Record<keyof BurstPlan, unknown>>) => Promise<string>;
  readonly receiptsOf: (runId: string) => Promise<ReceiptCounts>;
  /** Process group of a lane that has sent something, other than those known. */
  readonly laneThatSends: (known: readonly number[]) => Promise<number>;
  readonly close: () => Promise<void>;
};

export async function openBurstCommands(): Promise<BurstCommands> {
  const environment = await createTestEnvironment();
  const { home } = environment;
  const run = await environment.fraudctl(
    ...['--json', 'segment', 'run', '--scale', '12', '--seed', '5', '--scenario', 'baseline_v1'],
    ...['--runs-root', join(home, 'runs')],
  );
  if (run.exitCode !== 0) throw new Error(run.stderr);
  const up = await environment.fraudctl('local', 'up');
  if (up.exitCode !== 0) throw new Error(up.stderr);
  const [dsn = ''] = await readParameters(home, [secretParameterName('local', 'database/master/dsn')]);
  const database = await connect({
    dsn: parseDsn(dsn, 'master'),
    authorities: await readFile(join(home, 'postgres', 'authority.pem'), 'utf8'),
    applicationName: 'test',
  });
  let plans = 0;
  const logOf = async (taskId: string) => {
    const logs = join(home, 'logs');
    const name = (await readdir(logs, { recursive: true })).find((path) => path.includes(taskId));
    return name === undefined ? '' : await readFile(join(logs, name), 'utf8').catch(() => '');
  };
  return {
    environment,
    bundle: JSON.parse(run.stdout).segment.run_folder,
    database,
    planFile: async (change) => {
      plans += 1;
      const name = `plan-${plans}`;
      const path = join(home, `${name}.yaml`);
      await writeFile(path, stringify(samplePlan({ ...change, name })));
      return path;
    },
    receiptsOf: async (runId) => {
      const { rows } = await database.query<{ decision: string; events: number; ids: number }>(
        `select decision, count(*)::int as events, count(distinct event_id)::int as ids
           from ingest.receipts where run_id = $1 group by 1`,
        [runId],
      );
      return new Map(rows.map(({ decision, events, ids }) => [decision, { events, ids }]));
    },
    laneThatSends: async (known) => {
      const tasks = join(home, 'tasks');
      for (let attempt = 0; attempt < 600; attempt += 1) {
        for (const id of await readdir(tasks)) {
          const log = await logOf(id);
          if (!log.includes('"progress"') || log.includes('lane-ended')) continue;
          const agent = JSON.parse(await readFile(join(tasks, id, 'agent.json'), 'utf8').catch(() => '{}'));
          if (typeof agent.pid !== 'number' || known.includes(agent.pid)) continue;
          if (isAlive(agent.pid)) return agent.pid;
        }
        await delay(50);
      }
      throw new Error('no lane sends');
    },
    close: async () => {
      await database.end();
      await environment.close();
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
