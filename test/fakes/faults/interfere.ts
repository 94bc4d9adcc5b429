import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { StatesError } from '../../../lib/local-cloud/executions/states-error.ts';
import { type Interference, NotStarted } from '../../../lib/local-cloud/interference.ts';
import { launchVariables } from '../../../lib/task-contracts/launch-environment.ts';
import { splitLaunchKey } from '../../../lib/vocabulary/identifiers.ts';
import {
  type AttemptFaults,
  type Delivery,
  type FaultSchedule,
  faultsOf,
  noFaults,
} from './fault-schedule.ts';

/** A schedule's faults inside a cloud. `schedule` is asked anew each time: a cloud may outlive many. */
export function interfereBy(schedule: () => FaultSchedule | undefined): Interference {
  const faultsOfKey = (launchKey: string | undefined): AttemptFaults => {
    const key = splitLaunchKey(launchKey ?? '');
    const drawn = schedule();
    return key === undefined || drawn === undefined ? noFaults : faultsOf(drawn, key.state, key.number);
  };
  return {
    runTask: async (launchKey, launch) => {
      const { launch: fate } = faultsOfKey(launchKey);
      switch (fate) {
        case 'accepted':
          return await launch();
        case 'no-capacity':
          throw new StatesError(
            'AmazonECS.Unknown',
            '{"Failures":[{"Reason":"RESOURCE:FARGATE"}],"Tasks":[]}',
          );
        case 'throttled':
          throw new StatesError(
            'ECS.AmazonECSException',
            'Rate exceeded (Service: AmazonECS; Status Code: 400)',
          );
        case 'throttled-in-parameter':
          throw new StatesError(
            'ECS.InvalidParameterException',
            'Error calling the network service: Rate exceeded',
          );
        case 'refused':
          throw new StatesError('ECS.ClientException', 'The task definition is inactive.');
        case 'lost-after':
          await launch();
          throw new StatesError('ECS.ServerException', 'Service Unavailable. Please try again later.');
        case 'lost-before':
          throw new StatesError('ECS.ServerException', 'Service Unavailable. Please try again later.');
      }
    },
    beforeStart: async (launchKey) => {
      const { start } = faultsOfKey(launchKey);
      if (start === 'no-capacity') throw new NotStarted('Capacity is unavailable at this time.');
      if (start === 'unreadable-secret') {
        throw new NotStarted('ResourceInitializationError: unable to pull secrets or registry auth');
      }
    },
    tell: (task) => alter(task, faultsOfKey(launchKeyIn(task)).told),
    deliver: (event, record) => {
      const detail = eventSchema.safeParse(event).data?.detail;
      const drawn = schedule();
      const delivery =
        detail === undefined ? (drawn?.ended ?? noFaults.record) : faultsOfKey(launchKeyIn(detail)).record;
      void deliver(delivery, () => record(event));
    },
    remembers: (task) => faultsOfKey(launchKeyIn(task)).remembered,
  };
}

async function deliver({ times, lateMillis }: Delivery, record: () => void): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    if (lateMillis > 0) await delay(lateMillis);
    record();
  }
}

const eventSchema = z.object({ source: z.literal('aws.ecs'), detail: z.record(z.string(), z.unknown()) });
const overriddenSchema = z.object({
  overrides: z.object({
    containerOverrides: z.array(
      z.object({ environment: z.array(z.object({ name: z.string(), value: z.string() })) }),
    ),
  }),
});

function launchKeyIn(task: unknown): string | undefined {
  const { overrides } = overriddenSchema.safeParse(task).data ?? {};
  return overrides?.containerOverrides
    .flatMap(({ environment }) => environment)
    .find(({ name }) => name === launchVariables.launchKey)?.value;
}

const stoppedSchema = z.looseObject({
  lastStatus: z.literal('STOPPED'),
  stopCode: z.string(),
  containers: z.array(z.looseObject({})),
});

function alter(task: Record<string, unknown>, told: AttemptFaults['told']): Record<string, unknown> {
  const stopped = stoppedSchema.safeParse(task).data;
  if (stopped === undefined || told === 'as-it-was') return task;
  if (told === 'no-containers') return { ...stopped, containers: [] };
  // What never ran has neither exit code nor memory.
  if (stopped.stopCode === 'TaskFailedToStart') return task;
  switch (told) {
    case 'no-exit-code':
      return { ...stopped, containers: stopped.containers.map(({ exitCode: _, ...container }) => container) };
    case 'out-of-memory':
      return {
        ...stopped,
        containers: stopped.containers.map((container) => ({
          ...container,
          // The process that was killed was not the first one, which then ended as if nothing had been.
          exitCode: 0,
          reason: 'OutOfMemoryError: Container killed due to memory usage',
        })),
      };
  }
}
