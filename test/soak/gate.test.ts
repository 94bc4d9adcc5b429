import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { bodiesOf, freshEvents, prepareGate, removeGate, sendAll } from '../bench/gate/ground.ts';

/** Ten minutes, or what SOAK_SECONDS says. */
const seconds = Number(process.env.SOAK_SECONDS ?? 600);
const [batch, lanes] = [500, 6];

/** Resident bytes of a process. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

test('at half the rate that it can take, the gate keeps its memory and counts to the event', {
  timeout: (seconds + 300) * 1_000,
}, async (context) => {
  const ground = await prepareGate(lanes);
  try {
    const [pid = 0] = await ground.gate.pids();
    const warm = bodiesOf(freshEvents(ground, 60_000), batch);
    const began = performance.now();
    await sendAll(ground, warm, lanes, 'ADMIT');
    const perSecond = 60_000_000 / (performance.now() - began) / 2;
    context.diagnostic(`half the rate is ${Math.round(perSecond)} events/s`);

    let sent = 60_000;
    const resident: number[] = [];
    const origin = performance.now();
    const elapsed = () => (performance.now() - origin) / 1_000;
    while (elapsed() < seconds) {
      const due = Math.floor(elapsed() * perSecond) - (sent - 60_000);
      const events = Math.min(batch * lanes, Math.floor(due / batch) * batch);
      if (events === 0) {
        await delay(5);
        continue;
      }
      await sendAll(ground, bodiesOf(freshEvents(ground, events), batch), lanes, 'ADMIT');
      sent += events;
      if (elapsed() >= resident.length * (seconds / 60)) resident.push(await residentBytes(pid));
    }
    const { rows } = await ground.gate.owner.query<{ admitted: number; ids: number; rejected: number }>(
      `select (select count(*)::int from ingest.admissions) as admitted,
         (select count(distinct event_id)::int from ingest.admissions) as ids,
         (select count(*)::int from ingest.rejections) as rejected`,
    );
    assert.deepEqual(rows[0], { admitted: sent, ids: sent, rejected: 0 });
    const mebibytes = resident.map((bytes) => Math.round(bytes / 2 ** 20));
    context.diagnostic(`${sent} events; resident MiB ${mebibytes.join(' ')}`);
    assert.ok(Math.max(...mebibytes) <= 300, `the gate took ${Math.max(...mebibytes)} MiB`);
    // Flat: the last quarter is no higher than the first after a start, give or take a collection.
    const quarter = Math.floor(mebibytes.length / 4);
    const early = Math.max(...mebibytes.slice(1, 1 + quarter));
    const late = Math.max(...mebibytes.slice(-quarter));
    assert.ok(late <= early * 1.3 + 20, `${early} MiB grew to ${late} MiB`);
  } finally {
    await removeGate(ground);
  }
});
