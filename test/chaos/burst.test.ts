import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openTcpProxy } from '../fakes/tcp-proxy.ts';
import { type BurstGround, openBurstGround, type StepEnd } from '../support/burst-ground.ts';
import { samplePlan } from '../support/sample-burst.ts';

let ground: BurstGround;
before(async () => {
  ground = await openBurstGround();
});
after(() => ground.close());

let runs = 0;
/** A run scope of a test's own. */
function freshRun(): string {
  runs += 1;
  return `platform_20260222T0${String(100_000 + runs).slice(-5)}Z`;
}

/** One lane that sends ten thousand events at two thousand a second. */
const plan = samplePlan({
  lanes: 1,
  rate: { events_per_minute: 120_000 },
  duration_seconds: 300,
  max_events: 10_000,
  batch_size: 50,
  in_flight: 4,
});
/** A kill may cost what was not flushed: a hundred events, and what was in flight. */
const oneKill = 100 + 5 * 50;

async function opened(runId: string): Promise<void> {
  const open = await ground.step({ step: 'open', plan, runId });
  assert.equal(open.exitCode, 0, open.stdout);
}

/** Everything that must hold when the last producer of a lane has done its work. */
async function assertWhole(runId: string, last: StepEnd, kills: number): Promise<void> {
  assert.equal(last.exitCode, 0, last.stdout.slice(-2_000));
  const { lane } = last;
  assert.ok(lane);
  assert.equal(lane.unresolved, 0);
  assert.equal(lane.frontier, plan.max_events);
  const receipts = await ground.receipts(runId);
  const admitted = receipts.get('ADMIT');
  assert.deepEqual(admitted, { events: plan.max_events, ids: plan.max_events }, 'each event once, none lost');
  const duplicates = receipts.get('DUPLICATE')?.events ?? 0;
  assert.ok(duplicates <= kills * oneKill, `${duplicates} duplicates of ${kills} kills`);
  assert.equal(receipts.get('QUARANTINE'), undefined);
  assert.equal((await ground.checkpoint(0, runId))?.frontier, plan.max_events);
}

test('a lane killed 50 times: every event admitted exactly once', { timeout: 600_000 }, async () => {
  const runId = freshRun();
  await opened(runId);
  const slow = samplePlan({ ...plan, rate: { events_per_minute: 24_000 } });
  let kills = 0;
  let frontier = 0;
  for (; kills < 50; kills += 1) {
    const producer = await ground.start({
      step: 'lane',
      lane: 0,
      plan: kills % 5 === 0 ? plan : slow,
      runId,
    });
    await producer.says('"lane-open"');
    await delay(50 + ((kills * 37) % 300));
    producer.kill('SIGKILL');
    await producer.end;
    const checkpoint = await ground.checkpoint(0, runId);
    assert.equal(checkpoint?.epoch, kills + 1);
    assert.ok(checkpoint.frontier >= frontier, 'the frontier never goes back');
    frontier = checkpoint.frontier;
    const receipts = await ground.receipts(runId);
    assert.ok((receipts.get('ADMIT')?.ids ?? 0) >= frontier, 'nothing beyond what was admitted');
  }
  assert.ok(frontier < plan.max_events, 'the kills came before the end');
  const last = await ground.step({ step: 'lane', lane: 0, plan, runId });
  await assertWhole(runId, last, kills);
  assert.equal(last.lane?.resumed_at, frontier);
});

test('the gate killed 20 times during a burst: the lane sends again, nothing is lost', {
  timeout: 300_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  const slow = samplePlan({ ...plan, rate: { events_per_minute: 20_000 } });
  const producer = await ground.start({ step: 'lane', lane: 0, plan: slow, runId });
  await producer.says('"lane-open"');
  for (let kill = 0; kill < 20; kill += 1) {
    await delay(300);
    for (const pid of await ground.gate.pids()) process.kill(pid, 'SIGKILL');
    // Asked for anew, it is not held back as a service that keeps failing.
    await ground.gate.scale(1);
    await ground.gate.whenHealthy();
  }
  const end = await producer.end;
  // A reply that was lost after the commit makes a duplicate: what was in flight, for each kill.
  await assertWhole(runId, end, 20);
  assert.ok(Object.values(end.lane?.retries ?? {}).length > 0, 'the kills were felt');
});

