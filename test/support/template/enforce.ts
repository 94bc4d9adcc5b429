import type { ComposedCloud } from '../../../lib/local-cloud/compose-cloud.ts';
import { StatesError } from '../../../lib/local-cloud/executions/states-error.ts';
import { type Interference, NotStarted, noInterference } from '../../../lib/local-cloud/interference.ts';
import { launchAccess, machineAccess, startAccess } from './access-of.ts';
import type { Authority } from './authority.ts';
import type { DeployedEnvironment } from './deployed-environment.ts';

/** Where AWS's services decide in the life of a launch, and how each says no. */
export type Enforcement = {
  readonly interference: Interference;
  /** Tells the enforcement of the cloud that it is a part of. */
  readonly knowing: (cloud: ComposedCloud) => ComposedCloud;
};

/**
 * Step Functions launches as the role of the state machine and passes the roles of the task; Fargate starts as
 * the execution role, which trusts it and nobody else.
 */
export function enforceIn(deployed: DeployedEnvironment, authority: Authority): Enforcement {
  let cloud: ComposedCloud | undefined;
  const { places, definitions, machines } = deployed;
  const definitionOf = (arn: string) => definitions.get(arn.split('/').at(-1)?.split(':')[0] ?? '');
  const launchOf = (launchKey: string | undefined) => {
    const [executionId] = (launchKey ?? '').split('/');
    const execution = cloud?.executions.running().find(({ facts }) => facts.name === executionId);
    const workflow = [...machines].find(([name]) => execution?.facts.stateMachineArn.endsWith(`-${name}`));
    const definition = definitionOf(
      /"task_definition":"([^"]+)"/.exec(execution?.facts.input ?? '')?.[1] ?? '',
    );
    if (workflow === undefined || definition === undefined) throw new Error(`nobody knows ${launchKey}`);
    return { role: workflow[1].role, definition, machineArn: execution?.facts.stateMachineArn ?? '' };
  };
  return {
    knowing: (composed) => {
      cloud = composed;
      return composed;
    },
    interference: {
      ...noInterference,
      runTask: async (launchKey, launch) => {
        const { role, definition, machineArn } = launchOf(launchKey);
        const denied =
          authority.untrusted(role, 'states.amazonaws.com', machineArn) ??
          authority.firstDenied([...machineAccess(role, places), ...launchAccess(role, definition, places)]);
        if (denied !== undefined) {
          const code = 'Service: AmazonECS; Status Code: 400; Error Code: AccessDeniedException';
          throw new StatesError('ECS.AccessDeniedException', `${denied} (${code})`);
        }
        return await launch();
      },
      beforeStart: async (launchKey) => {
        const task = cloud?.tasks.findByLaunchKey(launchKey ?? '');
        const definition = definitionOf(task?.taskDefinitionArn ?? '');
        // A service's own tasks have no launch key, and none runs here.
        if (task === undefined || definition === undefined) return;
        const taskId = task.taskArn.split('/').at(-1) ?? '';
        for (const role of [definition.executionRoleArn, definition.taskRoleArn]) {
          const untrusted = authority.untrusted(role, 'ecs-tasks.amazonaws.com', task.taskArn);
          if (untrusted !== undefined)
            throw new NotStarted(`ECS was unable to assume the role: ${untrusted}`);
        }
        const denied = authority.firstDenied(startAccess(definition, taskId, places));
        if (denied !== undefined)
          throw new NotStarted(`${stageOf(denied)}: AccessDeniedException: ${denied}`);
      },
    },
  };
}

/** What Fargate was doing, in its words. */
function stageOf(denied: string): string {
  const action = /not authorized to perform: (\S+)/.exec(denied)?.[1] ?? '';
  if (action.startsWith('logs:')) {
    return 'ResourceInitializationError: failed to validate logger args: failed to create Cloudwatch log stream';
  }
  if (action.startsWith('ecr:')) {
    return 'ResourceInitializationError: unable to pull secrets or registry auth: unable to pull registry auth from Amazon ECR';
  }
  return 'ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets from ssm';
}
