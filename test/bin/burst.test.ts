import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { stringify } from 'yaml';
import { z } from 'zod';
import { clusterName, serviceName } from '../../config/names.ts';
import { gateSpecDigest } from '../../lib/gates/burst/gate-spec.ts';
import { burstSnapshotSchema } from '../../lib/gates/burst/snapshot.ts';
import { type BurstCommands, openBurstCommands, ranBurstSchema } from '../support/burst-commands.ts';
import type { TestEnvironment } from '../support/local-environment.ts';
import { sampleGate, samplePlan } from '../support/sample-burst.ts';

let commands: BurstCommands;
let environment: TestEnvironment;
let bundle: string;
before(async () => {
  commands = await openBurstCommands();
  ({ environment, bundle } = commands);
});
after(() => commands.close());

const adjudicationSchema = z.looseObject({
  overall_pass: z.boolean(),
  snapshot_sha256: z.string(),
  adjudication: burstSnapshotSchema,
  copies: z.array(z.strictObject({ place: z.string(), key: z.string(), whole: z.boolean() })),
  blockers: z.array(z.looseObject({ id: z.string() })),
});

async function burst(plan: string, ...parameters: string[]) {
  const run = await environment.fraudctl('--json', 'burst', 'run', plan, '--bundle', bundle, ...parameters);
  const ran = ranBurstSchema.parse(JSON.parse(run.stdout || '{}'));
  return { exitCode: run.exitCode, stderr: run.stderr, ran };
}

let usual: ReturnType<typeof burst> | undefined;

/** One burst of two seconds under the usual gate, which several tests look at and none changes. */
async function usualBurst() {
  usual ??= burst(await commands.planFile({ duration_seconds: 2 }));
  return await usual;
}

async function gateTasks(): Promise<number | undefined> {
  const { clients } = await environment.open();
  const { services } = await clients.ecs.send(
    new DescribeServicesCommand({ cluster: clusterName('local'), services: [serviceName('local', 'gate')] }),
  );
  return services?.[0]?.desiredCount;
}

async function whenGateIsDown(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await gateTasks()) === 0) return;
    await delay(50);
  }
  throw new Error('the gate stays up');
}

test('a burst is judged by the gate of its launch; the judgement can be computed again anywhere, and found out when changed', async () => {
  const gate = join(environment.home, 'easy.yaml');
  const easy = sampleGate({
    name: 'easy',
    baseline: { admits_per_minute: 1, source: 'a gate that a rehearsal passes' },
    duration_seconds: { minimum: 0.1, maximum: 600 },
  });
  await writeFile(gate, stringify(easy));
  const plan = await commands.planFile({ duration_seconds: 1 });
  const { exitCode, ran } = await burst(plan, '--gate', gate);
  assert.equal(exitCode, 0);
  const judged = adjudicationSchema.parse(ran);
  assert.equal(judged.overall_pass, true);
  assert.equal(judged.adjudication.certifying, false);
  assert.equal(judged.adjudication.gate_spec_sha256, gateSpecDigest(easy));
  assert.deepEqual(
    judged.copies.map(({ place, whole }) => [place, whole]),
    [
      ['run-control', true],
      ['run-scoped', true],
      ['mirror', true],
    ],
  );
  const replay = () => environment.fraudctl('burst', 'adjudicate', ran.execution_id, '--replay');
  const again = await replay();
  assert.equal(again.exitCode, 0, again.stdout + again.stderr);
  assert.match(again.stdout, new RegExp(`identical {2}${judged.snapshot_sha256}`));
  // The same again: nothing is published twice.
  const repeated = await environment.fraudctl('burst', 'adjudicate', ran.execution_id);
  assert.equal(repeated.exitCode, 0, repeated.stdout);
  assert.match(repeated.stdout, /WOULD PASS {2}M10\.F.*3 of 3 copies read back/s);
  assert.match(repeated.stdout, /a rehearsal: it opens no blocker and clears none/);

  const key = judged.copies[0]?.key ?? '';
  const file = join(environment.home, 'evidence', key);
  const published = JSON.parse(await readFile(file, 'utf8'));
  await rm(file);
  await writeFile(file, JSON.stringify({ ...published, overall_pass: false }));
  const altered = await replay();
  assert.equal(altered.exitCode, 65);
  assert.match(altered.stdout, /different {2}in overall_pass/);
  const blocked = await environment.fraudctl('burst', 'adjudicate', ran.execution_id);
  assert.equal(blocked.exitCode, 65);
  assert.match(blocked.stdout, /BLOCKED.*M10F-B3 {2}publication failed\s+the run-control copy/s);
});

