import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { fail, messageOf } from '../../lib/vocabulary/failure.ts';
import { type Attempt, classifyAnswer } from './classify-answer.ts';

/** An answer later than this counts as none. */
const answerMillis = 15_000;
/** How long the gate may take to come up; it was asked for before the lanes were launched. */
const healthyWithinMillis = 120_000;

export type GateClient = {
  /** Sends lines of NDJSON as one batch. Never rejects. */
  readonly attempt: (lines: readonly string[], giveUp: AbortSignal) => Promise<Attempt>;
  readonly close: () => Promise<void>;
};

/**
 * Waits until the gate is healthy and returns a way to send to it over `connections` connections. Throws
 * `GATE_NOT_HEALTHY` (75) when it is not in time; rethrows the reason of `signal`.
 */
export async function openGate(
  url: string,
  apiKey: string,
  connections: number,
  signal: AbortSignal,
): Promise<GateClient> {
  const base = new URL(url);
  const pool = new Pool(base.origin, {
    connections,
    pipelining: 1,
    connect: { timeout: 5_000 },
    headersTimeout: answerMillis,
    bodyTimeout: answerMillis,
    keepAliveTimeout: 30_000,
  });
  try {
    await whenHealthy(pool, url, signal);
  } catch (error) {
    await pool.destroy();
    throw error;
  }
  return {
    attempt: async (lines, giveUp) => {
      try {
        const { statusCode, headers, body } = await pool.request({
          method: 'POST',
          path: '/v1/events',
          headers: { 'content-type': 'application/x-ndjson', 'x-api-key': apiKey },
          body: lines.join('\n'),
          signal: giveUp,
        });
        const retryAfter = headers['retry-after'];
        return classifyAnswer(
          statusCode,
          typeof retryAfter === 'string' ? retryAfter : undefined,
          await body.text(),
          lines.length,
        );
      } catch (error) {
        // Whether the gate decided is not known; asked again, it says DUPLICATE if it did.
        return { kind: 'again', why: nameOf(error), afterMillis: undefined };
      }
    },
    close: () => pool.close(),
  };
}

async function whenHealthy(pool: Pool, url: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + healthyWithinMillis;
  for (let pause = 50; ; pause = Math.min(pause * 2, 2_000)) {
    const found = await health(pool, signal);
    if (found === 'healthy') return;
    if (performance.now() + pause > until) {
      fail({
        exit: 'transient',
        code: 'GATE_NOT_HEALTHY',
        message: `the ingestion gate does not become healthy: ${found}`,
        where: 'GATE_URL',
        value: url,
        remedy: 'Look at the log of the gate; nothing was sent.',
      });
    }
    await delay(pause, undefined, { signal });
  }
}

async function health(pool: Pool, signal: AbortSignal): Promise<string> {
  try {
    const { statusCode, body } = await pool.request({ method: 'GET', path: '/health', signal });
    await body.dump();
    return statusCode === 200 ? 'healthy' : `it answers ${statusCode}`;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

/** The kind of a failed attempt: a code of undici or of the system, never a message with an address. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
