import assert from 'node:assert/strict';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { reportSegment } from '../../bin/commands/report.ts';
import { secretParameterName } from '../../config/names.ts';
import { connect } from '../../lib/database/connect.ts';
import { canonicalBytes, parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { burstReportSchema } from '../../lib/reports/burst-report.ts';
import { segmentReportSchema } from '../../lib/reports/segment-report.ts';
import { launchResultSchema } from '../../lib/runtime/result.ts';
import { containerContracts } from '../../lib/task-contracts/catalogue.ts';
import { reportContract } from '../../lib/task-contracts/report.ts';
import { isPlatformError } from '../../lib/vocabulary/failure.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { inProcess } from '../support/in-process.ts';
import { launchVariablesOf, sampleExecution } from '../support/launch-environment.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';
import { assertGoodLook, findChromium, lookAt, screens, withBrowser } from '../support/look-at-page.ts';
import { databaseWish } from '../support/query-context.ts';
import { readParameters } from '../support/read-parameters.ts';
import { runMain } from '../support/run-main.ts';
import { samplePlan } from '../support/sample-burst.ts';

const browser = await findChromium('reports of a real burst and a real segment run');
let environment: TestEnvironment;
let folder: string;
let segmentRun: string;
let execution: string;
let runId: string;
before(async () => {
  environment = await createTestEnvironment();
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  const runsRoot = join(folder, 'runs');
  const segment = await environment.fraudctl(
    ...['--json', 'segment', 'run', '--scale', '12', '--seed', '5', '--runs-root', runsRoot],
  );
  assert.equal(segment.exitCode, 0, segment.stderr);
  const { segment_run_id, run_folder } = JSON.parse(segment.stdout).segment;
  segmentRun = segment_run_id;
  const plan = join(folder, 'short.yaml');
  await writeFile(plan, stringify(samplePlan({ name: 'short', duration_seconds: 2 })));
  const burst = await environment.fraudctl('--json', 'burst', 'run', plan, '--bundle', run_folder);
  assert.equal(burst.exitCode, 0, burst.stderr);
  ({ execution_id: execution, run_id: runId } = JSON.parse(burst.stdout));
  for (const [kind, id, more] of [
    ['burst', execution, []],
    ['segment', segmentRun, ['--runs-root', runsRoot]],
  ] as const) {
    const reported = await environment.fraudctl('report', kind, id, ...more, '--out', join(folder, kind));
    assert.equal(reported.exitCode, 0, reported.stderr);
  }
});
after(async () => {
  await environment.close();
  await rm(folder, { recursive: true, force: true });
});

const read = (kind: string, name: string) => readFile(join(folder, kind, name), 'utf8');

test('the report of a burst: its sources agree, the counts are the database’s, for its own run alone', async () => {
  const report = burstReportSchema.parse(JSON.parse(await read('burst', 'report.json')));
  assert.equal(report.run_id, runId);
  assert.equal(report.execution_id, execution);
  assert.deepEqual(
    report.reconciliation.filter(({ status }) => status !== 'PASS'),
    [],
  );
  const sent = report.lanes.reduce((sum, lane) => sum + lane.sent, 0);
  assert.deepEqual(report.database.decisions, [{ decision: 'ADMIT', reason: null, events: sent }]);
  assert.ok(report.lanes.every(({ latency_series }) => latency_series.length > 0));
  assert.match(await read('burst', 'report.md'), /M10F-B1/);
});

test('receipts of another run are not in it, and the same burst gives the same bytes', async () => {
  const master = await connect(await databaseWish(environment, 'master'));
  await master.query(
    `insert into ingest.admissions (run_id, event_class, event_id, payload_sha256, ts_utc)
     select 'platform_20200101T000000Z', 'arrival', event::text, '\\x00', now() from generate_series(1, 1000) event`,
  );
  await master.end();
  const again = await environment.fraudctl('report', 'burst', execution, '--out', join(folder, 'burst'));
  assert.equal(again.exitCode, 0, again.stderr);
});

test('the report of a segment run: weekly shapes, both scenarios, lane times, all checks', async () => {
  const report = segmentReportSchema.parse(JSON.parse(await read('segment', 'report.json')));
  assert.equal(report.overall_status, 'PASS');
  assert.deepEqual(report.scenarios, ['baseline_v1', 'stress_v1']);
  assert.equal(report.scenarios_over_time.length, 2);
  assert.ok(report.checks.length >= 30 && report.checks.every(({ status }) => status === 'PASS'));
  for (const { hours } of report.weekly_shape) {
    assert.ok(Math.abs(hours.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
  }
  for (const { total, intensity, overlay } of report.scenarios_over_time) {
    const days = intensity.flatMap((one) => one.days).reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(days - total) < 1e-3 * total);
    assert.ok(overlay.every(({ minimum, mean, maximum }) => minimum <= mean && mean <= maximum));
  }
});

test('no secret of any contract is in any file of a report', async () => {
  const paths = containerContracts.flatMap(({ secrets }) => Object.values(secrets).map(({ path }) => path));
  const values = await readParameters(
    environment.home,
    [...new Set(paths)].map((path) => secretParameterName('local', path)),
  );
  const passwords = values.flatMap((value) => [value, /:\/\/[^:]+:([^@]+)@/.exec(value)?.[1] ?? value]);
  for (const kind of ['burst', 'segment']) {
    for (const name of await readdir(join(folder, kind))) {
      const text = await read(kind, name);
      for (const secret of passwords) assert.ok(!text.includes(secret), `${kind}/${name} holds a secret`);
    }
  }
});

test('while one launch writes, another is told who', async () => {
  const holder = await connect({
    ...(await databaseWish(environment, 'report')),
    applicationName: 'report held/by/0',
  });
  await holder.query('select pg_advisory_lock(hashtextextended($1, 0))', [`report ${execution}`]);
  const refused = await environment.fraudctl('report', 'burst', execution, '--out', join(folder, 'never'));
  await holder.end();
  assert.equal(refused.exitCode, 75, refused.stderr);
  assert.match(refused.stderr, /REPORT_IN_PROGRESS.*report held\/by\/0/s);
});

test('what is not there, or is there already, is refused', async () => {
  const unknown = await environment.fraudctl('report', 'segment', '0'.repeat(32), '--runs-root', folder);
  assert.equal(unknown.exitCode, 64, unknown.stderr);
  assert.match(unknown.stderr, /RUN_NOT_FOUND/);
  await writeFile(join(folder, 'segment', 'report.md'), 'mine');
  const taken = await environment.fraudctl(
    ...['report', 'burst', execution, '--out', join(folder, 'segment')],
  );
  assert.equal(taken.exitCode, 73);
  assert.match(taken.stderr, /OUT_EXISTS/);
  const unusable = await environment.fraudctl(
    ...['report', 'burst', execution, '--out', join(folder, 'segment', 'report.md', 'deeper')],
  );
  assert.equal(unusable.exitCode, 64, unusable.stderr);
  assert.match(unusable.stderr, /OUT_UNUSABLE/);
  assert.doesNotMatch(unusable.stderr, /started report_/);
});

/** Launches the task past the command line. */
async function launch(number: number) {
  const runFolder = join(folder, 'runs', segmentRun);
  const variables = await launchVariablesOf(environment, reportContract, {
    parameters: { about: 'segment', run_folder: runFolder },
    number,
    scratch: folder,
  });
  const { exitCode } = await runMain(reportContract.name, variables);
  const key = `evidence/local/run_control/${sampleExecution}/launches/Run/${number}/result.json`;
  const content = await environment.evidence.get(key);
  const { failure } = launchResultSchema.parse(parseCanonicalJson(content ?? new Uint8Array(), key));
  return { exitCode, code: failure?.code };
}

test('a launch writes one report, and a report that is altered in the evidence is handed to nobody', async () => {
  const kept = `evidence/local/run_control/${sampleExecution}/launches/Run/1/report.html`;
  await environment.evidence.putIfAbsent(kept, new TextEncoder().encode('<p>another'));
  assert.deepEqual(await launch(1), { exitCode: 73, code: 'REPORT_CONFLICT' });
  const out = join(folder, 'altered');
  const context = await inProcess(environment, (key) => key.endsWith('report.html'), '<p>altered');
  await assert.rejects(
    reportSegment(context, segmentRun, { runsRoot: join(folder, 'runs'), out }),
    (error) => {
      assert.ok(isPlatformError(error), String(error));
      assert.deepEqual([error.failure.code, error.exitCode], ['REPORT_UNPROVEN', 70]);
      assert.match(error.failure.where ?? '', /report\.html$/);
      return true;
    },
  );
  await assert.rejects(access(out), 'nothing is written of a report that is not whole');
});

test('measures of a burst that were changed by hand are found by whoever measures it again', async () => {
  const key = `evidence/local/run_control/${execution}/burst-measures.json`;
  const file = join(environment.home, 'evidence', key);
  const measures = await readFile(file, 'utf8');
  assert.equal((await environment.fraudctl('burst', 'attach', execution)).exitCode, 0);
  await writeFile(file, measures.replace(/"admitted":\d+/, '"admitted":999999'));
  const again = await environment.fraudctl('burst', 'attach', execution);
  await writeFile(file, measures);
  assert.equal(again.exitCode, 73, again.stderr);
  assert.match(again.stderr, /error BURST_MEASURES_CONFLICT: /);
});

test('what an earlier version made of a burst by another law stays, and whoever attaches is told what to do', async () => {
  const prefix = join(environment.home, 'evidence/evidence/local/run_control', execution);
  const load = {
    start: '2026-02-21T06:08:00.000Z',
    end: '2026-02-21T06:20:00.000Z',
    seconds: 720,
  };
  const before = async (name: string, schema: string, change: (document: JsonObject) => JsonObject) => {
    const file = join(prefix, name);
    const content = await readFile(file, 'utf8');
    const document: JsonObject = JSON.parse(content);
    await writeFile(file, canonicalBytes({ ...document, ...change(document), schema }));
    return () => writeFile(file, content);
  };
  const restore = [
    await before('burst-measures.json', 'fraud-platform/burst-measures/v1', () => ({ load })),
    await before('m10_f_burst_snapshot.json', 'fraud-platform/burst-snapshot/v1', (document) => {
      const window: JsonObject = JSON.parse(JSON.stringify(document.burst_execution_window));
      return { burst_execution_window: { ...window, load } };
    }),
  ];
  const attached = await environment.fraudctl('burst', 'attach', execution);
  const replayed = await environment.fraudctl('burst', 'adjudicate', execution, '--replay');
  for (const put of restore) await put();
  assert.equal(attached.exitCode, 0, attached.stderr);
  assert.match(attached.stderr, /an earlier version measured by another law.*burst-measures\.json/);
  assert.match(attached.stdout, /M10F-B3[\s\S]+judged by an earlier version.*a new attempt/);
  assert.equal(replayed.exitCode, 65);
  assert.match(replayed.stdout, /different {2}\w+ was judged by an earlier version/);
});

if (browser !== undefined) {
  test('in a browser, wide and narrow, light and dark: all is seen, nothing is fetched, nothing complains', () =>
    withBrowser(browser, async (opened) => {
      for (const kind of ['burst', 'segment']) {
        for (const screen of screens) {
          const look = await lookAt(opened, join(folder, kind, 'report.html'), kind, screen);
          assertGoodLook(look, `${kind} ${screen.name}`);
        }
      }
    }));
}
