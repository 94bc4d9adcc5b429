import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { queryStep, verdictStep } from '../../bin/first-run/burst-steps.ts';
import type { ChainKit } from '../../bin/first-run/chain-kit.ts';
import { runControlPrefix } from '../../config/names.ts';
import { snapshotName } from '../../lib/gates/burst/snapshot.ts';
import { localCloudStatus } from '../../lib/local-cloud/control.ts';
import { executionArn } from '../../lib/operator/operator-environment.ts';
import { executionIdSchema, runIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { outcomeSchema, startFirstRun } from '../support/first-run.ts';
import { createTestEnvironment, finished, type TestEnvironment } from '../support/local-environment.ts';
import { refusedWith } from '../support/refused-with.ts';
import { sampleFindings } from '../support/sample-outcome.ts';

let environment: TestEnvironment;
before(async () => {
  environment = await createTestEnvironment();
});
after(() => environment.close());

const run = async (...words: string[]) =>
  await finished(startFirstRun(environment.home, '--scale', '12', ...words));

let first: z.infer<typeof outcomeSchema>;

test('npm start runs the whole chain, and what it says is what is there', async () => {
  const { exitCode, stdout, stderr } = await run('--json');
  assert.equal(exitCode, 0, stderr);
  first = outcomeSchema.parse(JSON.parse(stdout));
  assert.equal(first.world.publication, 'published');
  assert.equal(first.segment.publication, 'published');
  assert.equal(first.segment.checks_passed, first.segment.checks);
  assert.ok(first.segment.checks >= 36);
  assert.ok(first.segment.intensities > 10_000);
  assert.ok(first.burst.admitted > 1_000);
  assert.equal(first.burst.admitted, first.burst.sent);
  assert.equal(first.query.receipts.ADMIT, String(first.burst.admitted));
  assert.deepEqual([first.verdict.may_close, first.verdict.certifying], [false, false]);
  assert.deepEqual(
    first.verdict.blockers.map(({ id }) => id),
    ['M10F-B1'],
  );
  assert.deepEqual(
    first.reports.map(({ about, status }) => [about, status]),
    [
      ['burst', 'BLOCKED'],
      ['segment', 'PASS'],
    ],
  );
  for (const { page } of first.reports) assert.match(await readFile(page, 'utf8'), /^<!doctype html>/i);
  // World, validation, and every execution three times: migration, segment, burst, query, two reports.
  assert.equal(first.proof.bundles, 8);
  assert.equal(first.proof.copies, 2 + 3 * 6);
  assert.ok(first.state.added_bytes > 0);
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines.filter((line) => /^\d\/8 {2}/.test(line)).length, 16, stderr);
  assert.ok(lines.every((line) => line.length <= 80));
});

test('again: new executions, the same world and run, and the reports where they were', async () => {
  const { exitCode, stdout, stderr } = await run();
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^The whole chain ran on this machine: world 12, seed 42/m);
  assert.match(stdout, /merchant-zones, as before/);
  assert.match(stdout, /intensities, as before; 37 checks of all rows PASS/);
  assert.ok(
    stdout.split('\n').every((line) => line.length <= 80),
    stdout,
  );
  const runs = await readdir(join(environment.home, 'runs'));
  assert.deepEqual(runs.sort(), [first.segment.segment_run_id, 'worlds'].sort());
  assert.deepEqual((await readdir(join(environment.home, 'reports'))).sort(), ['burst', 'segment']);
  const page = await readFile(first.reports[0]?.page ?? '', 'utf8');
  assert.ok(!page.includes(first.burst.execution_id), 'the page is about the latest burst');
});

