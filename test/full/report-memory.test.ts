import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { connect } from '../../lib/database/connect.ts';
import { burstReportSchema } from '../../lib/reports/burst-report.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';
import { databaseWish } from '../support/query-context.ts';
import { samplePlan } from '../support/sample-burst.ts';

const mebibyte = 2 ** 20;
const receipts = 10_000_000;
const duplicates = 1_000_000;
const peakSchema = z.object({ task: z.string(), peak_bytes: z.int(), cpu_seconds: z.number() });

let folder: string;
let environment: TestEnvironment;
let execution: string;
let runId: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-memory-'));
  const teller = pathToFileURL(fileURLToPath(new URL('../support/tell-peak-memory.mjs', import.meta.url)));
  teller.searchParams.set('file', join(folder, 'peaks.jsonl'));
  environment = await createTestEnvironment({
    entryPoint: () => [
      ...[process.execPath, '--import', teller.href],
      fileURLToPath(new URL('../../tasks/main.mjs', import.meta.url)),
    ],
  });
  const segment = await environment.fraudctl(
    ...['--json', 'segment', 'run', '--scale', '12', '--seed', '5', '--scenario', 'baseline_v1'],
    ...['--runs-root', join(folder, 'runs')],
  );
  assert.equal(segment.exitCode, 0, segment.stderr);
  const plan = join(folder, 'short.yaml');
  await writeFile(plan, stringify(samplePlan({ name: 'short', duration_seconds: 2 })));
  const { run_folder } = JSON.parse(segment.stdout).segment;
  const burst = await environment.fraudctl('--json', 'burst', 'run', plan, '--bundle', run_folder);
  assert.equal(burst.exitCode, 0, burst.stderr);
  ({ execution_id: execution, run_id: runId } = JSON.parse(burst.stdout));
});
after(async () => {
  await environment.close();
  await rm(folder, { recursive: true, force: true });
});

async function report(name: string) {
  const out = join(folder, name);
  const ended = await environment.fraudctl('report', 'burst', execution, '--out', out);
  const lines = (await readFile(join(folder, 'peaks.jsonl'), 'utf8')).trim().split('\n');
  const tasks = lines.map((line) => peakSchema.parse(JSON.parse(line)));
  const peak = tasks.filter(({ task }) => task === 'report').at(-1)?.peak_bytes;
  assert.ok(peak !== undefined, ended.stderr);
  return {
    ended,
    peak,
    document: burstReportSchema.parse(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))),
  };
}

test('a report about ten million receipts needs the memory of a report about a few', async (context) => {
  const few = await report('few');
  assert.equal(few.ended.exitCode, 0, few.ended.stderr);
  const master = await connect({
    ...(await databaseWish(environment, 'master')),
    statementTimeoutMillis: 600_000,
  });
  // Over an hour from where the burst ended, as a gate that serves 2,800 a second would leave them.
  await master.query(
    `insert into ingest.admissions (run_id, event_class, event_id, payload_sha256, ts_utc, decided_at)
     select $1, 'arrival', 'later-' || lpad(event::text, 8, '0'), '\\x00', now(), now() + make_interval(secs => event * 0.0004)
       from generate_series(1, $2::int) event`,
    [runId, receipts - duplicates],
  );
  await master.query(
    `insert into ingest.rejections (run_id, event_class, event_id, decision, reason, payload_sha256, decided_at)
     select $1, 'arrival', 'later-' || lpad(event::text, 8, '0'), 'DUPLICATE', 'same payload', '\\x00', now() + make_interval(secs => event * 0.0036)
       from generate_series(1, $2::int) event`,
    [runId, duplicates],
  );
  await master.end();
  const many = await report('many');
  const events = many.document.database.decisions.reduce((sum, one) => sum + one.events, 0);
  assert.ok(events >= receipts, `${events} receipts`);
  assert.ok(many.document.database.over_time.length <= 241);
  assert.ok(
    many.document.reconciliation.some(({ status }) => status !== 'PASS'),
    'what nobody sent does not agree with what the lanes say',
  );
  context.diagnostic(
    `peak ${(few.peak / mebibyte).toFixed(0)} MiB for a few, ${(many.peak / mebibyte).toFixed(0)} MiB for ${events} receipts`,
  );
  assert.ok(many.peak < few.peak + 24 * mebibyte, `${few.peak} then ${many.peak} bytes`);
});
