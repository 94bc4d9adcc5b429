import { DescribeExecutionCommand, ExecutionDoesNotExist, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { fail } from '../vocabulary/failure.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

export type StopOutcome =
  | { readonly kind: 'stopping' }
  | { readonly kind: 'already-ended'; readonly status: string };

/**
 * Asks an execution to end. Its tasks are stopped by the recorder, which sees the ABORTED event even
 * when this program is gone by then. Throws `EXECUTION_UNKNOWN` (64).
 */
export async function stopExecution(
  environment: OperatorEnvironment,
  executionArn: string,
  reason: string,
  signal: AbortSignal,
): Promise<StopOutcome> {
  const { stepFunctions } = environment.clients;
  const described = await stepFunctions
    .send(new DescribeExecutionCommand({ executionArn }), { abortSignal: signal })
    .catch((error: unknown) => {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    });
  if (described === undefined) return refuseUnknownExecution(executionArn, environment.name);
  if (described.status !== 'RUNNING') return { kind: 'already-ended', status: described.status ?? 'UNKNOWN' };
  await stepFunctions.send(
    new StopExecutionCommand({ executionArn, error: 'StoppedByOperator', cause: reason }),
    { abortSignal: signal },
  );
  return { kind: 'stopping' };
}

export function refuseUnknownExecution(executionArn: string, environment: string): never {
  const executionId = executionArn.split(':').at(-1) ?? executionArn;
  return fail({
    exit: 'usage',
    code: 'EXECUTION_UNKNOWN',
    message: `the environment ${environment} knows no execution of this name`,
    where: executionArn,
    value: executionId,
    remedy: 'See what there is: fraudctl runs list',
  });
}
