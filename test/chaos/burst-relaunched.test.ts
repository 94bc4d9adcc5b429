import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type BurstCommands, openBurstCommands, ranBurstSchema } from '../support/burst-commands.ts';

let commands: BurstCommands;
before(async () => {
  commands = await openBurstCommands();
});
after(() => commands.close());

test('a lane killed twice resumes from its checkpoint: nothing lost, few sent twice', async () => {
  // It ends by its count: by its duration, a slow machine would have it end before what the dead had in flight.
  const path = await commands.planFile({
    lanes: 1,
    duration_seconds: 120,
    max_events: 4_000,
    rate: { events_per_minute: 30_000 },
  });
  const follower = commands.environment.fraudctl('--json', 'burst', 'run', path, '--bundle', commands.bundle);
  const killed: number[] = [];
  for (let kill = 0; kill < 2; kill += 1) {
    const pid = await commands.laneThatSends(killed);
    process.kill(-pid, 'SIGKILL');
    killed.push(pid);
  }
  const run = await follower;
  assert.equal(run.exitCode, 0, run.stderr);
  const ran = ranBurstSchema.parse(JSON.parse(run.stdout));
  assert.equal(ran.verdict, 'PASS');
  const [lane] = ran.lanes;
  assert.equal(lane?.epoch, '3');
  assert.ok((lane?.resumed_at ?? 0) > 0);
  assert.equal(lane?.stop_reason, 'max-events');
  assert.equal(lane?.frontier, 4_000);
  assert.equal(lane?.unresolved, 0);
  const receipts = await commands.receiptsOf(ran.run_id);
  // Every event up to the frontier is admitted exactly once: ids are as many as the frontier says.
  assert.equal(receipts.get('ADMIT')?.ids, lane?.frontier);
  assert.equal(receipts.get('ADMIT')?.events, lane?.frontier);
  // One flush is a hundred events; beyond it, at most what was in flight.
  assert.ok((receipts.get('DUPLICATE')?.events ?? 0) <= 2 * (100 + 4 * 50 + 50));
});