test('PostgreSQL crashes 10 times: relaunched as the machine does, nothing is lost', {
  timeout: 600_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  let launches = 0;
  let last: StepEnd | undefined;
  let crashes = 0;
  while (last?.exitCode !== 0) {
    launches += 1;
    assert.ok(launches <= 30, 'it comes to an end');
    const producer = await ground.start({ step: 'lane', lane: 0, plan, runId });
    if (crashes < 10) {
      await producer.says('"lane-open"').catch(() => undefined);
      await delay(200);
      // A backend killed by SIGKILL makes the server drop everybody and recover from its log.
      const { rows } = await ground
        .owner()
        .query<{ pid: number }>(
          `select pid from pg_stat_activity where application_name like 'gate%' or application_name like 'burst%' limit 1`,
        )
        .catch(() => ({ rows: [] }));
      const [victim] = rows;
      if (victim !== undefined) {
        process.kill(victim.pid, 'SIGKILL');
        crashes += 1;
      }
    }
    last = await producer.end;
    await ground.reconnect();
    if (last.exitCode !== 0) assert.equal(last.exitCode, 75, last.stdout.slice(-2_000));
  }
  assert.equal(crashes, 10);
  await assertWhole(runId, last, launches + crashes);
});

/** A lane that has begun to send, to the gate behind a proxy whose weather the caller makes. */
async function laneBehindProxy(
  use: (
    proxy: Awaited<ReturnType<typeof openTcpProxy>>,
    producer: Awaited<ReturnType<BurstGround['start']>>,
    runId: string,
  ) => Promise<void>,
): Promise<void> {
  const runId = freshRun();
  await opened(runId);
  const proxy = await openTcpProxy(Number(new URL(ground.gate.url).port));
  try {
    const producer = await ground.start(
      { step: 'lane', lane: 0, plan, runId },
      { GATE_URL: `http://127.0.0.1:${proxy.port}` },
    );
    await producer.says('"progress"');
    await use(proxy, producer, runId);
  } finally {
    await proxy.close();
  }
}

test(
  'half-open connections to the gate: attempts time out, the lane goes on',
  {
    timeout: 200_000,
  },
  () =>
    laneBehindProxy(async (proxy, producer, runId) => {
      proxy.weather('swallow');
      await delay(3_000);
      proxy.weather('carry');
      const end = await producer.end;
      await assertWhole(runId, end, 1);
      assert.ok((end.lane?.retries.UND_ERR_HEADERS_TIMEOUT ?? 0) > 0, JSON.stringify(end.lane?.retries));
    }),
);

test(
  'replies lost after the commit: receipts are the answered requests and those whose reply was lost',
  {
    timeout: 200_000,
  },
  () =>
    laneBehindProxy(async (proxy, producer, runId) => {
      for (let storm = 0; storm < 5; storm += 1) {
        proxy.weather('lose-replies');
        await delay(100);
        proxy.reset();
        proxy.weather('carry');
        await delay(200);
      }
      const end = await producer.end;
      const lost = Object.values(end.lane?.retries ?? {}).reduce((sum, count) => sum + count, 0);
      assert.ok(lost > 0);
      await assertWhole(runId, end, lost);
      const receipts = await ground.receipts(runId);
      const rows = [...receipts.values()].reduce((sum, { events }) => sum + events, 0);
      // What the lane saw decided, and at most one batch for each reply it did not get.
      assert.ok(rows >= (end.lane?.acknowledged ?? 0));
      assert.ok(rows <= (end.lane?.acknowledged ?? 0) + lost * plan.batch_size);
    }),
);