test('by the gate of M10.F a rehearsal shows its blockers, and is no attempt', async () => {
  const { exitCode, ran } = await usualBurst();
  assert.equal(exitCode, 0);
  const judged = adjudicationSchema.parse(ran);
  assert.equal(judged.overall_pass, false);
  assert.deepEqual(
    judged.blockers.map(({ id }) => id),
    ['M10F-B1'],
  );
  const asked = await environment.fraudctl('burst', 'adjudicate', ran.execution_id);
  assert.equal(asked.exitCode, 65);
  assert.match(asked.stdout, /M10F-B1 .* of 900\n +M10F-B1-R3: still under the target/s);
});

test('a gate that is none, or not there, refuses before anything exists', async () => {
  const file = join(environment.home, 'bad.yaml');
  await writeFile(file, stringify({ ...sampleGate({ name: 'bad' }), ambiguous_maximum: 1 }));
  const bad = await environment.fraudctl('burst', 'run', 'rehearsal', '--bundle', bundle, '--gate', file);
  assert.equal(bad.exitCode, 65);
  assert.match(bad.stderr, /GATE_INVALID.*ambiguous_maximum/s);
  const missing = await environment.fraudctl(
    'burst',
    'run',
    'rehearsal',
    '--bundle',
    bundle,
    '--gate',
    'nobody',
  );
  assert.equal(missing.exitCode, 64);
  assert.match(missing.stderr, /GATE_UNKNOWN/);
});

test('a burst ends by itself, its counts are those of the database, its evidence verifies, and the gate goes down', async () => {
  const { exitCode, stderr, ran } = await usualBurst();
  assert.equal(exitCode, 0, stderr);
  assert.equal(ran.verdict, 'PASS');
  // Two thousand events fall due; on a busy machine a lane may be behind at the end and leave some unsent.
  const sent = ran.lanes.reduce((sum, lane) => sum + lane.sent, 0);
  assert.ok(sent > 1_500 && sent <= 2_000, `${sent} sent`);
  for (const lane of ran.lanes) {
    assert.equal(lane.stop_reason, 'duration');
    assert.deepEqual([lane.admitted, lane.frontier], [lane.sent, lane.sent]);
  }
  assert.deepEqual(await commands.receiptsOf(ran.run_id), new Map([['ADMIT', { events: sent, ids: sent }]]));
  assert.equal(ran.measures.database?.admitted, sent);
  assert.ok((ran.measures.load?.seconds ?? 0) > 1.5 && (ran.measures.load?.seconds ?? 9) < 4);
  assert.ok((ran.measures.task_life?.seconds ?? 0) >= (ran.measures.load?.seconds ?? 9));
  assert.match(stderr, /burst {3}.*admits\/s {2}admit [\d,]+ {2}duplicate 0 .*p99 .*left \d+ s/);

  const verified = await environment.fraudctl('evidence', 'verify', ran.bundle ?? '');
  assert.equal(verified.exitCode, 0, verified.stdout);
  const prefix = `evidence/local/run_control/${ran.execution_id}/`;
  const bound = JSON.parse(
    new TextDecoder().decode(await environment.evidence.get(`${prefix}proof-of-bound.json`)),
  );
  assert.equal(bound.limits.length, 3);
  assert.ok(bound.longest_life_seconds > bound.duration_seconds);
  assert.ok(await environment.evidence.get(`${prefix}burst-measures.json`));
  await whenGateIsDown();

  // Attached again, the story and the measures are the same.
  const attached = await environment.fraudctl('--json', 'burst', 'attach', ran.execution_id);
  assert.equal(attached.exitCode, 0, attached.stderr);
  assert.deepEqual(ranBurstSchema.parse(JSON.parse(attached.stdout)), ran);

  const used = await burst(await commands.planFile({ duration_seconds: 1 }), '--run', ran.run_id);
  assert.equal(used.exitCode, 65, used.stderr);
  assert.equal(used.ran.verdict, 'FAIL');
  assert.match(used.stderr, /RUN_SCOPE_NOT_FRESH|OpenFailed/);
  assert.deepEqual(used.ran.lanes, []);
  assert.deepEqual(await commands.receiptsOf(ran.run_id), new Map([['ADMIT', { events: sent, ids: sent }]]));
});

