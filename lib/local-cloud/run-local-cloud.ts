import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { productVersion } from '../../config/product-version.ts';
import { openStore } from '../evidence/stores/open-store.ts';
import { containerContracts } from '../task-contracts/catalogue.ts';
import { type Failure, failureOf, messageOf } from '../vocabulary/failure.ts';
import { type ComposedCloud, composeCloud } from './compose-cloud.ts';
import { type CloudStatus, controlAddress } from './control.ts';
import { type Home, homeAt, prepareHome } from './home.ts';
import { interferenceOptionSchema, loadInterference } from './interference.ts';
import { createParameterSource } from './parameter-source.ts';
import { ensurePostgres, type LocalPostgres } from './postgres/postgres-server.ts';
import { chooseServerPlace, nativeFolder } from './postgres/server-place.ts';
import { renderDefinitions } from './render-definitions.ts';
import { openSecretFiles, type SecretFiles } from './secret-files.ts';
import { openServerLog } from './server-log.ts';
import { identityOf, standInSchema } from './stand-in.ts';
import { startAgentProcess } from './task-runner/start-agent.ts';

const optionsSchema = z.object({
  /** Program and first arguments of every task; tests put small programs of their own here. */
  entryPoint: z.array(z.string()).min(1).optional(),
  fsync: z.boolean().optional(),
  /** What a test does to this cloud from the inside. */
  interference: interferenceOptionSchema.optional(),
  standIn: standInSchema.optional(),
});

const taskEntryPoint = [process.execPath, fileURLToPath(new URL('../../tasks/main.mjs', import.meta.url))];

type Cloud = ComposedCloud & {
  readonly postgres: () => LocalPostgres | undefined;
  readonly shutDown: () => Promise<void>;
};

/** How often a cloud looks whether its home is still there. */
const homeLookMillis = 2_000;

const log = openServerLog(process.stderr);

/**
 * The local cloud as a process: holds the control address of its home, or ends at once when another
 * one does; then serves until it is asked to stop. SIGTERM ends the process and leaves tasks,
 * executions and PostgreSQL to the next one.
 */
export async function runLocalCloud(homeFolder: string): Promise<void> {
  const home = homeAt(homeFolder);
  const startedAt = new Date().toISOString();
  let cloud: Cloud | undefined;
  let failure: Failure | undefined;
  const status = (): CloudStatus => {
    const postgres = cloud?.postgres();
    return {
      state: failure !== undefined ? 'failed' : cloud === undefined ? 'starting' : 'ready',
      pid: process.pid,
      port: cloud?.port ?? 0,
      started_at: startedAt,
      version: productVersion,
      home: home.root,
      running_executions: cloud?.executions.running().length ?? 0,
      running_tasks: cloud?.tasks.list().filter(({ end }) => end === null).length ?? 0,
      postgres: postgres === undefined ? null : { port: postgres.port, pid: postgres.pid },
      failure: failure ?? null,
    };
  };
  const control = await holdControlAddress(home.root, async (question) => {
    const answer = JSON.stringify(status());
    const forced = question === 'stop-forced';
    const idle = (cloud?.executions.running().length ?? 0) === 0;
    if (forced || (question === 'stop' && idle)) {
      void (existsSync(home.layout) ? shutDown(cloud, forced) : endWithHome(cloud));
    }
    return answer;
  });
  if (control === undefined) return;
  // Whoever starts a cloud has made its home. One that comes up late, its starter killed, must not bring back a home
  // that was removed in the meantime.
  if (!existsSync(home.root)) process.exit(0);
  process.on('SIGTERM', () => process.exit(0));
  try {
    cloud = await startCloud(home);
    log(`ready on 127.0.0.1:${cloud.port}`);
    const watch = setInterval(() => {
      if (existsSync(home.layout)) return;
      clearInterval(watch);
      void endWithHome(cloud);
    }, homeLookMillis).unref();
  } catch (error) {
    failure = failureOf(error);
    log(`failed: ${failure.code} ${failure.message}`);
    // Whoever started this process asks once more, to learn why; then the address is free again.
    setTimeout(() => process.exit(1), 1_500);
  }
}

