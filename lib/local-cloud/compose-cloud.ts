import { clusterName, serviceName } from '../../config/names.ts';
import type { EvidenceStore } from '../evidence/stores/evidence-store.ts';
import { usesGate } from '../recorder/gate-lease.ts';
import { serviceContracts } from '../task-contracts/catalogue.ts';
import type { TaskDefinition } from '../task-contracts/task-definition.ts';
import { workflows } from '../workflows/catalogue.ts';
import { runTaskResource, type StateMachine, updateServiceResource } from '../workflows/state-machine.ts';
import { ExecutionRegistry } from './executions/execution-registry.ts';
import { Journal } from './executions/journal.ts';
import { runTaskHandler } from './executions/run-task-handler.ts';
import { updateServiceHandler } from './executions/update-service-handler.ts';
import type { Home } from './home.ts';
import { startReaperHost } from './hosts/reaper-host.ts';
import { createRecorderHost, type RecorderHost } from './hosts/recorder-host.ts';
import type { Interference } from './interference.ts';
import { ecsOperations } from './operations/ecs.ts';
import { logFile, logOperations } from './operations/logs.ts';
import { parameterOperations } from './operations/parameters.ts';
import { stepFunctionsOperations } from './operations/step-functions.ts';
import type { ParameterSource } from './parameter-source.ts';
import { choosePorts } from './service-ports.ts';
import type { CloudIdentity } from './stand-in.ts';
import { RegisteredDefinitions } from './task-runner/registered-definitions.ts';
import { ServiceRegistry } from './task-runner/service-registry.ts';
import type { StartAgent } from './task-runner/start-agent.ts';
import { TaskRegistry } from './task-runner/task-registry.ts';
import { createWireServer } from './wire-server.ts';

export type CloudParts = {
  readonly home: Home;
  readonly identity: CloudIdentity;
  /** Where the recorder writes. */
  readonly evidence: EvidenceStore;
  /** Requests must be signed with it. */
  readonly accessKey: string;
  readonly parameters: ParameterSource;
  /** The task definitions, given the port of each service. */
  readonly renderDefinitions: (ports: ReadonlyMap<string, number>) => readonly TaskDefinition[];
  /** The state machines by workflow, where they come from elsewhere; otherwise those of `lib/workflows`. */
  readonly machines?: Readonly<Record<string, StateMachine>>;
  /** Program and first arguments of every container. */
  readonly entryPoint: readonly string[];
  readonly startAgent: StartAgent;
  readonly interference: Interference;
  /** Between two looks of the recorder for what it was not told of. */
  readonly sweepMillis?: number;
  readonly complain: (line: string) => void;
};

/** On AWS a schedule starts the recorder every minute. */
const sweepMillis = 10_000;

/** A cloud that serves, whatever process it is in. */
export type ComposedCloud = {
  readonly port: number;
  readonly executions: ExecutionRegistry;
  readonly tasks: TaskRegistry;
  readonly services: ServiceRegistry;
  readonly recorder: RecorderHost;
  /** Serves no more; tasks and executions stay as they are. */
  readonly close: () => void;
};

/**
 * Puts a cloud together over a home and takes up what an earlier one left there: tasks first, because
 * executions that are taken up again look for theirs, and services for their ports.
 */
export async function composeCloud(parts: CloudParts): Promise<ComposedCloud> {
  const { home, identity, interference, complain } = parts;
  const { environment, region, account } = identity;
  const clusterArn = `arn:aws:ecs:${region}:${account}:cluster/${clusterName(environment)}`;
  let services: ServiceRegistry | undefined;
  const recorder = createRecorderHost(
    environment,
    parts.evidence,
    {
      tasks: () => tasks,
      executions: () => executions.all(),
      gateIsWanted: () =>
        usesGate(
          environment,
          executions.running().map(({ facts }) => facts.stateMachineArn),
        ),
      scaleGateToZero: async () => await services?.want(serviceName(environment, 'gate'), 0),
    },
    interference,
    complain,
  );
  const tasks: TaskRegistry = new TaskRegistry({
    tasksFolder: home.tasks,
    logFileOf: (definition, taskId) => {
      const [container] = definition.containerDefinitions;
      const prefix = container.logConfiguration.options['awslogs-stream-prefix'];
      return logFile(home.logs, `${prefix}/${container.name}/${taskId}`);
    },
    entryPoint: parts.entryPoint,
    readSecret: async (valueFrom) => {
      const value = await parts.parameters.read(valueFrom);
      if (value === undefined)
        throw new Error(`unable to retrieve the parameter ${valueFrom}: ParameterNotFound`);
      return value;
    },
    startAgent: parts.startAgent,
    beforeStart: interference.beforeStart,
    onStopped: (task) => {
      recorder.taskStopped(task);
      services?.taskStopped(task);
    },
    complain,
  });
  await tasks.restore();
  const ports = await choosePorts(
    home.services,
    serviceContracts.map(({ name }) => ({
      name,
      alive: isServiceAlive(tasks, serviceName(environment, name)),
    })),
  );
  const definitions = new RegisteredDefinitions(region, account, parts.renderDefinitions(ports));
  services = new ServiceRegistry({
    folder: home.services,
    tasks,
    clusterArn,
    services: new Map(
      serviceContracts.flatMap(({ name }) => {
        const service = serviceName(environment, name);
        const definition = definitions.find(service);
        return definition === undefined ? [] : [[service, definition] as const];
      }),
    ),
    complain,
  });
  const placement = {
    clusterArn,
    subnets: ['subnet-local'],
    securityGroups: ['sg-local'],
    assignPublicIp: 'DISABLED' as const,
  };
  const executions = new ExecutionRegistry({
    ...identity,
    definitions:
      parts.machines ??
      Object.fromEntries(Object.entries(workflows).map(([name, define]) => [name, define(placement)])),
    handlers: {
      [runTaskResource]: runTaskHandler(tasks, definitions, interference),
      [updateServiceResource]: updateServiceHandler(tasks, services, clusterArn),
    },
    journal: new Journal(home.journal),
    onEnded: recorder.executionEnded,
    complain,
  });
  const server = createWireServer(
    {
      ...stepFunctionsOperations(executions),
      ...ecsOperations(tasks, definitions, services, clusterArn, interference),
      ...parameterOperations(parts.parameters),
      ...logOperations(home.logs),
    },
    parts.accessKey,
  );
  // Executions that are taken up say what they want of services: nothing older may be read over that.
  await services.restore();
  await executions.restore();
  const port = await listen(server);
  const stopReaper = startReaperHost(tasks, complain);
  const sweeping = setInterval(recorder.sweep, parts.sweepMillis ?? sweepMillis);
  return {
    port,
    executions,
    tasks,
    services,
    recorder,
    close: () => {
      stopReaper();
      clearInterval(sweeping);
      server.close();
      server.closeAllConnections();
    },
  };
}

function isServiceAlive(tasks: TaskRegistry, service: string): boolean {
  return tasks.list().some((task) => task.group === `service:${service}` && task.end === null);
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
