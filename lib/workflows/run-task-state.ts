import { containerName, launchTags } from '../../config/names.ts';
import { launchVariables } from '../task-contracts/launch-environment.ts';
import type { JsonObject } from '../vocabulary/json.ts';

/** Where tasks of an environment run; CDK fills in real ARNs and ids, the local cloud its own. */
export type Placement = {
  readonly clusterArn: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: 'ENABLED' | 'DISABLED';
};

/** JSONPaths, in the state's input, of what one launch needs. */
export type LaunchPaths = {
  readonly taskDefinition: string;
  readonly runId: string;
  readonly environment: string;
  readonly deadline: string;
  /** Object with `inline`, `key` and `sha256`; unused members are empty strings. */
  readonly parameters: string;
  /** How often this launch was relaunched before: 0, 1, 2. */
  readonly number: string;
};

/**
 * Parameters of `ecs:runTask.sync` for one launch. The launch key is `<execution>/<state>/<n>`, so a
 * relaunch never shares a key with what it replaces. Deadline and key are tags as well: the reaper
 * and the operator see them without asking the task.
 */
export function runTaskParameters(stateName: string, placement: Placement, paths: LaunchPaths): JsonObject {
  const launchKey = `States.Format('{}/${stateName}/{}', $$.Execution.Name, ${paths.number})`;
  return {
    LaunchType: 'FARGATE',
    Cluster: placement.clusterArn,
    'TaskDefinition.$': paths.taskDefinition,
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        Subnets: placement.subnets,
        SecurityGroups: placement.securityGroups,
        AssignPublicIp: placement.assignPublicIp,
      },
    },
    Overrides: {
      ContainerOverrides: [
        {
          Name: containerName,
          Environment: [
            { Name: launchVariables.executionId, 'Value.$': '$$.Execution.Name' },
            { Name: launchVariables.launchKey, 'Value.$': launchKey },
            { Name: launchVariables.launchedFor, 'Value.$': paths.environment },
            { Name: launchVariables.runId, 'Value.$': paths.runId },
            { Name: launchVariables.deadline, 'Value.$': paths.deadline },
            { Name: launchVariables.parameters, 'Value.$': `${paths.parameters}.inline` },
            { Name: launchVariables.parametersKey, 'Value.$': `${paths.parameters}.key` },
            { Name: launchVariables.parametersDigest, 'Value.$': `${paths.parameters}.sha256` },
          ],
        },
      ],
    },
    Tags: [
      { Key: launchTags.deadline, 'Value.$': paths.deadline },
      { Key: launchTags.launchKey, 'Value.$': launchKey },
    ],
  };
}

/** The few facts of a stopped task that stay in state data; the whole record is the recorder's. */
export const stoppedTaskSelector: JsonObject = {
  'task_arn.$': '$.TaskArn',
  'exit_code.$': '$.Containers[0].ExitCode',
  'stop_code.$': '$.StopCode',
  'started_at.$': '$.StartedAt',
  'stopped_at.$': '$.StoppedAt',
  'image_digest.$': '$.Containers[0].ImageDigest',
};

/**
 * The choice after a launch that was refused for its rate, however it is worded: a throttle of ECS has the
 * name of all its unnamed errors, and one of EC2 arrives as an invalid parameter. Nothing was launched.
 */
export function throttledLaunch(failure: string, next: string): JsonObject {
  return { Variable: `${failure}.Cause`, StringMatches: '*Rate exceeded*', Next: next };
}

/**
 * Errors of RunTask, as Step Functions names them, that say that nothing was launched. `AmazonECS.Unknown` is
 * an answer that lists failures and no task. An error that is not here, of the server or of the way to it, says
 * nothing: the task may run.
 */
export const runTaskRefusals = [
  'AmazonECS.Unknown',
  'ECS.AccessDeniedException',
  'ECS.BlockedException',
  'ECS.ClientException',
  'ECS.ClusterNotFoundException',
  'ECS.InvalidParameterException',
  'ECS.LimitExceededException',
  'ECS.PlatformTaskDefinitionIncompatibilityException',
  'ECS.PlatformUnknownException',
  'ECS.ThrottlingException',
  'ECS.UnsupportedFeatureException',
] as const;

/** The choice after a launch that was refused: nothing was launched, and asking again would change nothing. */
export function refusedLaunch(failure: string, next: string): JsonObject {
  const named = runTaskRefusals.map((name) => ({ Variable: `${failure}.Error`, StringEquals: name }));
  return { Or: named, Next: next };
}
