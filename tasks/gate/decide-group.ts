import type { DatabaseClient } from '../../lib/database/connect.ts';
import type { Candidate, Decision, JudgedEvent, QuarantineReason } from './decision.ts';

/** An event with its place in the group. */
type Placed = { readonly place: number; readonly event: JudgedEvent };

/**
 * Decides about a group of events: one row for each, and the decisions in the order of the events. Every
 * statement is a transaction of its own, so a group of one kind costs one round trip and one flush. When
 * this returns, every row is durable; when it throws, some may be, and nobody may be told a decision:
 * asked again, an event that was admitted is a DUPLICATE.
 *
 * `knownFirst`: where most of a group is known already, looking before inserting is cheaper; the
 * decisions are the same.
 */
export async function decideGroup(
  client: DatabaseClient,
  events: readonly JudgedEvent[],
  knownFirst = false,
): Promise<readonly Decision[]> {
  const decisions = new Array<Decision | undefined>(events.length);
  const undecided = (): readonly Placed[] =>
    events.flatMap((event, place) => (decisions[place] === undefined ? [{ event, place }] : []));
  const settleKnown = async () => {
    for (const [place, decision] of await reject(client, undecided())) decisions[place] = decision;
  };
  if (knownFirst) await settleKnown();
  for (const place of await admit(client, undecided())) decisions[place] = { decision: 'ADMIT' };
  if (decisions.includes(undefined)) await settleKnown();
  return decisions.map((decision) => {
    // The key was taken when it was to be inserted, and is gone a moment later.
    if (decision === undefined) throw new Error('an admission has disappeared');
    return decision;
  });
}

/** No member of a key can hold the separator. */
function keyOf({ runId, eventClass, eventId }: Candidate): string {
  return `${runId} ${eventClass} ${eventId}`;
}

type Key = { readonly run_id: string; readonly event_class: string; readonly event_id: string };

/**
 * Inserts what is not there yet; returns the places of the events that were admitted, of each key the
 * first. Rows go in in key order, so that two groups at a time wait for each other and never deadlock.
 */
async function admit(client: DatabaseClient, placed: readonly Placed[]): Promise<readonly number[]> {
  const firsts = new Map<string, { readonly place: number; readonly candidate: Candidate }>();
  for (const { place, event } of placed) {
    if (event.kind === 'quarantined') continue;
    const key = keyOf(event);
    if (!firsts.has(key)) firsts.set(key, { place, candidate: event });
  }
  if (firsts.size === 0) return [];
  const inOrder = [...firsts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, first]) => first);
  const candidates = inOrder.map(({ candidate }) => candidate);
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
  if (rows.length === inOrder.length) return inOrder.map(({ place }) => place);
  return rows.flatMap(
    ({ run_id, event_class, event_id }) => firsts.get(`${run_id} ${event_class} ${event_id}`)?.place ?? [],
  );
}

type Rejected =
  | { readonly place: number; readonly decision: 'DUPLICATE'; readonly reason: 'ALREADY_ADMITTED' }
  | { readonly place: number; readonly decision: 'QUARANTINE'; readonly reason: QuarantineReason };

/**
 * Writes the rows of the events that cannot be admitted: those that were put aside already, and those
 * whose key is taken, by the same payload or by another. Returns their decisions by place; an event whose
 * key is free is not among them.
 */
async function reject(
  client: DatabaseClient,
  placed: readonly Placed[],
): Promise<ReadonlyMap<number, Decision>> {
  if (placed.length === 0) return new Map();
  const { rows } = await client.query<Rejected>({
    name: 'reject',
    text: `with decided as (
             select incoming.place, incoming.run_id, incoming.event_class, incoming.event_id, digest,
                    case when reason is null and payload_sha256 = digest then 'DUPLICATE'
                         else 'QUARANTINE' end as decision,
                    coalesce(reason, case when payload_sha256 = digest then 'ALREADY_ADMITTED'
                                          else 'PAYLOAD_MISMATCH' end) as reason
               from (select place, run_id, event_class, event_id, decode(digest, 'hex') as digest, reason
                       from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                         as given (place, run_id, event_class, event_id, digest, reason)) as incoming
               left join ingest.admissions as taken
                 on incoming.reason is null and taken.run_id = incoming.run_id
                and taken.event_class = incoming.event_class and taken.event_id = incoming.event_id
              where incoming.reason is not null or taken.run_id is not null
           ), written as (
             insert into ingest.rejections (run_id, event_class, event_id, payload_sha256, decision, reason)
             select run_id, event_class, event_id, digest, decision, reason from decided order by place
           )
           select place, decision, reason from decided`,
    values: [
      placed.map(({ place }) => place),
      placed.map(({ event }) => event.runId),
      placed.map(({ event }) => event.eventClass),
      placed.map(({ event }) => event.eventId),
      placed.map(({ event }) => event.payloadSha256),
      placed.map(({ event }) => (event.kind === 'quarantined' ? event.reason : null)),
    ],
  });
  return new Map(rows.map(({ place, ...decision }) => [place, decision]));
}
