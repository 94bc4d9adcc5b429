import { ECSClient } from '@aws-sdk/client-ecs';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { launchTags } from '../../../config/names.ts';
import { anyExecutionRuns, liveTasks, scaleServiceToZero, stopTask } from '../ecs-tasks-handler.ts';
import { handlerVariable, handlerVariables } from '../handler-environment.ts';
import { type RecordedEnvironment, recordEvent } from './carry-out.ts';
import { putObjectIfAbsent } from './s3-records-handler.ts';

const retries = { maxAttempts: 6 };
const ecs = new ECSClient(retries);
const s3 = new S3Client(retries);
const stepFunctions = new SFNClient(retries);

/** The Lambda that writes task and execution records, for one event of EventBridge. */
export async function handler(event: unknown): Promise<void> {
  const cluster = handlerVariable(handlerVariables.cluster);
  const bucket = handlerVariable(handlerVariables.evidenceBucket);
  const environment: RecordedEnvironment = {
    putIfAbsent: (key, content) => putObjectIfAbsent(s3, bucket, key, content),
    liveTasks: async () =>
      (await liveTasks(ecs, cluster)).flatMap(({ taskArn, tags }) =>
        taskArn === undefined
          ? []
          : [{ taskArn, launchKey: tags?.find(({ key }) => key === launchTags.launchKey)?.value }],
      ),
    stopTask: (taskArn, reason) => stopTask(ecs, cluster, taskArn, reason),
    gateIsWanted: () => anyExecutionRuns(stepFunctions, process.env[handlerVariables.gateWorkflow]),
    scaleGateToZero: () => scaleServiceToZero(ecs, cluster, handlerVariable(handlerVariables.gateService)),
  };
  for (const line of await recordEvent(event, handlerVariable(handlerVariables.environment), environment)) {
    process.stdout.write(`${JSON.stringify({ recorder: line })}\n`);
  }
}
