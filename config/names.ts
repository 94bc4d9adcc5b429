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

/** Evidence about one execution, in the environment's own root. Ends with a slash. */
export const runControlPrefix = (environment: EnvironmentName, executionId: ExecutionId) =>
  `evidence/${environment}/run_control/${executionId}/`;
/** Evidence about one execution, in the root of the run scope it served. Ends with a slash. */
export const runScopedPrefix = (runId: RunId, executionId: ExecutionId) =>
  `evidence/runs/${runId}/${executionId}/`;
/** Record of a run scope. */
export const runScopeKey = (runId: RunId) => `evidence/runs/${runId}/run.json`;
/** Evidence about one launch: `started.json`, `result.json`, `task-record.json`. Ends with a slash. */
export const launchPrefix = (environment: EnvironmentName, launchKey: LaunchKey) => {
  const [executionId, state, number] = launchKey.split('/');
  return `evidence/${environment}/run_control/${executionId}/launches/${state}/${number}/`;
};

/** Where the ingestion gate of an environment answers; the one host that may be spoken to in plain http. */
export const gateHost = (environment: EnvironmentName) =>
  environment === localEnvironment ? '127.0.0.1' : `gate.${product}-${environment}.internal`;
export const gateUrl = (environment: EnvironmentName) => `http://${gateHost(environment)}:8080`;

/** Values of the settings that contracts ask for, by setting name. */
export const settingValues = (environment: EnvironmentName): Readonly<Record<string, string>> => ({
  GATE_URL: gateUrl(environment),
});