test('two producers of one lane: the one that was superseded writes nothing more', {
  timeout: 120_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  const first = await ground.start({ step: 'lane', lane: 0, plan, runId });
  await first.says('"progress"');
  const second = await ground.start({ step: 'lane', lane: 0, plan, runId });
  await second.says('"lane-open"');
  const taken = await ground.checkpoint(0, runId);
  assert.equal(taken?.epoch, 2);
  const fenced = await first.end;
  assert.equal(fenced.exitCode, 65, fenced.stdout.slice(-2_000));
  assert.equal(fenced.failure?.code, 'PRODUCER_SUPERSEDED');
  const end = await second.end;
  assert.equal(end.exitCode, 0, end.stdout.slice(-2_000));
  const receipts = await ground.receipts(runId);
  assert.deepEqual(receipts.get('ADMIT'), { events: plan.max_events, ids: plan.max_events });
  assert.equal((await ground.checkpoint(0, runId))?.epoch, 2);
});

test('SIGTERM in the middle of sending: flushed, told, exit 143; the next producer goes on from there', {
  timeout: 120_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  const producer = await ground.start({ step: 'lane', lane: 0, plan, runId });
  await producer.says('"progress"');
  producer.kill('SIGTERM');
  const stopped = await producer.end;
  assert.equal(stopped.exitCode, 143, stopped.stdout.slice(-2_000));
  assert.equal(stopped.lane?.stop_reason, 'stop-requested');
  assert.equal((await ground.checkpoint(0, runId))?.frontier, stopped.lane.frontier);
  assert.equal(stopped.lane.sent, stopped.lane.acknowledged + stopped.lane.unresolved);
  const last = await ground.step({ step: 'lane', lane: 0, plan, runId });
  assert.equal(last.lane?.resumed_at, stopped.lane.frontier);
  await assertWhole(runId, last, 1);
});

test('a lane that is stopped in its tracks ends by its deadline when it runs again, and says so', {
  timeout: 120_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  const producer = await ground.start({
    step: 'lane',
    lane: 0,
    plan: samplePlan({ ...plan, rate: { events_per_minute: 6_000 } }),
    runId,
    deadline: new Date(Date.now() + 8_000),
  });
  await producer.says('"progress"');
  producer.kill('SIGSTOP');
  await delay(9_000);
  producer.kill('SIGCONT');
  const end = await producer.end;
  assert.equal(end.exitCode, 124, end.stdout.slice(-2_000));
  assert.equal(end.lane?.stop_reason, 'deadline');
  assert.equal((await ground.checkpoint(0, runId))?.frontier, end.lane.frontier);
});

test('without its checkpoint secret a lane refuses with 78, and the gate hears nothing', async () => {
  const runId = freshRun();
  await opened(runId);
  const proxy = await openTcpProxy(Number(new URL(ground.gate.url).port));
  try {
    for (const CHECKPOINT_DSN of ['', 'REPLACE_ME', 'postgresql://fraud_gate:x@127.0.0.1:1/fraud_platform']) {
      const end = await ground.step(
        { step: 'lane', lane: 0, plan, runId },
        { CHECKPOINT_DSN, GATE_URL: `http://127.0.0.1:${proxy.port}` },
      );
      assert.equal(end.exitCode, 78, end.stdout);
      assert.match(end.stdout, /CHECKPOINT_DSN/);
    }
    assert.equal(proxy.taken(), 0);
    assert.equal((await ground.receipts(runId)).size, 0);
  } finally {
    await proxy.close();
  }
});

