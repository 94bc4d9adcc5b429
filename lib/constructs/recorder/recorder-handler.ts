import { ECSClient } from '@aws-sdk/client-ecs';
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { launchTags } from '../../../config/names.ts';
import { publishObject } from '../../evidence/publish-object.ts';
import { openS3Store } from '../../evidence/stores/s3/open-s3-store.ts';
import { recordEvent } from '../../recorder/carry-out.ts';
import { recordMissed, type SweptEnvironment } from '../../recorder/record-missed.ts';
import { anyExecutionRuns, liveTasks, scaleServiceToZero, stopTask } from '../ecs-tasks-handler.ts';
import { handlerVariable, handlerVariables } from '../handler-environment.ts';
import { endedSince, stoppedSince } from './ends-handler.ts';

const retries = { maxAttempts: 6 };
const ecs = new ECSClient(retries);
const stepFunctions = new SFNClient(retries);

/** Ends that a tick needs not look at again, for as long as Lambda keeps this process. */
const known = new Set<string>();

/** A tick of the schedule, which asks for what no event told of. */
const tickSchema = z.object({ source: z.literal('aws.events'), time: z.iso.datetime() });

/** The Lambda that writes task and execution records, for one event of EventBridge or one tick of a schedule. */
export async function handler(event: unknown): Promise<void> {
  const name = handlerVariable(handlerVariables.environment);
  const cluster = handlerVariable(handlerVariables.cluster);
  const store = openS3Store({ bucket: handlerVariable(handlerVariables.evidenceBucket), prefix: '' });
  const environment: SweptEnvironment = {
    publish: async (key, content) => (await publishObject(store, key, content)).kind,
    read: (key) => store.get(key),
    // By a list, and not by a read of what may be absent: whether S3 says 404 or 403 to that hangs on the grant.
    has: async (key) => {
      for await (const item of store.list(key)) if (item.key === key) return true;
      return false;
    },
    endsSince: async (since) => [
      ...(await stoppedSince(ecs, cluster, since)),
      ...(await endedSince(stepFunctions, handlerVariable(handlerVariables.stateMachines).split(','), since)),
    ],
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
  const tick = tickSchema.safeParse(event).data;
  const lines =
    tick === undefined
      ? await recordEvent(event, name, environment)
      : await recordMissed(Date.parse(tick.time), name, environment, known);
  for (const line of lines) {
    process.stdout.write(`${JSON.stringify({ recorder: line })}\n`);
  }
}
