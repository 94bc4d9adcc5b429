import { setTimeout as delay } from 'node:timers/promises';
import { fail, messageOf } from '../../vocabulary/failure.ts';
import type { CustomResourceOutcome, CustomResourceRequest } from './request.ts';

const attempts = 6;
/** CloudFormation takes 4,096 bytes for the whole answer. */
const longestReason = 1_000;

/** The answer to CloudFormation, which shows `Reason` to everybody: it never holds a value. Pure. */
export function customResourceAnswer(request: CustomResourceRequest, outcome: CustomResourceOutcome): string {
  const common = {
    PhysicalResourceId: outcome.physicalId,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
    NoEcho: true,
  };
  return JSON.stringify(
    outcome.kind === 'done'
      ? { Status: 'SUCCESS', ...common, Data: outcome.data }
      : { Status: 'FAILED', ...common, Reason: outcome.reason.slice(0, longestReason) },
  );
}

/**
 * Puts the answer where CloudFormation waits for it. An answer that never arrives holds the stack for an
 * hour, so it is tried again; saying the same thing twice does no harm. Throws `ANSWER_NOT_DELIVERED` (75).
 */
export async function answerCustomResource(
  request: CustomResourceRequest,
  outcome: CustomResourceOutcome,
  firstWaitMillis = 200,
): Promise<void> {
  const body = customResourceAnswer(request, outcome);
  let last = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await delay(firstWaitMillis * 2 ** (attempt - 1));
    try {
      // The signature of the URL covers an empty content type.
      const response = await fetch(request.ResponseURL, {
        method: 'PUT',
        body,
        headers: { 'content-type': '' },
        signal: AbortSignal.timeout(10_000),
      });
      await response.arrayBuffer();
      if (response.ok) return;
      last = `status ${response.status}`;
    } catch (error) {
      last = messageOf(error);
    }
  }
  return fail({
    exit: 'transient',
    code: 'ANSWER_NOT_DELIVERED',
    message: `CloudFormation did not take the answer: ${last}`,
    where: request.LogicalResourceId,
    remedy: 'Nothing: Lambda runs the same request again.',
  });
}
