import { z } from 'zod';
import {
  awsError,
  type FakeAnswer,
  type FakeAws,
  type FakeCall,
  type FakeOperation,
  startFakeAws,
} from '../support/fake-aws.ts';

/** One execution of the fake, as tests change it. Events are numbered by their place. */
export type FakeExecution = {
  readonly name: string;
  running: boolean;
  readonly events: Record<string, unknown>[];
  /** Status of its tasks by ARN. */
  readonly tasks: Map<string, string>;
};

export type FakeExecutions = {
  readonly aws: FakeAws;
  readonly executions: Map<string, FakeExecution>;
  /** Lines of a log stream, by the id of its task. */
  readonly logs: Map<string, string[]>;
  /** Answers instead of the fake, while it returns something. */
  interrupt: ((call: FakeCall) => FakeAnswer | undefined) | undefined;
  readonly add: (name: string) => FakeExecution;
  readonly close: () => Promise<void>;
};

export const fakeExecutionArn = (name: string) =>
  `arn:aws:states:eu-west-2:000000000000:execution:fraud-platform-local-one-shot:${name}`;
export const fakeTaskArn = (id: string) => `arn:aws:ecs:eu-west-2:000000000000:task/cluster/${id}`;

const historySchema = z.object({ executionArn: z.string(), reverseOrder: z.boolean().default(false) });
const tasksSchema = z.object({ tasks: z.array(z.string()).max(100) });
const logsSchema = z.object({
  logStreamName: z.string(),
  nextToken: z.string().optional(),
  startFromHead: z.boolean().default(false),
});

/** Executions, tasks and logs that tests write by hand, on AWS's wire: what a follower sees, and nothing else. */
export async function startFakeExecutions(): Promise<FakeExecutions> {
  const executions = new Map<string, FakeExecution>();
  const logs = new Map<string, string[]>();
  const operations: Record<string, FakeOperation> = {
    'AWSStepFunctions.GetExecutionHistory': ({ body }) => {
      const { executionArn, reverseOrder } = historySchema.parse(body);
      const execution = executions.get(executionArn);
      if (execution === undefined) return awsError('ExecutionDoesNotExist');
      const events = execution.events.map((event, index) => ({
        id: index + 1,
        previousEventId: index,
        timestamp: 1_771_639_763 + index,
        ...event,
      }));
      return { body: { events: reverseOrder ? events.toReversed() : events } };
    },
    'AWSStepFunctions.ListExecutions': () => ({
      body: {
        executions: [...executions].flatMap(([executionArn, { name, running }]) =>
          running ? [{ executionArn, name, status: 'RUNNING', startDate: 1_771_639_763 }] : [],
        ),
      },
    }),
    'AmazonEC2ContainerServiceV20141113.DescribeTasks': ({ body }) => {
      const { tasks } = tasksSchema.parse(body);
      const known = new Map([...executions.values()].flatMap((one) => [...one.tasks]));
      return {
        body: {
          tasks: tasks.flatMap((taskArn) => {
            const lastStatus = known.get(taskArn);
            return lastStatus === undefined ? [] : [{ taskArn, lastStatus }];
          }),
          failures: [],
        },
      };
    },
    'Logs_20140328.GetLogEvents': ({ body }) => {
      const { logStreamName, nextToken } = logsSchema.parse(body);
      const lines = logs.get(logStreamName.split('/').at(-1) ?? '');
      if (lines === undefined) return awsError('ResourceNotFoundException');
      const from = Number(nextToken ?? 0);
      return {
        body: {
          events: lines.slice(from).map((message) => ({ message, timestamp: 1_771_639_764_000 })),
          nextForwardToken: String(lines.length),
        },
      };
    },
  };
  const fake: FakeExecutions = {
    executions,
    logs,
    interrupt: undefined,
    aws: await startFakeAws(
      Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [
          name,
          (call) => fake.interrupt?.(call) ?? operation(call),
        ]),
      ),
    ),
    add: (name) => {
      const execution: FakeExecution = { name, running: true, events: [], tasks: new Map() };
      execution.events.push({ type: 'ExecutionStarted' });
      executions.set(fakeExecutionArn(name), execution);
      return execution;
    },
    close: () => fake.aws.close(),
  };
  return fake;
}

/** The event with which Step Functions says that a task was launched. */
export function submitted(launchKey: string, taskArn: string): Record<string, unknown> {
  return {
    type: 'TaskSubmitted',
    taskSubmittedEventDetails: {
      resourceType: 'ecs',
      resource: 'runTask.sync',
      output: JSON.stringify({
        Tasks: [
          {
            TaskArn: taskArn,
            Overrides: { ContainerOverrides: [{ Environment: [{ Name: 'LAUNCH_KEY', Value: launchKey }] }] },
          },
        ],
      }),
    },
  };
}
