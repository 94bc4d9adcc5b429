import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import type { SegmentFacts } from '../../lib/reports/segment-report.ts';
import {
  merchantZoneOverlayFactors,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
} from '../../lib/segment-5a/datasets.ts';
import { receiptPath } from '../../lib/segment-5a/frame/receipt.ts';
import { digestOfFile, findReceipt } from '../../lib/segment-5a/frame/receipt-store.ts';
import { findRunReceipt } from '../../lib/segment-5a/frame/run-folder.ts';
import { type StateProgram, stateNames } from '../../lib/segment-5a/frame/states.ts';
import { f64Values } from '../../lib/segment-5a/frame/table-access.ts';
import { manifestFingerprintSchema, scenarioIdSchema } from '../../lib/segment-5a/identity.ts';
import { openEngine, parquetFiles } from '../../lib/segment-5a/s5/engine.ts';
import { passedValidationFolder } from '../../lib/segment-5a/s5/publish-validation.ts';
import { isPlatformError } from '../../lib/vocabulary/failure.ts';
import { gatherSegment } from '../../tasks/report/gather-segment.ts';
import { statePrograms } from '../../tasks/segment/programs.ts';
import { runS4InParts } from '../../tasks/segment/s4/run-s4.ts';
import { sealWorld, smallWorld } from '../lib/segment-5a/make-world.ts';
import { eventfulWorld } from '../lib/segment-5a/s5/run.ts';
import { ownPolicies, policiesInBuckets } from '../lib/segment-5a/shipped-policies.ts';
import { copiesOfRun } from '../support/copies-of-run.ts';
import { sealAsEarlier } from '../support/earlier-bundle.ts';
import { forgeOutput } from '../support/forge-output.ts';
import { runStates } from '../tasks/segment/run-states.ts';

const baseline = scenarioIdSchema.parse('baseline_v1');
let folder: string;
let world: string;
let runFolder: string;
/** Five merchant-zones of two weeks in a part, so that a bucket has several. */
const inParts: StateProgram = (context, work) => runS4InParts(context, work, 5 * 336);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gather-segment-'));
  copyOf = copiesOfRun(folder);
  world = await sealWorld(eventfulWorld(24));
  ({ runFolder } = await runStates({ world, runsRoot: join(folder, 'runs') }, stateNames, {
    programs: { ...statePrograms, S4: async () => inParts },
  }));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(world, { recursive: true, force: true });
});

let copyOf: ReturnType<typeof copiesOfRun>;
const copyOfRun = () => copyOf(runFolder);

const gather = (run: string) => gatherSegment(run, folder);
const bundleOf = async (run: string) => {
  const receipt = await findRunReceipt(run);
  return join(run, passedValidationFolder(receipt?.manifest_fingerprint ?? ''));
};

/** Paths of the files of one dataset in a merchant bucket of the baseline. */
async function filesOf(run: string, mbucket: string, dataset: string): Promise<readonly string[]> {
  const receipt = await findRunReceipt(run);
  assert.ok(receipt);
  const { manifest_fingerprint } = receipt;
  const found = await findReceipt(run, { state: 'S4', manifest_fingerprint, scenario_id: baseline, mbucket });
  return (found?.files ?? []).filter((file) => file.dataset === dataset).map(({ path }) => join(run, path));
}

/** The total that S5 has counted of each scenario. */
async function totalsOf(run: string): Promise<Readonly<Record<string, { readonly utc: number }>>> {
  const path = join(await bundleOf(run), 'data/reports/validation_report_5A.json');
  const { checks } = z
    .looseObject({ checks: z.array(z.looseObject({ check_id: z.string(), metrics: z.json() })) })
    .parse(JSON.parse(await readFile(path, 'utf8')));
  const totals = checks.find(({ check_id }) => check_id === 'S4_LOCAL_VS_UTC_TOTAL');
  return z.record(z.string(), z.looseObject({ utc: z.number() })).parse(totals?.metrics);
}

async function assertTotals(facts: SegmentFacts, run: string): Promise<void> {
  const wanted = await totalsOf(run);
  assert.deepEqual(
    facts.scenarios_over_time.map(({ scenario_id }) => scenario_id),
    Object.keys(wanted),
  );
  for (const { scenario_id, total } of facts.scenarios_over_time) {
    const { utc } = wanted[scenario_id] ?? { utc: Number.NaN };
    assert.ok(Math.abs(total - utc) <= 1e-8 * utc, `${scenario_id}: ${total} of ${utc}`);
  }
}

test('a run with several parts in a bucket: the totals are those of S5, the overlay that of all rows', async () => {
  assert.ok((await filesOf(runFolder, '01', merchantZoneScenarioUtc.table.name)).length > 1);
  const facts = await gather(runFolder);
  assert.equal(facts.overall_status, 'PASS');
  assert.deepEqual(facts.findings, []);
  assert.equal(facts.scenarios_over_time.length, 2);
  await assertTotals(facts, runFolder);
  const whole = { world, runsRoot: join(folder, 'whole') };
  const { runFolder: inOnePart } = await runStates(whole, stateNames);
  const same = await gather(inOnePart);
  assert.deepEqual(facts.scenarios_over_time, same.scenarios_over_time);
});

