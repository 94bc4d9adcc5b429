import type { DatabaseClient } from '../../lib/database/connect.ts';
import type { Candidate, Decision, JudgedEvent } from './decision.ts';

type Rejection = {
  readonly runId: string | null;
  readonly eventClass: string | null;
  readonly eventId: string | null;
  readonly payloadSha256: string | null;
  readonly decision: 'DUPLICATE' | 'QUARANTINE';
  readonly reason: string;
};

/**
 * Decides about a group of events in one transaction: one row for each, and the decisions in the order
 * of the events. When this returns, every row is durable; when it throws, nobody knows whether they are,
 * and nobody may be told a decision.
 *
 * Rows go in in key order, so that two groups at a time wait for each other and never deadlock. After a
 * throw the connection is in nobody knows which state: the caller ends it, and the server rolls back.
 *
 * `knownFirst`: where most of a group is known already, looking before inserting is cheaper; the
 * decisions are the same.
 */
export async function decideGroup(
  client: DatabaseClient,
  events: readonly JudgedEvent[],
  knownFirst = false,
): Promise<readonly Decision[]> {
  const firsts = firstOfEachKey(events);
  const candidates = [...firsts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, first]) => first);
  await client.query('begin');
  const earlier = new Map<string, string>();
  const look = async (wanted: readonly Candidate[]) => {
    for (const [key, digest] of await digestsOfEarlier(client, wanted)) earlier.set(key, digest);
  };
  if (knownFirst) await look(candidates);
  const unknown = candidates.filter((candidate) => !earlier.has(keyOf(candidate)));
  const admitted = await admit(client, unknown);
  if (admitted.size < unknown.length) {
    await look(unknown.filter((candidate) => !admitted.has(keyOf(candidate))));
  }
  const decisions = events.map((event): Decision => {
    if (event.kind === 'quarantined') return { decision: 'QUARANTINE', reason: event.reason };
    const key = keyOf(event);
    const first = firsts.get(key);
    if (first === event && admitted.has(key)) return { decision: 'ADMIT' };
    return event.payloadSha256 === (earlier.get(key) ?? first?.payloadSha256)
      ? { decision: 'DUPLICATE', reason: 'ALREADY_ADMITTED' }
      : { decision: 'QUARANTINE', reason: 'PAYLOAD_MISMATCH' };
  });
  const rejections = events.flatMap((event, index): Rejection[] => {
    const decision = decisions[index];
    return decision === undefined || decision.decision === 'ADMIT' ? [] : [{ ...event, ...decision }];
  });
  if (rejections.length > 0) await reject(client, rejections);
  await client.query('commit');
  return decisions;
}

/** No member of a key can hold the separator. */
function keyOf({ runId, eventClass, eventId }: Candidate): string {
  return `${runId} ${eventClass} ${eventId}`;
}

function firstOfEachKey(events: readonly JudgedEvent[]): ReadonlyMap<string, Candidate> {
  const firsts = new Map<string, Candidate>();
  for (const event of events) {
    if (event.kind === 'quarantined') continue;
    const key = keyOf(event);
    if (!firsts.has(key)) firsts.set(key, event);
  }
  return firsts;
}

type Key = { readonly run_id: string; readonly event_class: string; readonly event_id: string };
const keyOfRow = (row: Key) => `${row.run_id} ${row.event_class} ${row.event_id}`;

/** Inserts what is not there yet; returns the keys that were inserted. */
async function admit(client: DatabaseClient, candidates: readonly Candidate[]): Promise<ReadonlySet<string>> {
  if (candidates.length === 0) return new Set();
  const { rows } = await client.query<Key>({
    name: 'admit',
    text: `insert into ingest.admissions (run_id, event_class, event_id, payload_sha256, ts_utc)
           select run_id, event_class, event_id, decode(payload_sha256, 'hex'), ts_utc::timestamptz
             from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
               as incoming (run_id, event_class, event_id, payload_sha256, ts_utc)
               on conflict do nothing
        returning run_id, event_class, event_id`,
    values: [
      candidates.map(({ runId }) => runId),
      candidates.map(({ eventClass }) => eventClass),
      candidates.map(({ eventId }) => eventId),
      candidates.map(({ payloadSha256 }) => payloadSha256),
      candidates.map(({ tsUtc }) => tsUtc),
    ],
  });
  return new Set(rows.map(keyOfRow));
}

/** Payload digests under which keys were admitted before, in a statement of its own: it sees what committed meanwhile. */
async function digestsOfEarlier(
  client: DatabaseClient,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, string>> {
  if (candidates.length === 0) return new Map();
  const { rows } = await client.query<Key & { readonly digest: string }>({
    name: 'earlier',
    text: `select a.run_id, a.event_class, a.event_id, encode(a.payload_sha256, 'hex') as digest
             from unnest($1::text[], $2::text[], $3::text[]) as incoming (run_id, event_class, event_id)
             join ingest.admissions a using (run_id, event_class, event_id)`,
    values: [
      candidates.map(({ runId }) => runId),
      candidates.map(({ eventClass }) => eventClass),
      candidates.map(({ eventId }) => eventId),
    ],
  });
  return new Map(rows.map((row) => [keyOfRow(row), row.digest]));
}

async function reject(client: DatabaseClient, rejections: readonly Rejection[]): Promise<void> {
  await client.query({
    name: 'reject',
    text: `insert into ingest.rejections (run_id, event_class, event_id, payload_sha256, decision, reason)
           select run_id, event_class, event_id, decode(payload_sha256, 'hex'), decision, reason
             from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
               as incoming (run_id, event_class, event_id, payload_sha256, decision, reason)`,
    values: [
      rejections.map(({ runId }) => runId),
      rejections.map(({ eventClass }) => eventClass),
      rejections.map(({ eventId }) => eventId),
      rejections.map(({ payloadSha256 }) => payloadSha256),
      rejections.map(({ decision }) => decision),
      rejections.map(({ reason }) => reason),
    ],
  });
}