test('the operator is killed at once: the burst ends in time, and attach tells its story', async () => {
  const path = await commands.planFile({ duration_seconds: 2 });
  const child = environment.startFraudctl('burst', 'run', path, '--bundle', bundle);
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += String(chunk);
  });
  while (!/(started) (burst_\d{8}T\d{6}Z)/.test(text)) await delay(10);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  const id = /burst_\d{8}T\d{6}Z/.exec(text)?.[0] ?? '';
  const attached = await environment.fraudctl('--json', 'burst', 'attach', id);
  assert.equal(attached.exitCode, 0, attached.stderr);
  const ran = ranBurstSchema.parse(JSON.parse(attached.stdout));
  assert.deepEqual(
    ran.lanes.map(({ stop_reason }) => stop_reason),
    ['duration', 'duration'],
  );
  const sent = ran.lanes.reduce((sum, lane) => sum + lane.sent, 0);
  assert.deepEqual(await commands.receiptsOf(ran.run_id), new Map([['ADMIT', { events: sent, ids: sent }]]));
});

test('an operator stops it: lanes flush, say what they did, and end with 143; the gate goes down', async () => {
  const path = await commands.planFile({ duration_seconds: 60, max_events: 100_000 });
  const started = await environment.fraudctl(
    '--json',
    ...['burst', 'run', path, '--bundle', bundle, '--detach'],
  );
  assert.equal(started.exitCode, 0, started.stderr);
  const id = JSON.parse(started.stdout).execution_id;
  await commands.laneThatSends([]);
  const stopped = await environment.fraudctl('burst', 'stop', id, '--reason', 'a test');
  assert.equal(stopped.exitCode, 0, stopped.stderr);
  const attached = await environment.fraudctl('--json', 'burst', 'attach', id);
  assert.equal(attached.exitCode, 143, attached.stdout + attached.stderr);
  const ran = ranBurstSchema.parse(JSON.parse(attached.stdout));
  assert.equal(ran.verdict, 'FAIL');
  assert.ok(ran.lanes.some(({ stop_reason }) => stop_reason === 'stop-requested'));
  for (const { sent, admitted, unresolved, frontier } of ran.lanes) {
    assert.equal(sent, admitted + unresolved);
    assert.ok(frontier <= admitted);
  }
  const receipts = await commands.receiptsOf(ran.run_id);
  const admitted = ran.lanes.reduce((sum, lane) => sum + lane.admitted, 0);
  assert.ok((receipts.get('ADMIT')?.events ?? 0) >= admitted);
  await whenGateIsDown();
});

const refusals: readonly (readonly [
  what: string,
  plan: () => Promise<string>,
  parameters: string[],
  exit: number,
  code: string,
])[] = [
  ['an unknown plan', async () => 'nothing', [], 64, 'PLAN_UNKNOWN'],
  [
    'a plan longer than any burst may take',
    async () => {
      const path = join(environment.home, 'long.yaml');
      await writeFile(path, stringify({ ...samplePlan(), name: 'long', duration_seconds: 9_999 }));
      return path;
    },
    [],
    65,
    'PLAN_INVALID',
  ],
  [
    'a certifying plan that is too short',
    () => commands.planFile({ certifying: true }),
    [],
    65,
    'PLAN_OUTSIDE_POLICY',
  ],
  ['two sources', () => commands.planFile({}), ['--events', '/nowhere.ndjson'], 64, 'SOURCE_NOT_CHOSEN'],
  ['a malformed run scope', () => commands.planFile({}), ['--run', 'today'], 64, 'IDENTIFIER_MALFORMED'],
];
for (const [what, plan, parameters, exit, code] of refusals) {
  test(`refuses ${what} with ${code} before anything is started`, async () => {
    const path = await plan();
    const refused = await environment.fraudctl('burst', 'run', path, '--bundle', bundle, ...parameters);
    assert.equal(refused.exitCode, exit, refused.stderr);
    assert.ok(refused.stderr.includes(code), refused.stderr);
    assert.doesNotMatch(refused.stderr, /started burst_/);
  });
}