test('a run without intensities by UTC: the same totals, from the local surface', async () => {
  const policies = await ownPolicies(join(folder, 'policies-local'), {
    scenario_horizon: [['emit_utc_intensities: true', 'emit_utc_intensities: false']],
  });
  const ground = { world, runsRoot: join(folder, 'runs-local') };
  const { runFolder: local } = await runStates(ground, stateNames, { policies });
  assert.deepEqual(await filesOf(local, '01', merchantZoneScenarioUtc.table.name), []);
  const facts = await gather(local);
  assert.deepEqual([facts.overall_status, facts.findings], ['PASS', []]);
  assert.equal(facts.scenarios_over_time.length, 2);
  const [{ total, intensity } = assert.fail('no scenario')] = facts.scenarios_over_time;
  assert.ok(intensity.every(({ days }) => days.length === 14));
  const labels = Array.from({ length: 8 }, (_, bucket) => `0${bucket}`);
  const files = await Promise.all(
    labels.map((label) => filesOf(local, label, merchantZoneScenarioLocal.table.name)),
  );
  const engine = await openEngine(folder);
  const rows = `select sum(lambda_local_scenario) as total from ${parquetFiles(files.flat())}`;
  const wanted = Number((await engine.one(rows)).total);
  engine.close();
  assert.ok(wanted > 0 && Math.abs(total - wanted) <= 1e-8 * wanted, `${total} of ${wanted}`);
});

