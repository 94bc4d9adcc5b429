import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { clusterName, localEnvironment, serviceName, settingValues } from '../../config/names.ts';
import { productVersion } from '../../config/product-version.ts';
import { createFolderStore } from '../evidence/stores/folder-store.ts';
import { usesGate } from '../recorder/gate-lease.ts';
import { containerContracts, serviceContracts } from '../task-contracts/catalogue.ts';
import type { ServiceContract } from '../task-contracts/define-task.ts';
import { gateContract } from '../task-contracts/gate.ts';
import { renderTaskDefinition, type TaskDefinition } from '../task-contracts/task-definition.ts';
import { type Failure, failureOf } from '../vocabulary/failure.ts';
import { workflows } from '../workflows/catalogue.ts';
import { runTaskResource, updateServiceResource } from '../workflows/state-machine.ts';
import { type CloudStatus, controlAddress } from './control.ts';
import { ExecutionRegistry } from './executions/execution-registry.ts';
import { Journal } from './executions/journal.ts';
import { runTaskHandler } from './executions/run-task-handler.ts';
import { updateServiceHandler } from './executions/update-service-handler.ts';
import { type Home, homeAt, prepareHome } from './home.ts';
import { startReaperHost } from './hosts/reaper-host.ts';
import { createRecorderHost, type RecorderHost } from './hosts/recorder-host.ts';
import { localAccount, localRegion } from './local-identity.ts';
import { ecsOperations } from './operations/ecs.ts';
import { logFile, logOperations } from './operations/logs.ts';
import { parameterOperations } from './operations/parameters.ts';
import { stepFunctionsOperations } from './operations/step-functions.ts';
import { createParameterSource } from './parameter-source.ts';
import { ensurePostgres, type LocalPostgres } from './postgres/postgres-server.ts';
import { chooseServerPlace, nativeFolder } from './postgres/server-place.ts';
import { openSecretFiles, type SecretFiles } from './secret-files.ts';
import { choosePorts } from './service-ports.ts';
import { RegisteredDefinitions } from './task-runner/registered-definitions.ts';
import { ServiceRegistry } from './task-runner/service-registry.ts';
import { TaskRegistry } from './task-runner/task-registry.ts';
import { createWireServer } from './wire-server.ts';

const optionsSchema = z.object({
  /** Program and first arguments of every task; tests put small programs of their own here. */
  entryPoint: z.array(z.string()).min(1).optional(),
  fsync: z.boolean().optional(),
});

const taskEntryPoint = [process.execPath, fileURLToPath(new URL('../../tasks/main.mjs', import.meta.url))];

type Cloud = {
  readonly port: number;
  readonly executions: ExecutionRegistry;
  readonly tasks: TaskRegistry;
  readonly services: ServiceRegistry;
  readonly recorder: RecorderHost;
  readonly postgres: () => LocalPostgres | undefined;
  readonly shutDown: () => Promise<void>;
};

const log = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

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
      void shutDown(cloud, control, forced);
    }
    return answer;
  });
  if (control === undefined) return;
  process.on('SIGTERM', () => process.exit(0));
  try {
    cloud = await startCloud(home);
    log(`ready on 127.0.0.1:${cloud.port}`);
  } catch (error) {
    failure = failureOf(error);
    log(`failed: ${failure.code} ${failure.message}`);
    // Whoever started this process asks once more, to learn why; then the address is free again.
    setTimeout(() => process.exit(1), 1_500);
  }
}

