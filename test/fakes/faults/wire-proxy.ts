import { once } from 'node:events';
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { splitLaunchKey } from '../../../lib/vocabulary/identifiers.ts';
import type { Deed, FaultSchedule } from './fault-schedule.ts';
import { faultsOf } from './fault-schedule.ts';
import { hasCome } from './moment.ts';
import { json, type WireAnswer, type WireCall, wireError } from './wire-answer.ts';
import { WireRecall } from './wire-recall.ts';

/** The wire between an operator and a cloud on loopback, with a schedule's faults on it. */
export type WireProxy = {
  readonly url: string;
  /** Calls so far, and how many of them met a fault. */
  readonly counts: () => { readonly calls: number; readonly struck: number };
  /** From now on calls are answered; what the log service lost stays lost, and what is forgotten is forgotten. */
  readonly heal: () => void;
  /** From now on this strikes every call, until it is called off with nothing. */
  readonly storm: (deed: Deed | undefined) => void;
  /** From now on the state machine knows no execution. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
};

/** Opens a proxy in front of a cloud's port. Times are counted from its first call. */
export async function openWireProxy(targetPort: number, schedule: FaultSchedule): Promise<WireProxy> {
  const calls = new Map<string, number>();
  const recall = new WireRecall();
  let began: number | undefined;
  let struck = 0;
  let healed = false;
  let forgotten = false;
  let storm: Deed | undefined;

  /** What strikes this call: the first fault that is meant for it. */
  const strike = ({ operation }: WireCall): Deed | undefined => {
    began ??= performance.now();
    for (const name of [operation, 'every call']) calls.set(name, (calls.get(name) ?? 0) + 1);
    if (storm !== undefined || healed) return storm;
    const at = performance.now() - began;
    return schedule.wire.find(({ on, when }) => {
      if (on !== operation && on !== 'every call') return false;
      const number = calls.get(on) ?? 0;
      return hasCome(when, number, at);
    })?.does;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const content = await bytesOf(request);
    const call = readCall(request, content);
    const forward = async () => {
      if (forgotten && executionOperations.has(call.operation)) {
        return call.operation === 'ListExecutions'
          ? json(200, { executions: [] })
          : wireError(400, 'ExecutionDoesNotExist', 'Execution Does Not Exist');
      }
      return recall.keep(call, filterLog(call, await send(targetPort, request, content), schedule, healed));
    };
    const deed = strike(call);
    if (deed !== undefined) struck += 1;
    await carryOut(deed, call, forward, recall, response, schedule.clocks.dateMillis);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => ({ calls: calls.get('every call') ?? 0, struck }),
    heal: () => {
      healed = true;
    },
    storm: (deed) => {
      storm = deed;
    },
    forget: () => {
      forgotten = true;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const executionOperations = new Set([
  'GetExecutionHistory',
  'DescribeExecution',
  'ListExecutions',
  'StopExecution',
]);

async function carryOut(
  deed: Deed | undefined,
  call: WireCall,
  forward: () => Promise<WireAnswer>,
  recall: WireRecall,
  response: ServerResponse,
  dateMillis: number,
): Promise<void> {
  const give = (answer: WireAnswer) => respond(response, answer, dateMillis);
  switch (deed?.kind) {
    case undefined:
      return give(await forward());
    case 'throttle':
      return give(throttled(deed.as));
    case 'error':
      return give({ status: deed.status, body: '<html>Bad Gateway</html>', contentType: 'text/html' });
    case 'expired-credentials':
      return give(
        wireError(400, 'ExpiredTokenException', 'The security token included in the request is expired'),
      );
    case 'delay':
      await delay(deed.millis);
      return give(await forward());
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'hang':
      return;
    case 'lost-reply':
      await forward();
      response.socket?.resetAndDestroy();
      return;
    case 'half-body': {
      const { status, body } = await forward();
      response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
      response.write(body.slice(0, body.length / 2), () => response.destroy());
      return;
    }
    case 'stale':
      return give(recall.stale(call) ?? (await forward()));
    case 'missing':
    case 'no-containers':
      return give(
        call.operation === 'DescribeTasks' ? withoutTruth(deed.kind, call, await forward()) : await forward(),
      );
    case 'empty-page':
      return give(call.operation === 'GetLogEvents' ? emptyPage(call) : await forward());
  }
}

function throttled(as: Extract<Deed, { kind: 'throttle' }>['as']): WireAnswer {
  switch (as) {
    case 'ThrottlingException':
      return wireError(400, as, 'Rate exceeded');
    case 'TooManyRequestsException':
      return wireError(429, as, 'Too many requests');
    case 'RequestLimitExceeded':
    case 'SlowDown':
      return wireError(503, as, 'Please reduce your request rate.');
    case 'rate-exceeded-in-InvalidParameterException':
      return wireError(400, 'InvalidParameterException', 'Error calling the network service: Rate exceeded');
    case 'rate-exceeded-in-ClientException':
      return wireError(400, 'ClientException', 'Rate exceeded');
  }
}

const describedSchema = z.looseObject({ tasks: z.array(z.looseObject({})) });

/** DescribeTasks as it is when ECS has lost sight of the tasks, or of their containers. */
function withoutTruth(kind: 'missing' | 'no-containers', { body }: WireCall, answer: WireAnswer): WireAnswer {
  if (kind === 'missing') {
    const asked = z.array(z.string()).parse(body.tasks);
    return json(200, { tasks: [], failures: asked.map((arn) => ({ arn, reason: 'MISSING' })) });
  }
  const described = describedSchema.safeParse(JSON.parse(answer.body)).data;
  if (described === undefined) return answer;
  return json(200, { ...described, tasks: described.tasks.map((task) => ({ ...task, containers: [] })) });
}

/** No line, and a token that is another one and leads to the same place. */
function emptyPage({ body }: WireCall): WireAnswer {
  const token = typeof body.nextToken === 'string' ? body.nextToken : 'f/0';
  return json(200, { events: [], nextForwardToken: token.replace('f/', 'f/0'), nextBackwardToken: 'b/0' });
}

const pageSchema = z.looseObject({
  events: z.array(z.looseObject({ message: z.string(), timestamp: z.number() })),
  nextForwardToken: z.string().regex(/^f\/\d+$/),
});

/** A page of a log without the lines that have not arrived yet, and without those that never will. */
function filterLog(call: WireCall, answer: WireAnswer, schedule: FaultSchedule, healed: boolean): WireAnswer {
  if (call.operation !== 'GetLogEvents' || answer.status !== 200) return answer;
  const page = pageSchema.parse(JSON.parse(answer.body));
  const arrivedBy = Date.now() - (healed ? 0 : schedule.logLagMillis);
  const late = page.events.findIndex(({ timestamp }) => timestamp > arrivedBy);
  const arrived = late === -1 ? page.events : page.events.slice(0, late);
  const held = page.events.slice(arrived.length);
  const bytes = held.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 1, 0);
  return json(200, {
    ...page,
    events: arrived.filter(({ message }) => !isLostMarker(message, schedule)),
    nextForwardToken: `f/${Number(page.nextForwardToken.slice(2)) - bytes}`,
  });
}

function isLostMarker(line: string, schedule: FaultSchedule): boolean {
  const [, execution, state, number] =
    /^@result .*run_control\/([^/]+)\/launches\/([^/]+)\/(\d+)\//.exec(line) ?? [];
  const key = splitLaunchKey(`${execution}/${state}/${number}`);
  return key !== undefined && faultsOf(schedule, key.state, key.number).marker === 'lost';
}

const contentType = 'application/x-amz-json-1.1';

function respond(response: ServerResponse, answer: WireAnswer, dateMillis: number): void {
  response.sendDate = false;
  response.writeHead(answer.status, {
    'content-type': answer.contentType ?? contentType,
    date: new Date(Date.now() + dateMillis).toUTCString(),
  });
  response.end(answer.body);
}

async function send(port: number, original: IncomingMessage, content: Buffer): Promise<WireAnswer> {
  const { host: _, ...headers } = original.headers;
  const request = requestHttp({
    host: '127.0.0.1',
    port,
    method: original.method,
    path: original.url,
    headers,
  });
  request.end(content);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, body: (await bytesOf(response)).toString('utf8') };
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function readCall(request: IncomingMessage, content: Buffer): WireCall {
  const operation =
    String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ?? '';
  return {
    operation,
    body: z.record(z.string(), z.unknown()).parse(JSON.parse(content.toString('utf8') || '{}')),
  };
}
