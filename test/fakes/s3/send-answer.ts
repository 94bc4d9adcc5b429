import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { errorAnswer, type S3Answer, type S3ErrorCode } from './answer.ts';
import type { S3FaultKind } from './fault.ts';

/** Faults that are answers of their own, given before anything happens. */
const refusals: Readonly<Partial<Record<S3FaultKind, S3ErrorCode>>> = {
  throttled: 'SlowDown',
  failing: 'InternalError',
  conflict: 'ConditionalRequestConflict',
  denied: 'AccessDenied',
  expired: 'ExpiredToken',
};

/**
 * Lets a request have its effect (`act`) and sends its answer, as far as the fault lets either happen. Returns
 * the status that was sent, or `undefined` when none was.
 */
export async function sendAnswer(
  response: ServerResponse,
  method: string,
  fault: S3FaultKind | undefined,
  act: () => S3Answer,
): Promise<number | undefined> {
  if (fault === 'reset') return reset(response);
  if (fault === 'silent') return undefined;
  const refusal = fault === undefined ? undefined : refusals[fault];
  const acted = refusal === undefined ? act() : errorAnswer(refusal);
  if (fault === 'lost-reply') return reset(response);
  const answer = fault === 'failing-late' ? errorAnswer('InternalError') : acted;
  const body = Buffer.from(answer.body ?? '');
  response.writeHead(answer.status, {
    'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(),
    ...answer.headers,
    ...(answer.status === 204 ? {} : { 'content-length': String(body.byteLength) }),
  });
  // Neither errors nor objects have a body where only the head was asked for.
  if (method === 'HEAD') {
    response.end();
  } else if (fault === 'half-body') {
    await sendHalf(response, body);
  } else if (fault === 'slow-body') {
    await drip(response, body);
  } else if (fault === 'altered-body' && body.byteLength > 0) {
    const altered = Buffer.from(body);
    altered.writeUInt8(altered.readUInt8(body.byteLength - 1) ^ 1, body.byteLength - 1);
    response.end(altered);
  } else {
    response.end(body);
  }
  return answer.status;
}

function reset(response: ServerResponse): undefined {
  response.socket?.resetAndDestroy();
  return undefined;
}

async function sendHalf(response: ServerResponse, body: Buffer): Promise<void> {
  await new Promise<void>((sent) => {
    response.write(body.subarray(0, Math.floor(body.byteLength / 2)), () => sent());
  });
  // The half is to arrive before the end does.
  await delay(20);
  response.socket?.resetAndDestroy();
}

async function drip(response: ServerResponse, body: Buffer): Promise<void> {
  for (const byte of body.subarray(0, -1)) {
    if (response.destroyed) return;
    response.write(Buffer.from([byte]));
    await delay(50);
  }
}
