import {
  containerName,
  type EnvironmentName,
  secretParameterName,
  taskFamily,
  taskLogGroup,
} from '../../config/names.ts';
import type { ContainerRequirements, ServiceContract } from './define-task.ts';
import { platformVariables } from './launch-environment.ts';

/** What an environment contributes to every task definition. */
export type EnvironmentFacts = {
  readonly environment: EnvironmentName;
  readonly account: string;
  readonly region: string;
  readonly image: string;
  readonly imageDigest: string;
  readonly evidenceStore: string;
  /** Path, inside the container, of the PEM file with the database's authorities. */
  readonly databaseAuthorities: string;
  /** Mount point, inside the container, of the scratch volume. */
  readonly scratch: string;
  /** Values of the settings that contracts ask for, by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Port of a service where its contract's own one may be taken; the local cloud's services share a host. */
  readonly portOf?: (service: ServiceContract) => number;
};

export type TaskDefinition = {
  readonly family: string;
  readonly cpu: string;
  readonly memory: string;
  readonly networkMode: 'awsvpc';
  readonly requiresCompatibilities: readonly ['FARGATE'];
  readonly runtimePlatform: { readonly cpuArchitecture: 'X86_64'; readonly operatingSystemFamily: 'LINUX' };
  readonly ephemeralStorage: { readonly sizeInGiB: number };
  readonly volumes: readonly { readonly name: string }[];
  readonly containerDefinitions: readonly [ContainerDefinition];
};

export type ContainerDefinition = {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly essential: true;
  readonly user: string;
  readonly readonlyRootFilesystem: true;
  readonly stopTimeout: number;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly portMappings?: readonly { readonly containerPort: number; readonly protocol: 'tcp' }[];
  readonly mountPoints: readonly { readonly sourceVolume: string; readonly containerPath: string }[];
  readonly linuxParameters: { readonly initProcessEnabled: true };
  readonly logConfiguration: {
    readonly logDriver: 'awslogs';
    readonly options: Readonly<Record<string, string>>;
  };
};

/** Seconds between SIGTERM and SIGKILL: the contract's grace and a margin for the result and the marker. */
export function stopTimeoutSeconds(contract: ContainerRequirements): number {
  return Math.min(120, Math.ceil(contract.stopGrace / 1_000) + 10);
}

/**
 * The ECS task definition of a contract in an environment, in the shape of RegisterTaskDefinition.
 * CDK and the local cloud both start tasks from this, so that what a task is given is what its
 * contract asks for. Secret values never appear: `secrets` names SSM parameters.
 */
export function renderTaskDefinition(
  contract: ContainerRequirements | ServiceContract,
  facts: EnvironmentFacts,
): TaskDefinition {
  const port = 'port' in contract ? (facts.portOf?.(contract) ?? contract.port) : undefined;
  const settings = Object.keys(contract.settings).map((name) => {
    const value = facts.settings[name];
    if (value === undefined) throw new Error(`there is no value for the setting ${name}`);
    return { name, value };
  });
  const environment = [
    { name: platformVariables.environment, value: facts.environment },
    { name: platformVariables.imageDigest, value: facts.imageDigest },
    // A service leaves rows, not evidence.
    port === undefined
      ? { name: platformVariables.evidenceStore, value: facts.evidenceStore }
      : { name: platformVariables.port, value: String(port) },
    ...(contract.database === undefined
      ? []
      : [{ name: platformVariables.databaseAuthorities, value: facts.databaseAuthorities }]),
    { name: platformVariables.scratch, value: facts.scratch },
    ...settings,
  ];
  const secrets = Object.entries(contract.secrets).map(([name, { path }]) => ({
    name,
    valueFrom: `arn:aws:ssm:${facts.region}:${facts.account}:parameter${secretParameterName(facts.environment, path)}`,
  }));
  return {
    family: taskFamily(facts.environment, contract.name),
    cpu: String(contract.size.cpu),
    memory: String(contract.size.memoryMiB),
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    ephemeralStorage: { sizeInGiB: contract.size.ephemeralDiskGiB },
    volumes: [{ name: 'scratch' }],
    containerDefinitions: [
      {
        name: containerName,
        image: facts.image,
        command: [contract.name],
        essential: true,
        user: '65532:65532',
        readonlyRootFilesystem: true,
        stopTimeout: stopTimeoutSeconds(contract),
        environment,
        secrets,
        ...(port === undefined ? {} : { portMappings: [{ containerPort: port, protocol: 'tcp' as const }] }),
        mountPoints: [{ sourceVolume: 'scratch', containerPath: facts.scratch }],
        linuxParameters: { initProcessEnabled: true },
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': taskLogGroup(facts.environment),
            'awslogs-region': facts.region,
            'awslogs-stream-prefix': contract.name,
            // The result marker is the last line a task writes; a dropped line would lose a verdict. A
            // service must never wait for its log.
            mode: port === undefined ? 'blocking' : 'non-blocking',
          },
        },
      },
    ],
  };
}