async function shutDown(
  cloud: Cloud | undefined,
  control: Server | undefined,
  forced: boolean,
): Promise<void> {
  if (cloud !== undefined) {
    cloud.services.close();
    if (forced) await abortExecutions(cloud);
    // Services need the database, which goes next; one-shot tasks end by themselves unless it is forced.
    const left = cloud.tasks
      .list()
      .filter(({ end, group }) => end === null && (forced || group.startsWith('service:')));
    await Promise.all(
      left.map(async ({ taskArn }) => {
        await cloud.tasks.stop(taskArn, 'the local cloud was stopped');
        await cloud.tasks.whenStopped(taskArn);
      }),
    );
    await cloud.recorder.idle();
  }
  await cloud?.shutDown();
  control?.close();
  log('stopped');
  process.exit(0);
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
  const clusterArn = `arn:aws:ecs:${localRegion}:${localAccount}:cluster/${clusterName(localEnvironment)}`;
  const parameters = createParameterSource(
    localEnvironment,
    localRegion,
    localAccount,
    containerContracts,
    secrets,
    whenReady,
  );

  const store = createFolderStore(home.evidence);
  let services: ServiceRegistry | undefined;
  const releaseGate = async () => {
    const running = executions.running().map(({ facts }) => facts.stateMachineArn);
    if (!usesGate(localEnvironment, running)) await services?.want(serviceName(localEnvironment, 'gate'), 0);
  };
  const recorder = createRecorderHost(localEnvironment, store, { tasks: () => tasks, releaseGate }, log);
  const tasks: TaskRegistry = new TaskRegistry({
    tasksFolder: home.tasks,
    logFileOf: (definition, taskId) => {
      const [container] = definition.containerDefinitions;
      const prefix = container.logConfiguration.options['awslogs-stream-prefix'];
      return logFile(home.logs, `${prefix}/${container.name}/${taskId}`);
    },
    entryPoint: options.entryPoint ?? taskEntryPoint,
    readSecret: async (valueFrom) => {
      const value = await parameters.read(valueFrom);
      if (value === undefined)
        throw new Error(`unable to retrieve the parameter ${valueFrom}: ParameterNotFound`);
      return value;
    },
    onStopped: (task) => {
      recorder.taskStopped(task);
      services?.taskStopped(task);
    },
  });
  // Tasks first: executions that are taken up again look for theirs, and services for their ports.
  await tasks.restore();
  const ports = await choosePorts(
    home.services,
    serviceContracts.map(({ name }) => ({ name, alive: isServiceAlive(tasks, name) })),
  );
  const definitions = new RegisteredDefinitions(
    localRegion,
    localAccount,
    renderDefinitions(home, place.folder, ports),
  );
  services = new ServiceRegistry({
    folder: home.services,
    tasks,
    clusterArn,
    services: new Map(
      serviceContracts.flatMap(({ name }) => {
        const service = serviceName(localEnvironment, name);
        const definition = definitions.find(service);
        return definition === undefined ? [] : [[service, definition] as const];
      }),
    ),
    complain: log,
  });
  const placement = {
    clusterArn,
    subnets: ['subnet-local'],
    securityGroups: ['sg-local'],
    assignPublicIp: 'DISABLED' as const,
  };
  const executions = new ExecutionRegistry({
    environment: localEnvironment,
    region: localRegion,
    account: localAccount,
    definitions: Object.fromEntries(
      Object.entries(workflows).map(([name, define]) => [name, define(placement)]),
    ),
    handlers: {
      [runTaskResource]: runTaskHandler(tasks, definitions),
      [updateServiceResource]: updateServiceHandler(tasks, services, clusterArn),
    },
    journal: new Journal(home.journal),
    onEnded: recorder.executionEnded,
  });
  const server = createWireServer(
    {
      ...stepFunctionsOperations(executions),
      ...ecsOperations(tasks, definitions, services, clusterArn),
      ...parameterOperations(parameters),
      ...logOperations(home.logs),
    },
    accessKey,
  );
  await executions.restore();
  await services.restore();
  const port = await listen(server);
  const stopReaper = startReaperHost(tasks, log);
  return {
    port,
    executions,
    tasks,
    services,
    recorder,
    postgres: current,
    shutDown: async () => {
      stopReaper();
      server.close();
      server.closeAllConnections();
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

function isServiceAlive(tasks: TaskRegistry, name: string): boolean {
  const group = `service:${serviceName(localEnvironment, name)}`;
  return tasks.list().some((task) => task.group === group && task.end === null);
}

function renderDefinitions(
  home: Home,
  postgresFolder: string,
  ports: ReadonlyMap<string, number>,
): readonly TaskDefinition[] {
  const portOf = (service: ServiceContract) => ports.get(service.name) ?? service.port;
  return containerContracts.map((contract) =>
    renderTaskDefinition(contract, {
      environment: localEnvironment,
      account: localAccount,
      region: localRegion,
      image: 'local',
      imageDigest: 'local',
      evidenceStore: `${pathToFileURL(home.evidence).href}/`,
      databaseAuthorities: join(postgresFolder, 'authority.pem'),
      scratch: join(home.tasks, 'work'),
      settings: {
        ...settingValues(localEnvironment, { adHocQueries: true }),
        GATE_URL: `http://127.0.0.1:${portOf(gateContract)}`,
      },
      portOf,
    }),
  );
}

async function listen(server: ReturnType<typeof createWireServer>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
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
