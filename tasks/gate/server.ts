import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { productVersion } from '../../config/product-version.ts';
import type { GateAnswer, GateRefusal } from '../../lib/ingest/answers.ts';
import { longestEventId } from '../../lib/ingest/envelope.ts';
import type { Decision, JudgedEvent } from './decision.ts';
import type { GroupCommit } from './group-commit.ts';
import { judgeScope, judgeShape, type RunScope } from './judge-event.ts';
import type { GateLimits } from './limits.ts';
import type { GateMetrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import { readEvents } from './read-events.ts';
import type { TokenBucket } from './token-bucket.ts';

/** What the server asks of the rest of the gate. */
export type GateParts = {
  readonly limits: GateLimits;
  readonly isKey: (given: string | undefined) => boolean;
  readonly findScopes: (runIds: ReadonlySet<string>) => Promise<ReadonlyMap<string, RunScope>>;
  readonly commit: GroupCommit;
  readonly rate: TokenBucket;
  readonly metrics: GateMetrics;
  /** Rejects when the database does not answer. */
  readonly ping: () => Promise<void>;
  readonly decisionsAbout: (eventId: string) => Promise<readonly EventDecision[]>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/** One row of `ingest.receipts` about an event id. */
export type EventDecision = {
  readonly run_id: string;
  readonly event_class: string;
  readonly decision: string;
  readonly reason: string | null;
  readonly decided_at: string;
};

const eventPath = '/v1/events';

/** The gate over HTTP. Nothing is written by it itself, and no answer names a value that was sent. */
export function createGateServer(parts: GateParts): FastifyInstance {
  const { limits, metrics } = parts;
  const server = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMillis,
    keepAliveTimeout: 75_000,
    // A client that goes quiet in the middle of its headers or body is looked at this often.
    http: { headersTimeout: limits.requestMillis, connectionsCheckingInterval: 1_000 },
    // Draining: what has begun is answered, then connections close.
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: longestEventId },
    // What no route can have never reaches the hooks: it is held to the same key, and refused in the same words.
    frameworkErrors: (error, request, reply) => {
      metrics.count('Requests');
      return refuseStranger(request, reply) ?? refuseError(error, reply);
    },
  });
  server.removeAllContentTypeParsers();
  for (const type of ['application/json', 'application/x-ndjson']) {
    server.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }
  const refuse = (reply: FastifyReply, status: number, code: string, message: string) => {
    const body: GateRefusal = { schema: 'fraud-platform/gate-refusal/v1', code, message };
    return reply.code(status).send(body);
  };
  const comeBack = (reply: FastifyReply, millis: number, code: string, message: string) => {
    metrics.count('ToldToComeBack');
    reply.header('retry-after', Math.max(1, Math.ceil(millis / 1_000)));
    return refuse(reply, 429, code, message);
  };

  const refuseStranger = ({ headers }: Pick<FastifyRequest, 'headers'>, reply: FastifyReply) => {
    const key = headers['x-api-key'];
    if (parts.isKey(typeof key === 'string' ? key : undefined)) return undefined;
    metrics.count('Refused');
    return refuse(reply, 401, 'KEY_REFUSED', 'the X-API-Key header is missing or not a valid key');
  };
  const refuseError = (error: { statusCode?: number; code?: string }, reply: FastifyReply) => {
    const status = error.statusCode ?? 500;
    metrics.count(status >= 500 ? 'Unknown' : 'Refused');
    // Closed at once, a client that still writes would meet a broken pipe instead of this answer; what it
    // writes is thrown away, for as long as any request may take.
    if (status === 413) reply.removeHeader('connection');
    const [code, message] =
      status === 413
        ? (['BODY_TOO_LARGE', `a body has at most ${limits.bodyBytes} bytes`] as const)
        : status === 415
          ? (['CONTENT_TYPE', 'send application/json or application/x-ndjson'] as const)
          : status < 500
            ? (['REQUEST_REFUSED', error.code ?? 'the request cannot be read'] as const)
            : (['INTERNAL', 'the gate failed; send the events again'] as const);
    return refuse(reply, status, code, message);
  };

  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === '/health') return;
    metrics.count('Requests');
    const refused = refuseStranger(request, reply);
    if (refused !== undefined) return refused;
    if (request.headers['content-encoding'] !== undefined) {
      metrics.count('Refused');
      return refuse(reply, 415, 'COMPRESSED', 'compressed bodies are not accepted');
    }
  });

  server.post(eventPath, async (request, reply) => {
    const began = parts.now();
    const format = request.headers['content-type']?.startsWith('application/x-ndjson') ? 'ndjson' : 'json';
    const read = readEvents(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), format);
    if (read.kind === 'unreadable') {
      metrics.count('Refused');
      return refuse(reply, 400, 'BODY_UNREADABLE', read.why);
    }
    if (read.events.length > limits.batchEvents) {
      metrics.count('Refused');
      return refuse(reply, 413, 'BATCH_TOO_LARGE', `a request has at most ${limits.batchEvents} events`);
    }
    const wait = parts.rate.take(read.events.length, began);
    if (wait > 0) return comeBack(reply, wait, 'RATE_LIMIT', 'more events a second than the gate takes');

    const shapes = read.events.map((event) => judgeShape(event, limits));
    const runIds = new Set(shapes.flatMap((shape) => (shape.kind === 'shaped' ? [shape.event.run_id] : [])));
    const scopes = await parts.findScopes(runIds).catch(() => undefined);
    if (scopes === undefined) {
      metrics.count('Unknown');
      return refuse(
        reply,
        503,
        'DATABASE_UNAVAILABLE',
        'the database does not answer; send the events again',
      );
    }
    const judged = shapes.map(
      (shape): JudgedEvent =>
        shape.kind === 'shaped' ? judgeScope(shape, scopes.get(shape.event.run_id)) : shape,
    );
    const submission = await parts.commit.submit(judged);
    switch (submission.kind) {
      case 'decided':
        metrics.decided(submission.decisions, parts.now() - began);
        return reply.send(answerOf(judged, submission.decisions));
      case 'busy':
        return comeBack(reply, 1_000, 'BUSY', 'too many events wait for their decision');
      case 'unknown':
        metrics.count('Unknown');
        return refuse(reply, 503, 'DECISION_UNKNOWN', 'the database did not confirm; send the events again');
    }
  });

  server.get<{ Params: { id: string } }>(`${eventPath}/:id`, async (request, reply) => {
    const decisions = await parts.decisionsAbout(request.params.id).catch(() => undefined);
    if (decisions === undefined) {
      return refuse(reply, 503, 'DATABASE_UNAVAILABLE', 'the database does not answer');
    }
    if (decisions.length === 0)
      return refuse(reply, 404, 'EVENT_UNKNOWN', 'nothing was decided about this id');
    return reply.send({ schema: 'fraud-platform/gate-decisions/v1', decisions });
  });

  server.get('/health', async (_request, reply) => {
    try {
      await parts.ping();
      return reply.send({ status: 'healthy', waiting: parts.commit.waiting });
    } catch {
      return refuse(reply, 503, 'DATABASE_UNAVAILABLE', 'the database does not answer');
    }
  });

  const api = describeApi(productVersion, limits);
  server.get('/openapi.json', async (_request, reply) => reply.send(api));

  server.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'NO_SUCH_PATH', 'there is nothing here'));
  server.setErrorHandler((error: { statusCode?: number; code?: string }, _request, reply) =>
    refuseError(error, reply),
  );
  return server;
}

function answerOf(events: readonly JudgedEvent[], decisions: readonly Decision[]): GateAnswer {
  return {
    schema: 'fraud-platform/gate-answer/v1',
    decisions: decisions.map((decision, index) => {
      const event = events[index];
      const event_id = event?.eventId ?? null;
      if (decision.decision === 'ADMIT') return { event_id, decision: decision.decision };
      const detail = event?.kind === 'quarantined' ? { detail: event.detail } : {};
      return { event_id, decision: decision.decision, reason: decision.reason, ...detail };
    }),
  };
}
