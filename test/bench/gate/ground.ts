import { Pool } from 'undici';
import { answerSchema } from '../../../lib/ingest/answers.ts';
import type { Envelope } from '../../../lib/ingest/envelope.ts';
import { localCloudStatus } from '../../../lib/local-cloud/control.ts';
import { openGate, sampleEvent, type TestGate } from '../../support/gate.ts';
import { createTestEnvironment, type TestEnvironment } from '../../support/local-environment.ts';

/** A service that takes events over HTTP, with connections to it that are kept. */
export type EventService = { readonly pool: Pool; readonly key: string };

/** A gate of its own with its PostgreSQL, fsync on. */
export type GateGround = EventService & {
  readonly environment: TestEnvironment;
  readonly gate: TestGate;
  /** Process id of the PostgreSQL that the gate writes to. */
  readonly postgres: number;
  readonly gatePids: readonly number[];
  /** Counts what was handed out, so that no event is sent twice unless it is meant. */
  next: number;
  /** What the next run sends. */
  bodies: readonly string[];
};

export async function prepareGate(connections: number): Promise<GateGround> {
  const environment = await createTestEnvironment({ fsync: true });
  const up = await environment.fraudctl('local', 'up');
  if (up.exitCode !== 0) throw new Error(up.stderr);
  const gate = await openGate(environment);
  await gate.openScope();
  const postgres = (await localCloudStatus(environment.home))?.postgres?.pid;
  if (postgres === undefined) throw new Error('the local cloud has no PostgreSQL');
  const pool = new Pool(gate.url, { connections, pipelining: 1 });
  return {
    environment,
    gate,
    pool,
    key: gate.key,
    postgres,
    gatePids: await gate.pids(),
    next: 0,
    bodies: [],
  };
}

/** The gate and its PostgreSQL: what a side that goes through the gate is measured by. */
export const gateServers = ({ gatePids, postgres }: GateGround): readonly number[] => [...gatePids, postgres];

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

/** For `beforehand`: makes the bodies of fresh events that the run is to send. */
export const withFreshBodies = (events: number, batch: number) => (ground: GateGround) => {
  ground.bodies = bodiesOf(freshEvents(ground, events), batch);
};

/** Bodies of so many events each. */
export function bodiesOf(events: readonly Envelope[], batch: number): readonly string[] {
  return Array.from({ length: Math.ceil(events.length / batch) }, (_, index) =>
    JSON.stringify(events.slice(index * batch, (index + 1) * batch)),
  );
}

/** Sends bodies over `lanes` connections at once; every event must get the decision. Throws otherwise. */
export async function sendAll(
  { pool, key }: EventService,
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
        headers: { 'content-type': 'application/json', 'x-api-key': key },
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