for (const minutes of [30, 120] as const) {
  test(`buckets of ${minutes} minutes: days are days, hours are hours`, async () => {
    const policies = await policiesInBuckets(join(folder, `policies-${minutes}`), minutes);
    const plain = await sealWorld(smallWorld());
    const ground = { world: plain, runsRoot: join(folder, `runs-${minutes}`) };
    const { runFolder: own } = await runStates(ground, stateNames, { policies });
    await rm(plain, { recursive: true, force: true });
    const facts = await gather(own);
    assert.equal(facts.overall_status, 'PASS');
    await assertTotals(facts, own);
    for (const { intensity, overlay } of facts.scenarios_over_time) {
      assert.equal(overlay.length, 14);
      for (const { days } of intensity) {
        assert.equal(days.length, 14);
        // The same weekday twice, and nothing happens in this world.
        assert.ok(Math.abs((days[2] ?? 0) - (days[9] ?? 0)) < 1e-6 * (days[2] ?? 0));
      }
    }
    assert.ok(facts.weekly_shape.length > 0);
    for (const { hours } of facts.weekly_shape) {
      assert.ok(
        hours.every((share) => share > 0),
        'an hour of the week without a share',
      );
      assert.ok(Math.abs(hours.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
    }
  });
}

const alterations: readonly (readonly [
  what: string,
  alter: (run: string) => Promise<void>,
  finding: RegExp,
])[] = [
  [
    'a flag that is gone',
    async (run) => rm(join(await bundleOf(run), '_passed.flag')),
    /_passed\.flag is missing/,
  ],
  [
    'a byte of the flag',
    async (run) => appendFile(join(await bundleOf(run), '_passed.flag'), ' '),
    /_passed\.flag is malformed/,
  ],
  [
    'a byte of the report',
    async (run) => {
      const report = join(await bundleOf(run), 'data/reports/validation_report_5A.json');
      await writeFile(report, (await readFile(report, 'utf8')).replace('"issue_count":0', '"issue_count":1'));
    },
    /validation_report_5A\.json is altered/,
  ],
  [
    'a byte of a surface',
    async (run) => appendFile((await filesOf(run, '03', merchantZoneScenarioUtc.table.name))[0] ?? '', ' '),
    /mbucket=03\/part-0\.parquet is gone, or altered/,
  ],
  [
    'a surface that the report does not read',
    async (run) => rm((await filesOf(run, '03', merchantZoneScenarioLocal.table.name))[0] ?? ''),
    /merchant_zone_scenario_local.*is gone, or altered/,
  ],
];
for (const [what, alter, finding] of alterations) {
  test(`no PASS: ${what}`, async () => {
    const run = await copyOfRun();
    await alter(run);
    const facts = await gather(run);
    assert.equal(facts.overall_status, 'ALTERED');
    assert.match(facts.findings.join('\n'), finding);
    assert.deepEqual([facts.checks, facts.evidence.validation_bundle_sha256], [[], null]);
  });
}

test('a receipt and its file changed together are not what S5 sealed', async () => {
  const run = await copyOfRun();
  const [from, to] = await Promise.all(
    ['02', '03'].map((label) => filesOf(run, label, merchantZoneOverlayFactors.table.name)),
  );
  const [file, other] = [to?.[0] ?? '', from?.[0] ?? ''];
  const own = await findRunReceipt(run);
  const [was = '', is = ''] = [await digestOfFile(file), await digestOfFile(other)];
  await cp(other, file);
  const receipt = join(
    run,
    receiptPath({
      state: 'S4',
      manifest_fingerprint: manifestFingerprintSchema.parse(own?.manifest_fingerprint),
      scenario_id: baseline,
      mbucket: '03',
    }),
  );
  await writeFile(receipt, (await readFile(receipt, 'utf8')).replace(was, is));
  const facts = await gather(run);
  assert.equal(facts.overall_status, 'ALTERED');
  assert.match(
    facts.findings.join('\n'),
    /S5 has said PASS .* of other outputs than are here: S4\/baseline_v1\/03/,
  );
});

test('a file, its receipt and the statement of the bundle changed together are not what S5 sealed', async () => {
  const run = await copyOfRun();
  const scope = { state: 'S4', scenario_id: baseline, mbucket: '03' } as const;
  await forgeOutput(run, scope, merchantZoneScenarioUtc, (table) => {
    const values = f64Values(table, 'lambda_utc_scenario').map((value) => value * 10);
    return { ...table, columns: new Map(table.columns).set('lambda_utc_scenario', { type: 'f64', values }) };
  });
  const facts = await gather(run);
  assert.equal(facts.overall_status, 'ALTERED');
  assert.match(facts.findings.join('\n'), /of other outputs than are here: S4\/baseline_v1\/03/);
});

test('a bundle of an earlier release is no judgement: it does not say what it judged', async () => {
  const run = await copyOfRun();
  await sealAsEarlier(run);
  const facts = await gather(run);
  assert.equal(facts.overall_status, 'ALTERED');
  assert.match(facts.findings.join('\n'), /no judgement of this run: it is of an earlier release/);
});

test('a run that passed, was altered and judged again is FAIL, and PASS again when it is as it was', async () => {
  const run = await copyOfRun();
  const runsRoot = join(run, '..');
  const [file = ''] = await filesOf(run, '03', merchantZoneScenarioUtc.table.name);
  const content = await readFile(file);
  await appendFile(file, ' ');
  await assert.rejects(
    runStates({ world, runsRoot }, ['S5']),
    (error) => isPlatformError(error) && error.failure.code === 'S5_VALIDATION_FAILED',
  );
  const failed = await gather(run);
  assert.equal(failed.overall_status, 'FAIL');
  assert.ok(failed.checks.some(({ check_id, status }) => check_id === 'S4_PRESENT' && status === 'FAIL'));
  assert.notEqual(
    failed.evidence.validation_bundle_sha256,
    (await gather(runFolder)).evidence.validation_bundle_sha256,
  );
  assert.deepEqual(
    failed.scenarios_over_time.map(({ scenario_id }) => scenario_id),
    ['stress_v1'],
    'a total without the altered bucket is no total',
  );
  assert.match(failed.findings.join('\n'), /S4 of baseline_v1 is left out: 7 of its 8 merchant buckets hold/);
  assert.match(failed.findings.join('\n'), /S5 did not pass at its last attempt: S5_VALIDATION_FAILED/);
  await rm(file);
  await writeFile(file, content);
  const restored = await gather(run);
  assert.equal(restored.overall_status, 'PASS');
  assert.match(restored.findings.join('\n'), /S5 has said FAIL in .*validation_failed/);
});

test('a run whose S0 refused its world has a report, which says so', async () => {
  const tables = smallWorld();
  const refusing = await sealWorld({ ...tables, zoneAlloc: tables.virtualClassification });
  const runsRoot = join(folder, 'refused');
  await assert.rejects(runStates({ world: refusing, runsRoot }, stateNames), isPlatformError);
  await rm(refusing, { recursive: true, force: true });
  const [id = ''] = await readdir(runsRoot);
  const facts = await gather(join(runsRoot, id));
  assert.deepEqual([facts.overall_status, facts.scenarios, facts.scenarios_over_time], [null, [], []]);
  assert.match(facts.findings.join('\n'), /^S0 did not pass at its last attempt: S0_/);
});

test('a run that S5 has not judged shows what is published, and S4 done in other partitions once', async () => {
  const ground = { world, runsRoot: join(folder, 'unjudged') };
  const { runFolder: early } = await runStates(ground, ['S0', 'S1', 'S2', 'S3']);
  assert.deepEqual((await gather(early)).scenarios_over_time, []);
  await runStates(ground, ['S4']);
  for (const index of [0, 1]) await runStates(ground, ['S4'], { partition: { index, count: 2 } });
  const facts = await gather(early);
  assert.deepEqual([facts.overall_status, facts.findings], [null, []]);
  assert.equal(facts.scenarios_over_time.length, 2);
  assert.deepEqual(
    facts.states.filter(({ state }) => state === 'S4').map(({ part }) => part),
    ['mbuckets=0+2+4+6', 'mbuckets=1+3+5+7'],
  );
});