test('operator and cloud are killed at once: every lane ends by its own plan, and attach tells the story', {
  timeout: 200_000,
}, async () => {
  const path = join(ground.environment.home, 'orphaned.yaml');
  const short = samplePlan({ name: 'orphaned', lanes: 2, duration_seconds: 4 });
  await writeFile(path, JSON.stringify(short));
  const follower = ground.environment.startFraudctl('burst', 'run', path, '--bundle', ground.runFolder);
  let said = '';
  follower.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  while (!said.includes('lane-open lane=1') || !said.includes('lane-open lane=0')) await delay(20);
  const id = /burst_\d{8}T\d{6}Z/.exec(said)?.[0] ?? '';
  process.kill(-(follower.pid ?? 0), 'SIGKILL');
  await ground.environment.killCloud();
  // Nobody is left but the lanes themselves.
  const results = [0, 3].map(
    (number) => `evidence/local/run_control/${id}/launches/Lane/${number}/result.json`,
  );
  const until = Date.now() + 60_000;
  for (const key of results) {
    while ((await ground.environment.evidence.get(key)) === undefined) {
      assert.ok(Date.now() < until, 'the lanes end by themselves');
      await delay(100);
    }
  }
  const attached = await ground.environment.fraudctl('--json', 'burst', 'attach', id);
  const story = JSON.parse(attached.stdout);
  assert.equal(story.execution_id, id);
  assert.deepEqual(
    story.lanes.map((lane: { stop_reason: string }) => lane.stop_reason),
    ['duration', 'duration'],
  );
  // The machine that would have said SUCCEEDED died in the middle: nothing unknown passes by itself.
  assert.notEqual(story.verdict, undefined);
  await ground.reconnect();
});

test('half-open connections between the gate and its database: found out, replaced, nothing is lost', {
  timeout: 300_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  const proxy = await openTcpProxy(ground.databasePort);
  const gate = await ground.startGate(proxy.port);
  try {
    const producer = await ground.start(
      { step: 'lane', lane: 0, plan: samplePlan({ ...plan, rate: { events_per_minute: 60_000 } }), runId },
      { GATE_URL: gate.url },
    );
    await producer.says('"progress"');
    // Both ends believe in the connections; nothing comes through any more.
    proxy.freeze();
    const end = await producer.end;
    const lost = Object.values(end.lane?.retries ?? {}).reduce((sum, count) => sum + count, 0);
    assert.ok(lost > 0, 'it was felt');
    await assertWhole(runId, end, lost);
  } finally {
    await gate.close();
    await proxy.close();
  }
});

test('a slow database: the gate answers late or asks to come back, and decides every event once', {
  timeout: 300_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  const proxy = await openTcpProxy(ground.databasePort);
  const gate = await ground.startGate(proxy.port);
  try {
    const producer = await ground.start({ step: 'lane', lane: 0, plan, runId }, { GATE_URL: gate.url });
    await producer.says('"progress"');
    proxy.delayReplies(250);
    const end = await producer.end;
    await assertWhole(runId, end, 0);
    assert.ok((end.lane?.latency_ms.p50 ?? 0) > 500, JSON.stringify(end.lane?.latency_ms));
  } finally {
    await gate.close();
    await proxy.close();
  }
});

test('a wall clock that jumps by hours: the window, the pace and the deadline do not move', {
  timeout: 120_000,
}, async () => {
  const runId = freshRun();
  await opened(runId);
  const jumping = new URL('../fakes/jumping-clock.mjs', import.meta.url).href;
  const timed = samplePlan({ ...plan, rate: { events_per_minute: 60_000 }, duration_seconds: 6 });
  const gate = await ground.startGate(ground.databasePort);
  const end = await ground
    .step(
      { step: 'lane', lane: 0, plan: timed, runId },
      { GATE_URL: gate.url, NODE_OPTIONS: `--import=${jumping}` },
    )
    .finally(gate.close);
  assert.equal(end.exitCode, 0, end.stdout.slice(-2_000));
  const { lane } = end;
  assert.ok(lane);
  assert.equal(lane.stop_reason, 'duration');
  // A busy machine may leave a part unsent; nothing goes ahead of its time.
  assert.ok(lane.sent > 3_000 && lane.sent <= 6_000, `${lane.sent} sent of 6,000 due`);
  assert.deepEqual((await ground.receipts(runId)).get('ADMIT'), { events: lane.sent, ids: lane.sent });
  const seconds =
    (Date.parse(lane.last_acknowledged_at ?? '') - Date.parse(lane.first_sent_at ?? '')) / 1_000;
  assert.ok(seconds > 5 && seconds < 12, `${seconds} s of a window of 6`);
});
