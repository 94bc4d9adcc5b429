import { Pool } from 'undici';
import { answerSchema } from '../../../lib/ingest/answers.ts';
import type { Envelope } from '../../../lib/ingest/envelope.ts';
import { openGate, sampleEvent, type TestGate } from '../../support/gate.ts';
import { createTestEnvironment, type TestEnvironment } from '../../support/local-environment.ts';

/** A gate of its own with its PostgreSQL, fsync on, and connections that are kept. */
export type GateGround = {
  readonly environment: TestEnvironment;
  readonly gate: TestGate;
  readonly pool: Pool;
  /** Counts what was handed out, so that no event is sent twice unless it is meant. */
  next: number;
};

export async function prepareGate(connections: number): Promise<GateGround> {
  const environment = await createTestEnvironment({ fsync: true });
  const up = await environment.fraudctl('local', 'up');
  if (up.exitCode !== 0) throw new Error(up.stderr);
  const gate = await openGate(environment);
  await gate.openScope();
  return { environment, gate, pool: new Pool(gate.url, { connections, pipelining: 1 }), next: 0 };
}

export async function removeGate({ environment, gate, pool }: GateGround): Promise<void> {
  await pool.close();
  await gate.close();
  await environment.close();
}

/** `count` events that nobody sent before. */
export function freshEvents(ground: GateGround, count: number): readonly Envelope[] {
  const from = ground.next;
  ground.next += count;
  return Array.from({ length: count }, (_, index) => sampleEvent(from + index));
}

/** Bodies of so many events each. */
export function bodiesOf(events: readonly Envelope[], batch: number): readonly string[] {
  return Array.from({ length: Math.ceil(events.length / batch) }, (_, index) =>
    JSON.stringify(events.slice(index * batch, (index + 1) * batch)),
  );
}

/** Sends bodies over `lanes` connections at once; every event must get the decision. Throws otherwise. */
export async function sendAll(
  { pool, gate }: GateGround,
  bodies: readonly string[],
  lanes: number,
  decision: 'ADMIT' | 'DUPLICATE',
): Promise<void> {
  let at = 0;
  const lane = async () => {
    for (;;) {
      const body = bodies[at];
      at += 1;
      if (body === undefined) return;
      const { statusCode, body: answer } = await pool.request({
        method: 'POST',
        path: '/v1/events',
        headers: { 'content-type': 'application/json', 'x-api-key': gate.key },
        body,
      });
      const text = await answer.text();
      if (statusCode !== 200) throw new Error(`the gate answers ${statusCode}: ${text.slice(0, 200)}`);
      const { decisions } = answerSchema.parse(JSON.parse(text));
      if (decisions.some((one) => one.decision !== decision))
        throw new Error(`not every event is ${decision}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
