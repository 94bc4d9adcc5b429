import { z } from 'zod';
import { CloudError } from '../cloud-error.ts';
import type { Execution } from '../executions/execution.ts';
import type { ExecutionRegistry } from '../executions/execution-registry.ts';
import { type Operations, operation, pageOf } from './operation.ts';

const target = (name: string) => `AWSStepFunctions.${name}`;
const inputLimit = 262_144;
const executionArnSchema = z.object({ executionArn: z.string() });
const pageSchema = { maxResults: z.int().min(0).max(1_000).optional(), nextToken: z.string().optional() };

/** Step Functions, as far as the operator speaks it. */
export function stepFunctionsOperations(executions: ExecutionRegistry): Operations {
  const find = (arn: string): Execution =>
    executions.find(arn) ?? refuse('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return {
    [target('StartExecution')]: operation(
      z.object({
        stateMachineArn: z.string(),
        name: z.string().min(1).max(80),
        input: z.string().default('{}'),
      }),
      ({ stateMachineArn, name, input }) => {
        if (!executions.hasStateMachine(stateMachineArn)) {
          refuse('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
        }
        if (Buffer.byteLength(input) > inputLimit)
          refuse('InvalidExecutionInput', `Input is larger than ${inputLimit} bytes`);
        if (!isJson(input))
          refuse('InvalidExecutionInput', 'Invalid State Machine Execution Input: not JSON');
        const existing = executions.findByName(stateMachineArn, name);
        // Starting the same again while it runs is no error; a name that was used is used for good.
        if (existing !== undefined && (existing.status !== 'RUNNING' || existing.facts.input !== input)) {
          refuse('ExecutionAlreadyExists', `Execution Already Exists: '${existing.facts.arn}'`);
        }
        const execution = existing ?? executions.start(stateMachineArn, name, input);
        return { executionArn: execution.facts.arn, startDate: execution.facts.startedAt / 1_000 };
      },
    ),
    [target('DescribeExecution')]: operation(executionArnSchema, ({ executionArn }) =>
      describe(find(executionArn)),
    ),
    [target('StopExecution')]: operation(
      executionArnSchema.extend({ error: z.string().default(''), cause: z.string().default('') }),
      async ({ executionArn, error, cause }) => {
        const execution = find(executionArn);
        await executions.stop(execution, error, cause);
        return { stopDate: (execution.stoppedAt ?? Date.now()) / 1_000 };
      },
    ),
    [target('GetExecutionHistory')]: operation(
      executionArnSchema.extend({ ...pageSchema, reverseOrder: z.boolean().default(false) }),
      ({ executionArn, maxResults, nextToken, reverseOrder }) => {
        const { events } = find(executionArn);
        const ordered = reverseOrder ? events.toReversed() : events;
        const page = pageOf(ordered, nextToken, maxResults || 100);
        return { events: page.items, nextToken: page.nextToken };
      },
    ),
    [target('ListExecutions')]: operation(
      z.object({ stateMachineArn: z.string(), statusFilter: z.string().optional(), ...pageSchema }),
      ({ stateMachineArn, statusFilter, maxResults, nextToken }) => {
        const listed = executions
          .list(stateMachineArn)
          .filter(({ status }) => statusFilter === undefined || status === statusFilter)
          .toSorted((one, other) => other.facts.startedAt - one.facts.startedAt);
        const page = pageOf(listed, nextToken, maxResults || 100);
        return { executions: page.items.map(summarise), nextToken: page.nextToken };
      },
    ),
    [target('DescribeStateMachine')]: operation(
      z.object({ stateMachineArn: z.string() }),
      ({ stateMachineArn }) => {
        const definition =
          executions.definitionOf(stateMachineArn) ??
          refuse('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
        return {
          stateMachineArn,
          name: stateMachineArn.split(':').at(-1),
          status: 'ACTIVE',
          type: 'STANDARD',
          definition: JSON.stringify(definition),
        };
      },
    ),
  };
}

function summarise(execution: Execution): Record<string, unknown> {
  const { facts, status, stoppedAt } = execution;
  return {
    executionArn: facts.arn,
    stateMachineArn: facts.stateMachineArn,
    name: facts.name,
    status,
    startDate: facts.startedAt / 1_000,
    ...(stoppedAt === undefined ? {} : { stopDate: stoppedAt / 1_000 }),
  };
}

function describe(execution: Execution): Record<string, unknown> {
  const { facts, output, error, cause } = execution;
  return {
    ...summarise(execution),
    input: facts.input,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refuse(type: string, message: string): never {
  throw new CloudError(type, message);
}
