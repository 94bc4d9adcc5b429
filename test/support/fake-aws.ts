import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { compileFunction } from 'node:vm';
import { z } from 'zod';
import { bundleHandler } from '../../lib/constructs/bundle-handler.ts';

/** One request as a service sees it. */
export type FakeCall = {
  /** `X-Amz-Target` of JSON services, `Action` of query services, else method and path. */
  readonly operation: string;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
};
export type FakeAnswer = {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};
export type FakeOperation = (call: FakeCall) => FakeAnswer;

/** `throttled`: refused before anything happened. `lost`: done, and the answer never arrives. */
export type Fault = { readonly operation: string; readonly kind: 'throttled' | 'lost' | 'denied' };

export type FakeAws = {
  readonly url: string;
  /** Everything that arrived, in order; refused and lost requests too. */
  readonly calls: FakeCall[];
  /** Every operation that was ever asked for. */
  readonly operations: ReadonlySet<string>;
  /** Each strikes the next matching request, once. */
  readonly faults: Fault[];
  readonly close: () => Promise<void>;
};

/** An error of a JSON service. */
export const awsError = (type: string, status = 400): FakeAnswer => ({
  status,
  body: { __type: type, message: `the fake says ${type}` },
});

/** Services of AWS on loopback, as far as given. An operation that nobody gave is answered with 501. */
export async function startFakeAws(operations: Readonly<Record<string, FakeOperation>>): Promise<FakeAws> {
  const calls: FakeCall[] = [];
  const faults: Fault[] = [];
  const asked = new Set<string>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call = readCall(request, Buffer.concat(chunks).toString('utf8'));
    calls.push(call);
    asked.add(call.operation);
    const at = faults.findIndex(({ operation }) => call.operation.startsWith(operation));
    const [fault] = at === -1 ? [] : faults.splice(at, 1);
    if (fault?.kind === 'throttled') return send(response, refusal(call, 'Throttling'));
    if (fault?.kind === 'denied') return send(response, refusal(call, 'AccessDenied'));
    const operation = Object.entries(operations).find(([name]) => call.operation.startsWith(name))?.[1];
    const result = operation?.(call) ?? { status: 501, body: { __type: 'NotFaked' } };
    if (fault?.kind === 'lost') return response.destroy();
    return send(response, result);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faults,
    operations: asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An error as the service that was asked would write it. */
function refusal({ headers }: FakeCall, type: 'Throttling' | 'AccessDenied'): FakeAnswer {
  if (headers['content-type']?.includes('x-www-form-urlencoded') !== true)
    return awsError(`${type}Exception`);
  return {
    status: type === 'Throttling' ? 400 : 403,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Code>${type}</Code><Message>the fake says ${type}</Message></Error></ErrorResponse>`,
  };
}

function readCall(request: IncomingMessage, text: string): FakeCall {
  const target = request.headers['x-amz-target'];
  const { headers } = request;
  if (typeof target === 'string') return { operation: target, body: JSON.parse(text || '{}'), headers };
  if (headers['content-type']?.includes('x-www-form-urlencoded') === true) {
    const form = Object.fromEntries(new URLSearchParams(text));
    return { operation: form.Action ?? '', body: form, headers };
  }
  return { operation: `${request.method} ${request.url}`, body: text, headers };
}

function send(response: ServerResponse, { status = 200, body = '', headers = {} }: FakeAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers });
  response.end(text);
}

const moduleSchema = z.object({
  exports: z.object({
    handler: z.custom<(event: unknown) => Promise<void>>((value) => typeof value === 'function'),
  }),
});

export type LoadedHandler = {
  readonly handle: (event: unknown) => Promise<void>;
  /** What it wrote since this was asked last. */
  readonly said: () => string;
};

/**
 * A handler as Lambda would run it: bundled, loaded, with its clients pointed at the fake. It has a
 * standard output of its own, because this process's carries the results of its tests.
 */
export function loadHandler(
  entry: string,
  fake: Pick<FakeAws, 'url'>,
  variables: Readonly<Record<string, string>>,
): LoadedHandler {
  const written: string[] = [];
  const stdout = { write: (chunk: unknown) => written.push(String(chunk)) };
  const env = {
    ...variables,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'fake',
    AWS_SECRET_ACCESS_KEY: 'fake',
    AWS_ENDPOINT_URL: fake.url,
  };
  // Lambda's own configuration files do not exist; neither may this machine's be read.
  Object.assign(process.env, env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });
  const own: Readonly<Record<PropertyKey, unknown>> = { stdout, stderr: stdout };
  const lambdaProcess = new Proxy(process, {
    get: (target, key) => (key in own ? own[key] : Reflect.get(target, key)),
  });
  const module = { exports: {} };
  const load = compileFunction(bundleHandler(entry).source, ['module', 'exports', 'require', 'process']);
  load(module, module.exports, createRequire(import.meta.url), lambdaProcess);
  return {
    handle: moduleSchema.parse(module).exports.handler,
    said: () => written.splice(0).join(''),
  };
}
