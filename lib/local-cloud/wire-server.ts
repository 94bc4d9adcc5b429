import { randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../vocabulary/failure.ts';
import { CloudError } from './cloud-error.ts';
import type { Operations } from './operations/operation.ts';

const bodyLimit = 2 * 1024 * 1024;

/**
 * Answers AWS's JSON protocols on loopback. A request is for the operation that its `X-Amz-Target` names, and must
 * be signed with this environment's access key: other users of the machine can reach loopback, too.
 */
export function createWireServer(operations: Operations, accessKey: string): Server {
  const expected = Buffer.from(accessKey);
  return createServer((request, response) => {
    answer(request, operations, expected)
      .then((body) => send(response, 200, body))
      .catch((error: unknown) => {
        const cloud =
          error instanceof CloudError ? error : new CloudError('InternalFailure', messageOf(error), 500);
        send(response, cloud.status, { __type: cloud.name, message: cloud.message, Message: cloud.message });
      });
  });
}

async function answer(
  request: IncomingMessage,
  operations: Operations,
  accessKey: Buffer,
): Promise<Record<string, unknown>> {
  const credential = Buffer.from(
    /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '',
  );
  if (credential.length !== accessKey.length || !timingSafeEqual(credential, accessKey)) {
    throw new CloudError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      403,
    );
  }
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = Object.hasOwn(operations, target) ? operations[target] : undefined;
  if (request.method !== 'POST' || operation === undefined) {
    throw new CloudError('UnknownOperationException', `no operation '${target}' in this cloud`);
  }
  return await operation(await readJson(request));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > bodyLimit)
      throw new CloudError('RequestEntityTooLargeException', 'the request is too large', 413);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  } catch {
    throw new CloudError('SerializationException', 'the body is not JSON');
  }
}

function send(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
