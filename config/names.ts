import type { ExecutionId, LaunchKey, RunId } from '../lib/vocabulary/identifiers.ts';

/**
 * The only place of names: stacks, local cloud, operator and tasks all take them from here, so that
 * what one side creates is what the other side looks for.
 */
export const product = 'fraud-platform';

/** Name of an environment, as in `config/environments/<name>.yaml`; `local` is the one that needs no account. */
export type EnvironmentName = string;
export const localEnvironment: EnvironmentName = 'local';

/** Container name inside every task definition; part of the log stream name. */
export const containerName = 'task';

export const clusterName = (environment: EnvironmentName) => `${product}-${environment}`;
export const taskFamily = (environment: EnvironmentName, task: string) => `${product}-${environment}-${task}`;
/** An ECS service has the name of its task family. */
export const serviceName = taskFamily;
export const stateMachineName = (environment: EnvironmentName, workflow: string) =>
  `${product}-${environment}-${workflow}`;

/** `logical` is the path of a secret in a task contract, such as `database/probe/dsn`. */
export const secretParameterName = (environment: EnvironmentName, logical: string) =>
  `/${product}/${environment}/${logical}`;

export const taskLogGroup = (environment: EnvironmentName) => `/${product}/${environment}/tasks`;
/** Stream of one task: `prefix/container/task-id`, as the awslogs driver names it; derived, never searched. */
export const taskLogStream = (task: string, taskId: string) => `${task}/${containerName}/${taskId}`;

export const databaseName = 'fraud_platform';
/** Login role of a contract. */
export const databaseRole = (contract: string) => `fraud_${contract.replaceAll('-', '_')}`;

/** Tags of a launched task; the reaper reads the deadline, the operator the launch key. */
export const launchTags = {
  deadline: 'fraud-platform:deadline',
  launchKey: 'fraud-platform:launch-key',
} as const;

/** Evidence about the executions of an environment, each in a folder of its own. Ends with a slash. */
export const runControlRoot = (environment: EnvironmentName) => `evidence/${environment}/run_control/`;
/** Evidence about one execution, in the environment's own root. Ends with a slash. */
export const runControlPrefix = (environment: EnvironmentName, executionId: ExecutionId) =>
  `${runControlRoot(environment)}${executionId}/`;
/** The object by which the doctor asks whether evidence can be overwritten. */
export const writeProbeKey = (environment: EnvironmentName) =>
  `evidence/${environment}/doctor/write-probe.json`;
/** Evidence about one execution, in the root of the run scope it served. Ends with a slash. */
export const runScopedPrefix = (runId: RunId, executionId: ExecutionId) =>
  `evidence/runs/${runId}/${executionId}/`;
/** Record of a run scope. */
export const runScopeKey = (runId: RunId) => `evidence/runs/${runId}/run.json`;
/** What was launched for phases, and what was scored for them. Ends with a slash. */
export const phasesPrefix = (environment: EnvironmentName) => `evidence/${environment}/phases/`;
export const phasePrefix = (environment: EnvironmentName, phaseId: string) =>
  `${phasesPrefix(environment)}${phaseId}/`;
/** Evidence about one launch: `started.json`, `result.json`, `task-record.json`. Ends with a slash. */
export const launchPrefix = (environment: EnvironmentName, launchKey: LaunchKey) => {
  const [executionId, state, number] = launchKey.split('/');
  return `evidence/${environment}/run_control/${executionId}/launches/${state}/${number}/`;
};

/**
 * Keys of every record of an environment, as a policy of S3 matches them, where `*` stands for slashes too. An
 * execution id ends in Z, which keeps the copies in sealed bundles out: those lie below `data/`, and who seals puts them.
 */
export const recordKeys = (environment: EnvironmentName): readonly string[] => [
  `${runControlRoot(environment)}*Z/execution-record.json`,
  `${runControlRoot(environment)}*Z/launches/*/task-record.json`,
];

/** Private DNS zone of an environment: what is inside the network finds services by it. */
export const internalDomain = (environment: EnvironmentName) => `${product}-${environment}.internal`;
/** Where the ingestion gate of an environment answers; the one host that may be spoken to in plain http. */
export const gateHost = (environment: EnvironmentName) =>
  environment === localEnvironment ? '127.0.0.1' : `gate.${internalDomain(environment)}`;
export const gateUrl = (environment: EnvironmentName) => `http://${gateHost(environment)}:8080`;

/** Mebibytes; V8 would let the young generation grow to half of what the gate may have. */
export const gateNodeOptions = '--max-semi-space-size=16';

/** Values of the settings that contracts ask for, by setting name. */
export const settingValues = (
  environment: EnvironmentName,
  choices: { readonly adHocQueries: boolean },
): Readonly<Record<string, string>> => ({
  GATE_URL: gateUrl(environment),
  NODE_OPTIONS: gateNodeOptions,
  AD_HOC_QUERIES: choices.adHocQueries ? 'allowed' : 'refused',
});

/** Mount point, inside a container, of the scratch volume. */
export const scratchFolder = '/scratch';
/** PEM file in the image with the authorities that sign for RDS. */
export const databaseAuthoritiesFile = '/opt/fraud-platform/database-authorities.pem';
/** What a service's container runs to ask itself whether it is well; the whole command, without a shell. */
export const healthCommand = ['node', 'tasks/health.mjs'] as const;

/** Stacks of an environment, in the order in which they are deployed; torn down from the end. */
export const stackName = (environment: EnvironmentName, stack: string) =>
  `${product}-${environment}-${stack}`;
export const bucketName = (
  environment: EnvironmentName,
  account: string,
  content: 'evidence' | 'lake' | 'access-logs',
) => `${product}-${environment}-${content}-${account}`;
/** What lies where in the lake; tasks are granted these prefixes, each of which ends with a slash. */
export const lakePrefixes = {
  worlds: 'lake/worlds/',
  policies: 'lake/policies/',
  events: 'lake/events/',
  runs: 'lake/runs/',
} as const;
export const imageRepositoryName = (environment: EnvironmentName) => `${product}-${environment}`;
export const databaseIdentifier = (environment: EnvironmentName) => `${product}-${environment}`;
/** Role that a task's own code runs as. */
export const taskRoleName = (environment: EnvironmentName, task: string) =>
  `${taskFamily(environment, task)}-task`;
/** Role that starts a task: pulls the image, reads the secrets, opens the log. */
export const executionRoleName = (environment: EnvironmentName, task: string) =>
  `${taskFamily(environment, task)}-execution`;
export const workflowRoleName = (environment: EnvironmentName, workflow: string) =>
  `${stateMachineName(environment, workflow)}-workflow`;
/** A Lambda function of the platform; its role has the same name. */
export const functionName = (environment: EnvironmentName, purpose: string) =>
  `${product}-${environment}-${purpose}`;
export const functionLogGroup = (environment: EnvironmentName, purpose: string) =>
  `/aws/lambda/${functionName(environment, purpose)}`;
/** Step Functions may write to groups of this prefix without a growing resource policy. */
export const workflowLogGroup = (environment: EnvironmentName, workflow: string) =>
  `/aws/vendedlogs/states/${stateMachineName(environment, workflow)}`;
export const flowLogGroup = (environment: EnvironmentName) => `/${product}/${environment}/network`;
export const alarmTopicName = (environment: EnvironmentName) => `${product}-${environment}-alarms`;
export const budgetName = (environment: EnvironmentName) => `${product}-${environment}`;

/** Tag of a database that an operator stopped: the reaper stops it again when RDS starts it after a week. */
export const stoppedOnPurposeTag = 'fraud-platform:stopped-on-purpose';
