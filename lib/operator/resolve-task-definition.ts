import { ClientException, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { taskFamily } from '../../config/names.ts';
import { cloudErrorKind } from '../vocabulary/cloud-error.ts';
import { fail } from '../vocabulary/failure.ts';
import { checkClock } from './check-clock.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/**
 * Full ARN, with revision, of the newest task definition of a task: the first thing that a launch asks of the
 * cloud. Throws `TASK_NOT_DEPLOYED` (64), and `CLOCK_WRONG` (77) when the answer shows that clocks differ.
 */
export async function resolveTaskDefinition(
  environment: OperatorEnvironment,
  task: string,
  signal: AbortSignal,
): Promise<string> {
  const family = taskFamily(environment.name, task);
  const described = await environment.clients.ecs
    .send(new DescribeTaskDefinitionCommand({ taskDefinition: family }), { abortSignal: signal })
    .catch((error: unknown) => {
      // A throttle may wear the same name.
      if (error instanceof ClientException && cloudErrorKind(error) === 'answered') return undefined;
      throw error;
    });
  checkClock(environment);
  return (
    described?.taskDefinition?.taskDefinitionArn ??
    fail({
      exit: 'usage',
      code: 'TASK_NOT_DEPLOYED',
      message: `the environment ${environment.name} has no task definition for ${task} in ${environment.account}, ${environment.region}`,
      where: family,
      value: task,
      remedy: `Deploy the environment (npx cdk deploy '${environment.name}/**'), or correct account and region of its file.`,
    })
  );
}
