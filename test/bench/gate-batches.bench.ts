import { defineBench } from './definition.ts';
import {
  type GateGround,
  gateServers,
  prepareGate,
  removeGate,
  sendAll,
  withFreshBodies,
} from './gate/ground.ts';

const [events, batch, lanes] = [60_000, 500, 6];

type Ground = GateGround & { aloneRun: number };

/** Durable admissions in batches, beside the same rows put into PostgreSQL by nobody but itself. */
export const bench = defineBench<Ground>({
  name: 'gate-batches',
  reading:
    'PostgreSQL alone puts the same rows into the same table from a table of its own, in transactions of the same size: no HTTP, no JSON, no digests, and nothing comes from outside.',
  measured: 'events a second',
  quick: true,
  what: `${events.toLocaleString('en')} fresh events in batches of ${batch} over ${lanes} connections, fsync on`,
  prepare: async () => {
    const ground = await prepareGate(lanes);
    return { ...ground, aloneRun: 0 };
  },
  cleanUp: removeGate,
  subject: {
    kind: 'call',
    label: 'the gate',
    servers: gateServers,
    beforehand: withFreshBodies(events, batch),
    call: async (ground) => {
      const began = performance.now();
      await sendAll(ground, ground.bodies, lanes, 'ADMIT');
      return { measured: (events * 1_000) / (performance.now() - began) };
    },
  },
  alternatives: [
    {
      kind: 'call',
      label: 'PostgreSQL alone',
      servers: ({ postgres }) => [postgres],
      call: async (ground) => {
        ground.aloneRun += 1;
        const began = performance.now();
        await ground.gate.owner.query(
          `create temporary table rows_alone as
           select 'alone-${ground.aloneRun}' as run_id, 'segment_5a_arrival' as event_class,
             'event-' || n as event_id, decode(repeat('ab', 32), 'hex') as payload_sha256, now() as ts_utc, n
           from generate_series(0, ${events - 1}) as n`,
        );
        for (let from = 0; from < events; from += batch) {
          await ground.gate.owner.query(
            `insert into ingest.admissions (run_id, event_class, event_id, payload_sha256, ts_utc)
             select run_id, event_class, event_id, payload_sha256, ts_utc from rows_alone
              where n >= ${from} and n < ${from + batch} order by event_id
           on conflict do nothing`,
          );
        }
        await ground.gate.owner.query('drop table rows_alone');
        return { measured: (events * 1_000) / (performance.now() - began) };
      },
    },
  ],
  targets: [{ measure: 'wallSeconds', atMost: events / 30_000 }],
});
