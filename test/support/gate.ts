import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { clusterName, secretParameterName, serviceName } from '../../config/names.ts';
import { type ConnectionWish, connect, type DatabaseClient } from '../../lib/database/connect.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import type { Envelope } from '../../lib/ingest/envelope.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { runIdSchema, segmentRunIdSchema, sha256Schema } from '../../lib/vocabulary/identifiers.ts';
import type { TestEnvironment } from './local-environment.ts';
import { readParameters } from './read-parameters.ts';

export const sampleScope = {
  runId: runIdSchema.parse('platform_20260221T060431Z'),
  manifestFingerprint: sha256Schema.parse('a'.repeat(64)),
  parameterHash: sha256Schema.parse('b'.repeat(64)),
  scenarioId: 'baseline_v1',
  windowStart: '2026-01-01T00:00:00.000000Z',
  windowEnd: '2026-04-01T00:00:00.000000Z',
};

/** A lawful event of the sample scope. */
export function sampleEvent(id: string | number, change: Partial<Envelope> = {}): Envelope {
  return {
    event_id: `event-${id}`,
    event_type: 'segment_5a_arrival',
    schema_version: 'v1',
    ts_utc: '2026-01-02T03:04:05.678901Z',
    manifest_fingerprint: sampleScope.manifestFingerprint,
    parameter_hash: sampleScope.parameterHash,
    scenario_id: sampleScope.scenarioId,
    run_id: sampleScope.runId,
    segment_run_id: segmentRunIdSchema.parse('c'.repeat(32)),
    trace_id: 'd'.repeat(32),
    producer: 'test',
    payload: { merchant_id: '18446744073709551615', legal_country_iso: 'DE', tzid: 'Europe/Berlin' },
    ...change,
  };
}

/** The gate of a test environment, up and answering, with a connection as the owner of the database. */
export type TestGate = {
  readonly url: string;
  readonly key: string;
  readonly nextKey: string;
  readonly owner: DatabaseClient;
  readonly wishFor: (role: 'gate' | 'burst' | 'master') => Promise<ConnectionWish>;
  readonly post: (body: string | Uint8Array, headers?: Record<string, string>) => Promise<Answer>;
  readonly send: (events: unknown) => Promise<Answer>;
  readonly openScope: (change?: Partial<typeof sampleScope>) => Promise<void>;
  readonly scale: (desiredCount: number) => Promise<void>;
  readonly whenHealthy: () => Promise<void>;
  /** Process ids of the gate's tasks. */
  readonly pids: () => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
};

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string | undefined;
  readonly decisions: readonly {
    readonly event_id: string | null;
    readonly decision: string;
    readonly reason?: string;
    readonly detail?: string;
  }[];
};

export async function openGate(environment: TestEnvironment): Promise<TestGate> {
  const operator = await environment.open();
  const parameter = async (path: string) =>
    (await readParameters(environment.home, [secretParameterName('local', path)]))[0] ?? '';
  const authorities = await readFile(join(environment.home, 'postgres', 'authority.pem'), 'utf8');
  const wishFor = async (role: string): Promise<ConnectionWish> => ({
    dsn: parseDsn(await parameter(`database/${role}/dsn`), role),
    authorities,
    applicationName: 'test',
  });
  const owner = await connect(await wishFor('master'));
  const port = Number(await readFile(join(environment.home, 'services', 'gate.port'), 'utf8'));
  const url = `http://127.0.0.1:${port}`;
  const key = await parameter('gate/api-key');
  const post = async (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
      body: body as string,
    });
    const answer: Partial<Pick<Answer, 'code' | 'decisions'>> = JSON.parse(await response.text());
    return {
      status: response.status,
      headers: response.headers,
      code: answer.code,
      decisions: answer.decisions ?? [],
    };
  };
  const scale = (desiredCount: number) => scaleGate(operator, desiredCount);
  const whenHealthy = async () => {
    // A service that keeps dying is restarted more and more slowly.
    for (let attempt = 0; attempt < 1_200; attempt += 1) {
      const response = await fetch(`${url}/health`).catch(() => undefined);
      if (response?.ok) return;
      await delay(50);
    }
    throw new Error('the gate does not become healthy');
  };
  await scale(1);
  await whenHealthy();
  return {
    url,
    key,
    nextKey: await parameter('gate/api-key-next'),
    owner,
    wishFor,
    post,
    send: (events) => post(JSON.stringify(events)),
    openScope: async (change = {}) => {
      const scope = { ...sampleScope, ...change };
      await owner.query(
        `insert into ingest.run_scopes (run_id, execution_id, source_sha256, manifest_fingerprint,
           parameter_hash, scenario_id, window_start, window_end)
         values ($1, 'burst_20260221T060431Z', $2, $3, $4, $5, $6, $7) on conflict do nothing`,
        [
          scope.runId,
          'f'.repeat(64),
          scope.manifestFingerprint,
          scope.parameterHash,
          scope.scenarioId,
          scope.windowStart,
          scope.windowEnd,
        ],
      );
    },
    scale,
    whenHealthy,
    pids: () => gatePids(environment, operator),
    close: async () => {
      await scale(0);
      await (owner as DatabaseClient & { end: () => Promise<void> }).end();
    },
  };
}

async function scaleGate({ clients }: OperatorEnvironment, desiredCount: number): Promise<void> {
  const cluster = clusterName('local');
  const service = serviceName('local', 'gate');
  await clients.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const { services } = await clients.ecs.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
    );
    if (services?.[0]?.runningCount === desiredCount) return;
    await delay(25);
  }
  throw new Error(`the gate does not come to ${desiredCount} tasks`);
}

async function gatePids(environment: TestEnvironment, { clients }: OperatorEnvironment) {
  const cluster = clusterName('local');
  const { taskArns = [] } = await clients.ecs.send(
    new ListTasksCommand({ cluster, family: serviceName('local', 'gate') }),
  );
  if (taskArns.length === 0) return [];
  await clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return await Promise.all(
    taskArns.map(async (arn) => {
      const file = join(environment.home, 'tasks', arn.split('/').at(-1) ?? '', 'agent.json');
      return Number(JSON.parse(await readFile(file, 'utf8')).pid);
    }),
  );
}
