import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { runControlPrefix } from '../../config/names.ts';
import { findCredentials } from '../evidence/format/credential-scan.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { fail, messageOf } from '../vocabulary/failure.ts';
import type { ExecutionId } from '../vocabulary/identifiers.ts';
import { executionArn, type OperatorEnvironment, stateMachineArn } from './operator-environment.ts';
import type { IntendedObject } from './pass-parameters.ts';
import type { ExecutionPlan } from './plan-launch.ts';
import { isPassing } from './unreachable.ts';

export type StartOutcome = { readonly kind: 'started' | 'attached'; readonly executionArn: string };

export const intentKey = (environment: OperatorEnvironment, executionId: ExecutionId) =>
  `${runControlPrefix(environment.name, executionId)}intent.json`;

/**
 * Starts an execution once, however often it is called and by however many operators: the intent is
 * put first, if absent, and the execution gets exactly those bytes as its input and its id as its
 * name. Another operator with the same bytes attaches; with other bytes it is refused
 * (`EXECUTION_EXISTS`, 73) and nothing changes. A crash between the two steps is completed by the next call.
 * The record of an attempt at a phase comes before the intent: what was intended without one never becomes an
 * attempt, since nobody held it against its dependencies.
 * While the cloud does not answer, or is not waited for any longer, it may have been started: `CLOUD_UNREACHABLE`
 * (75), with how to learn it. `CREDENTIAL_GIVEN` (64) before anything is put, when the plan holds a credential.
 */
export async function startExecution(
  environment: OperatorEnvironment,
  workflow: string,
  plan: ExecutionPlan,
  signal: AbortSignal,
): Promise<StartOutcome> {
  const { executionId } = plan;
  const key = intentKey(environment, executionId);
  const record = plan.attempt === undefined ? [] : [plan.attempt];
  for (const { key: where, content } of [...record, { key, content: plan.intent }, ...plan.objects])
    refuseCredentialsGiven(where, content);
  if (plan.attempt !== undefined) await recordAttempt(environment, plan, plan.attempt, signal);
  const intent = await publishObject(environment.evidence, key, plan.intent, signal);
  if (intent.kind === 'conflict') refuseOtherInput(executionId, key);
  for (const object of plan.objects) {
    const stored = await publishObject(environment.evidence, object.key, object.content, signal);
    if (stored.kind === 'conflict') refuseOtherInput(executionId, object.key);
  }
  const input = new TextDecoder().decode(plan.intent);
  const arn = executionArn(environment, workflow, executionId);
  try {
    const started = await environment.clients.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: stateMachineArn(environment, workflow),
        name: executionId,
        input,
      }),
      { abortSignal: signal },
    );
    return {
      kind: intent.kind === 'published' ? 'started' : 'attached',
      executionArn: started.executionArn ?? arn,
    };
  } catch (error) {
    if (signal.aborted || isPassing(error)) doubtStart(executionId, key, error);
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
    const existing = await environment.clients.stepFunctions
      .send(new DescribeExecutionCommand({ executionArn: arn }), { abortSignal: signal })
      .catch((unanswered: unknown) => {
        // It exists, and is not to be seen yet: nobody can say with which input.
        const isUnseen = unanswered instanceof ExecutionDoesNotExist;
        if (signal.aborted || isUnseen || isPassing(unanswered)) doubtStart(executionId, key, unanswered);
        throw unanswered;
      });
    if (existing.input !== input) refuseOtherInput(executionId, key);
    return { kind: 'attached', executionArn: arn };
  }
}

/** Puts the record of an attempt, where it comes first or is there already. */
async function recordAttempt(
  environment: OperatorEnvironment,
  { executionId, intent }: ExecutionPlan,
  attempt: IntendedObject,
  signal: AbortSignal,
): Promise<void> {
  const { evidence } = environment;
  const key = intentKey(environment, executionId);
  const intended = await evidence.get(key, signal);
  if (intended !== undefined) {
    if (sha256Of(intended) !== sha256Of(intent)) refuseOtherInput(executionId, key);
    if ((await evidence.get(attempt.key, signal)) === undefined) refuseNoAttempt(executionId, attempt.key);
  }
  const recorded = await publishObject(evidence, attempt.key, attempt.content, signal);
  if (recorded.kind === 'conflict') refuseOtherInput(executionId, attempt.key);
}

/** What starts an execution is evidence for good, and evidence with a credential in it can never be sealed. */
function refuseCredentialsGiven(where: string, content: Uint8Array): void {
  const [found] = findCredentials(Buffer.from(content).toString('latin1'));
  if (found === undefined) return;
  fail({
    exit: 'usage',
    code: 'CREDENTIAL_GIVEN',
    message: `${found.kind} in what was to be launched; nothing was started`,
    where,
    remedy: 'Leave it out of parameters and SQL: what a task needs to know in secret comes to it from SSM.',
  });
}

/** An answer that is lost, or not waited for, may have been a yes. */
function doubtStart(executionId: ExecutionId, key: string, error: unknown): never {
  return fail(
    {
      exit: 'transient',
      code: 'CLOUD_UNREACHABLE',
      message: `no answer of the cloud (${messageOf(error)}); whether ${executionId} was started is unknown from here`,
      where: key,
      value: executionId,
      remedy: `Learn it with: fraudctl attach ${executionId}. Launched anew under another name, it might run twice.`,
    },
    error,
  );
}

function refuseOtherInput(executionId: ExecutionId, key: string): never {
  return fail({
    exit: 'conflict',
    code: 'EXECUTION_EXISTS',
    message: 'an execution of this name exists with another input',
    where: key,
    value: executionId,
    remedy: `Follow it with: fraudctl attach ${executionId}. To run something else, leave out --execution.`,
  });
}

function refuseNoAttempt(executionId: ExecutionId, key: string): never {
  return fail({
    exit: 'conflict',
    code: 'EXECUTION_EXISTS',
    message:
      'this execution was launched before, and not as this attempt at the phase; it does not become one',
    where: key,
    value: executionId,
    remedy: `Leave out --execution to launch an attempt. What is there is followed with: fraudctl attach ${executionId}`,
  });
}
