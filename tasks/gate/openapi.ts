import { z } from 'zod';
import { answerSchema, refusalSchema } from '../../lib/ingest/answers.ts';
import { envelopeSchema } from '../../lib/ingest/envelope.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import type { GateLimits } from './limits.ts';

/** What the gate offers, as OpenAPI 3.1: the envelope's JSON Schema is the one that the gate parses with. Pure. */
export function describeApi(version: string, limits: GateLimits): JsonObject {
  const envelope = z.toJSONSchema(envelopeSchema, { io: 'input' });
  const refusal = (description: string) => ({
    description,
    content: { 'application/json': { schema: z.toJSONSchema(refusalSchema) } },
  });
  const one = { $ref: '#/components/schemas/Envelope' };
  return z.record(z.string(), z.json()).parse(
    JSON.parse(
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Ingestion gate', version },
        components: {
          schemas: { Envelope: envelope },
          securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
        },
        security: [{ key: [] }],
        paths: {
          '/v1/events': {
            post: {
              summary: `Decides about at most ${limits.batchEvents} events, in order, durably.`,
              requestBody: {
                required: true,
                content: {
                  'application/json': {
                    schema: {
                      anyOf: [one, { type: 'array', items: one, minItems: 1, maxItems: limits.batchEvents }],
                    },
                  },
                  'application/x-ndjson': { schema: one },
                },
              },
              responses: {
                200: {
                  description: 'One decision for each event, after it is durable.',
                  content: { 'application/json': { schema: z.toJSONSchema(answerSchema) } },
                },
                400: refusal('The body as a whole cannot be read; nothing in it was decided.'),
                401: refusal('No valid key.'),
                413: refusal('More bytes or events than a request may have.'),
                415: refusal('Neither JSON nor NDJSON, or compressed.'),
                429: refusal('Come back after Retry-After seconds; nothing was decided.'),
                503: refusal('Whether the events were decided is unknown; send them again.'),
              },
            },
          },
          '/v1/events/{id}': {
            get: { summary: 'Every decision about an event id, oldest first.', responses: { 200: {} } },
          },
          '/health': {
            get: { summary: '200 while the database answers.', security: [], responses: { 200: {} } },
          },
        },
      }),
    ),
  );
}