async function shutDown(cloud: Cloud | undefined, forced: boolean): Promise<void> {
  if (cloud !== undefined) {
    cloud.services.close();
    if (forced) await abortExecutions(cloud);
    // Services need the database, which goes next; one-shot tasks end by themselves unless it is forced.
    const left = cloud.tasks
      .list()
      .filter(({ end, group }) => end === null && (forced || group.startsWith('service:')));
    await Promise.all(
      left.map(async ({ taskArn }) => {
        // Signalled also when the disk refuses to note it.
        await cloud.tasks
          .stop(taskArn, 'the local cloud was stopped')
          .catch((error: unknown) => log(`${taskArn}: ${messageOf(error)}`));
        await cloud.tasks.whenStopped(taskArn);
      }),
    );
    await cloud.recorder.idle();
  }
  await cloud?.shutDown();
  // The control address goes with the process: who sees it gone knows that the process is.
  log('stopped');
  process.exit(0);
}

/**
 * Ends what serves a home that was removed: nothing can be told of it any more, and nothing may outlive it. Tasks end
 * with their grace by their agents, who need nobody for that.
 */
async function endWithHome(cloud: Cloud | undefined): Promise<void> {
  try {
    cloud?.services.close();
    const live = cloud?.tasks.list().filter(({ end }) => end === null) ?? [];
    await Promise.allSettled(live.map(({ taskArn }) => cloud?.tasks.stop(taskArn, 'the home was removed')));
    await cloud?.shutDown();
  } finally {
    process.exit(1);
  }
}

async function abortExecutions(cloud: Cloud): Promise<void> {
  await Promise.all(
    cloud.executions
      .running()
      .map((execution) =>
        cloud.executions.stop(execution, 'LocalCloud.Stopped', 'the local cloud was stopped'),
      ),
  );
  await cloud.recorder.idle();
}

async function startCloud(home: Home): Promise<Cloud> {
  const options = optionsSchema.parse(JSON.parse(process.env.FRAUD_PLATFORM_OPTIONS ?? '{}'));
  await prepareHome(home);
  const secrets = openSecretFiles(home.secrets);
  const accessKey = await secrets.obtain('cloud-access-key');
  const { whenReady, current } = startPostgres(home, secrets, options.fsync);
  const place = await chooseServerPlace(home.postgres, await nativeFolder());
  const { standIn } = options;
  const identity = identityOf(standIn);
  const parameters = createParameterSource(
    identity.environment,
    identity.region,
    identity.account,
    containerContracts,
    secrets,
    whenReady,
  );

  Object.assign(process.env, standIn?.recorderVariables);
  const evidenceStore = standIn?.evidenceStore ?? `${pathToFileURL(home.evidence).href}/`;
  const composed = await composeCloud({
    home,
    identity,
    evidence: openStore(evidenceStore),
    accessKey,
    parameters,
    renderDefinitions: (ports) => renderDefinitions(home, place.folder, ports, evidenceStore, standIn),
    entryPoint: options.entryPoint ?? taskEntryPoint,
    startAgent: startAgentProcess,
    interference: await loadInterference(options.interference),
    complain: log,
  });
  return {
    ...composed,
    postgres: current,
    shutDown: async () => {
      composed.close();
      const postgres = await whenReady().catch(() => undefined);
      await postgres?.stop();
    },
  };
}

/** PostgreSQL comes up beside the server; who needs it waits for it, and learns why when it cannot. */
function startPostgres(
  home: Home,
  secrets: SecretFiles,
  fsync: boolean | undefined,
): { readonly whenReady: () => Promise<LocalPostgres>; readonly current: () => LocalPostgres | undefined } {
  let current: LocalPostgres | undefined;
  const start = async (): Promise<LocalPostgres> => {
    try {
      current = await ensurePostgres({
        folder: home.postgres,
        secrets,
        ...(fsync === undefined ? {} : { fsync }),
      });
      log(`PostgreSQL on 127.0.0.1:${current.port}`);
      return current;
    } catch (error) {
      log(`PostgreSQL: ${failureOf(error).message}`);
      throw error;
    }
  };
  let starting = start();
  starting.catch(() => undefined);
  return {
    // A start that failed is tried again by the next one who needs it.
    whenReady: () =>
      starting.catch(() => {
        starting = start();
        return starting;
      }),
    current: () => current,
  };
}

/** Holds the control address and answers on it; `undefined` when another process holds it. */
async function holdControlAddress(
  homeFolder: string,
  answer: (question: string) => Promise<string>,
): Promise<Server | undefined> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let question = '';
    socket.on('data', (chunk) => {
      question += chunk.toString('utf8');
    });
    socket.on('end', () => {
      void answer(question.trim()).then((text) => socket.end(text));
    });
    socket.on('error', () => socket.destroy());
  });
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path: controlAddress(homeFolder) }, () => resolve(server));
  });
}