test('a failed step is named with its reason, how to go on, and its exit code', async () => {
  const manifest = join(environment.home, 'runs', 'worlds', '12-42', 'manifest-sha256.txt');
  const content = await readFile(manifest);
  await writeFile(manifest, `${content.toString('utf8')}\n`);
  try {
    const failed = await run();
    assert.equal(failed.exitCode, 73, failed.stderr);
    assert.equal(failed.stdout, '');
    assert.match(failed.stderr, /failed in step 2 of 8, world\n.*WORLD_OUTPUT_CONFLICT/s);
    assert.match(failed.stderr, /next {3}\S.*\n {2}then {3}npm start goes on/s);
    const forPrograms = await run('--json');
    assert.equal(forPrograms.exitCode, 73);
    const document = JSON.parse(forPrograms.stdout);
    assert.deepEqual(
      [document.schema, document.step, document.code],
      ['fraud-platform/first-run-failure/v1', 'world', 'WORLD_OUTPUT_CONFLICT'],
    );
  } finally {
    await writeFile(manifest, content);
  }
});

test('a scale that there is not is refused before anything is started', async () => {
  const refused = await finished(startFirstRun(environment.home, '--scale', 'huge'));
  assert.equal(refused.exitCode, 64);
  assert.match(refused.stderr, /SCALE_UNKNOWN/);
  assert.doesNotMatch(refused.stderr, /^\d\/8/m);
});

test('Ctrl-C stops what runs, says how to go on, and leaves the environment up', async () => {
  const child = startFirstRun(environment.home, '--scale', '12');
  const end = finished(child);
  let told = '';
  await new Promise<void>((resolve) =>
    child.stderr?.on('data', (chunk) => {
      told += String(chunk);
      if (told.includes('4/8  burst')) resolve();
    }),
  );
  await delay(1_000);
  process.kill(-(child.pid ?? 0), 'SIGINT');
  const { exitCode, stdout, stderr } = await end;
  assert.equal(exitCode, 143, stderr);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /interrupted in step 4 of 8, burst: burst_\d+T\d+Z was stopped\n {2}next {3}npm start goes on/,
  );
  const status = await localCloudStatus(environment.home);
  assert.deepEqual([status?.state, status?.running_executions], ['ready', 0]);
  const forPrograms = startFirstRun(environment.home, '--scale', '12', '--json');
  forPrograms.stderr?.once('data', () => process.kill(-(forPrograms.pid ?? 0), 'SIGINT'));
  const document = await finished(forPrograms);
  assert.equal(document.exitCode, 143);
  assert.equal(JSON.parse(document.stdout).code, 'START_INTERRUPTED');
});

async function kit(): Promise<ChainKit> {
  const opened = await environment.open();
  return {
    context: {
      output: { json: false, part: () => undefined, progress: () => undefined, result: () => undefined },
      environmentName: 'local',
      signal: new AbortController().signal,
      now: () => Date.now(),
      openEnvironment: async () => opened,
    },
    environment: opened,
    runsRoot: join(environment.home, 'runs'),
    reportsFolder: join(environment.home, 'reports'),
    scale: '12',
    seed: '42',
  };
}

test('a judgement that the bundle does not give, and receipts that the lanes were not told of, end the chain', async () => {
  const chain = await kit();
  const executionId = executionIdSchema.parse(first.burst.execution_id);
  const execution = {
    executionId,
    executionArn: executionArn(chain.environment, 'bounded-burst', executionId),
    runId: runIdSchema.parse(first.burst.run_id),
    task: 'burst',
  };
  assert.equal((await verdictStep(chain, execution)).mayClose, false);
  const key = `${runControlPrefix('local', executionId)}${snapshotName}`;
  const path = fileURLToPath(new URL(key, environment.evidence.url));
  const published = await readFile(path, 'utf8');
  await rm(path);
  await writeFile(path, published.replace('"overall_pass":false', '"overall_pass":true'));
  await assert.rejects(verdictStep(chain, execution), refusedWith('JUDGEMENT_NOT_REPRODUCED'));

  const window = {
    start: instantFromMillis(Date.now() - 3_600_000),
    end: instantFromMillis(Date.now()),
    seconds: 3_600,
  };
  const { admitted } = first.burst;
  const ask = (told: number) =>
    queryStep(chain, { execution, found: { ...sampleFindings.burst, admitted: told } }, window);
  await assert.rejects(ask(admitted + 1), refusedWith('RECEIPTS_NOT_COVERED'));
  assert.equal((await ask(admitted)).found.receipts.ADMIT, String(admitted));
});
