import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { DescribeDBInstancesCommand, RDSClient, StopDBInstanceCommand } from '@aws-sdk/client-rds';
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { launchTags, stoppedOnPurposeTag } from '../../../config/names.ts';
import { anyExecutionRuns, liveTasks, scaleServiceToZero, stopTask } from '../ecs-tasks-handler.ts';
import { handlerVariable, handlerVariables } from '../handler-environment.ts';
import { type SweptEnvironment, sweep } from './sweep.ts';

const retries = { maxAttempts: 6 };
const ecs = new ECSClient(retries);
const rds = new RDSClient(retries);
const stepFunctions = new SFNClient(retries);

const tickSchema = z.object({ time: z.iso.datetime() });

/** The Lambda that a schedule starts every minute. Logs what it ended. */
export async function handler(event: unknown): Promise<void> {
  const now = Date.parse(tickSchema.parse(event).time);
  const cluster = handlerVariable(handlerVariables.cluster);
  const service = handlerVariable(handlerVariables.gateService);
  const database = handlerVariable(handlerVariables.database);
  const environment: SweptEnvironment = {
    runningTasks: async () =>
      (await liveTasks(ecs, cluster)).flatMap(({ taskArn, createdAt, tags, group }) =>
        taskArn === undefined
          ? []
          : [
              {
                taskArn,
                createdAt: createdAt?.getTime() ?? now,
                deadlineTag: tags?.find(({ key }) => key === launchTags.deadline)?.value,
                ofService: group?.startsWith('service:') ?? false,
              },
            ],
      ),
    gate: async () => {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
      const [found] = services ?? [];
      const changes = (found?.deployments ?? []).map(({ updatedAt }) => updatedAt?.getTime() ?? 0);
      return {
        desiredCount: found?.desiredCount ?? 0,
        changedAt: Math.max(0, ...changes),
        wanted: await anyExecutionRuns(stepFunctions, process.env[handlerVariables.gateWorkflow]),
      };
    },
    database: async () => {
      const { DBInstances } = await rds.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: database }),
      );
      const [found] = DBInstances ?? [];
      return {
        status: found?.DBInstanceStatus ?? 'unknown',
        stoppedOnPurpose: (found?.TagList ?? []).some(({ Key }) => Key === stoppedOnPurposeTag),
      };
    },
    carryOut: async (action) => {
      switch (action.kind) {
        case 'stop-task':
          return await stopTask(ecs, cluster, action.taskArn, action.reason);
        case 'scale-gate-to-zero':
          return await scaleServiceToZero(ecs, cluster, service);
        case 'stop-database':
          await rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: database }));
      }
    },
  };
  for (const action of await sweep(environment, now)) {
    process.stdout.write(`${JSON.stringify({ reaper: action })}\n`);
  }
}
