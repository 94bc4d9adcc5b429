import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { planDigest } from '../../lib/burst/plan.ts';
import { parseDsn } from '../../lib/database/dsn.ts';
import { parseCanonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { fetchBundle, readCommit } from '../../lib/evidence/publish-bundle.ts';
import { readBundleItems } from '../../lib/evidence/read-bundle-items.ts';
import { partsOfKey } from '../../lib/evidence/stores/evidence-key.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { gateSpecDigest } from '../../lib/gates/burst/gate-spec.ts';
import { readBaseline } from '../../lib/operator/closure-gates.ts';
import { loadPhases } from '../../lib/operator/phases.ts';
import { planSegmentRun } from '../../lib/operator/plan-segment-run.ts';
import { classifyEnd } from '../../lib/runtime/classify-end.ts';
import { datasetPath } from '../../lib/segment-5a/dataset.ts';
import { readSealedTable } from '../../lib/segment-5a/frame/read-input.ts';
import { findRunReceipt, openRunFolder, runFolderOf } from '../../lib/segment-5a/frame/run-folder.ts';
import { workOf } from '../../lib/segment-5a/frame/segment-request.ts';
import { scenarioIdSchema } from '../../lib/segment-5a/identity.ts';
import { scenarioInput } from '../../lib/segment-5a/s4/scenario-input.ts';
import { merchantsTable } from '../../lib/segment-5a/world-datasets.ts';
import { requireEven } from '../../lib/tables/columns.ts';
import { type ExitName, exitCodes } from '../../lib/vocabulary/exit-codes.ts';
import { failureOf, isPlatformError } from '../../lib/vocabulary/failure.ts';
import { executionIdSchema, runIdSchema, segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { instantFromMillis } from '../../lib/vocabulary/instant.ts';
import { requireReviewed } from '../../tasks/burst/burst-context.ts';
import { sampleGate, samplePlan } from '../support/sample-burst.ts';
import { smallWorld } from './segment-5a/make-world.ts';

const root = await mkdtemp(join(tmpdir(), 'refusals-'));
after(() => rm(root, { recursive: true, force: true }));
const signal = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text);
const other = '0'.repeat(64);
const plan = samplePlan();
const gate = sampleGate();
const reviewed = (plan_sha256: string, gate_spec_sha256: string) =>
  requireReviewed({ reviewed: { plan, plan_sha256, gate_spec: gate, gate_spec_sha256 } } as never);

const malformed = 'evidence/local/run_control/malformed_20260221T060431Z/';
const store = createFolderStore(join(root, 'store'));
await store.putIfAbsent(`${malformed}bundle.commit.json`, bytes('{}'));
await mkdir(join(root, 'run_receipt.json'));
// No user can write through a link to nowhere, root neither.
await symlink(join(root, 'nowhere'), join(root, 'gone'));
await writeFile(join(root, 'phases.yaml'), 'version: v1\nphases: [{ id: lower }]\n');

await mkdir(join(root, 'world'));
await writeFile(join(root, 'world', datasetPath(merchantsTable, {})), 'altered');
/** What S1 says to a table of the world that is not as S0 sealed it: altered after the world was verified. */
const readSealed = (sealed: readonly object[]) =>
  readSealedTable(
    { state: 'S1', world: { data: join(root, 'world') } } as never,
    { sealed } as never,
    merchantsTable,
    'merchants',
  );

const lanes = (count: number) =>
  planSegmentRun({
    environment: 'local',
    executionId: executionIdSchema.parse('segment_20260221T060431Z'),
    runId: runIdSchema.parse('platform_20260221T060431Z'),
    taskDefinition: 'arn',
    plan: {
      runsRoot: '/runs',
      world: '/world',
      scenarioIds: Array.from({ length: count }, (_, n) => `s${n}`),
      partitions: 8,
    },
    deadline: instantFromMillis(60_000),
    now: 0,
    relaunchWaitSeconds: 5,
  });
const scenario = scenarioIdSchema.parse('baseline_v1');
const unknown = scenarioIdSchema.parse('nobody_v1');
const dsn = 'postgresql://user:secret@host:5432/db';

/** Refusals of functions that are not reached by way of a command, each with what makes it. */
const refusals: readonly (readonly [code: string, exit: ExitName, provoke: () => unknown])[] = [
  ['DSN_BLANK', 'refused', () => parseDsn('  ', 'DSN')],
  ['DSN_PLACEHOLDER', 'refused', () => parseDsn('REPLACE_ME', 'DSN')],
  ['DSN_NOT_VERIFIED_TLS', 'refused', () => parseDsn(`${dsn}?sslmode=require`, 'DSN')],
  ['DSN_MALFORMED', 'refused', () => parseDsn('mysql://user:secret@host/db', 'DSN')],
  ['EVIDENCE_KEY_INVALID', 'usage', () => partsOfKey('evidence/../secrets')],
  ['EVIDENCE_NOT_CANONICAL', 'data', () => parseCanonicalJson(bytes('{ "a": 1 }'), 'a.json')],
  ['COMMIT_MALFORMED', 'data', () => readCommit(store, malformed)],
  ['BUNDLE_NOT_COMMITTED', 'data', () => readBundleItems(store, 'evidence/nobody/', signal)],
  ['BUNDLE_NOT_COMMITTED', 'data', () => fetchBundle(store, 'evidence/nobody/', join(root, 'bag'))],
  ['BASELINE_MISSING', 'usage', () => readBaseline('nobody')],
  ['CONFIGURATION_INVALID', 'data', () => loadPhases(join(root, 'phases.yaml'))],
  ['PLAN_DIFFERS', 'data', () => reviewed(other, gateSpecDigest(gate))],
  ['GATE_SPEC_DIFFERS', 'data', () => reviewed(planDigest(plan), other)],
  ['TOO_MANY_LANES', 'usage', () => lanes(0)],
  ['TOO_MANY_LANES', 'usage', () => lanes(40)],
  ['RUNS_ROOT_INVALID', 'usage', () => runFolderOf('runs', segmentRunIdSchema.parse('a'.repeat(32)))],
  ['S0_IO_READ_FAILED', 'transient', () => findRunReceipt(root)],
  ['S0_IO_WRITE_FAILED', 'transient', () => openRunFolder(join(root, 'gone'), {} as never, '1', 0)],
  [
    'S1_SEALED_INPUT_DIGEST_MISMATCH',
    'data',
    () => readSealed([{ artifact_id: 'merchants', sha256_hex: other }]),
  ],
  ['S1_REQUIRED_INPUT_MISSING', 'data', () => readSealed([])],
  ['S4_REQUIRED_SCENARIO_MISSING', 'data', () => scenarioInput(smallWorld().scenarios, unknown, 60)],
  [
    'SEGMENT_REQUEST_INVALID',
    'usage',
    () => workOf({ states: ['S4'], scenarioIds: [scenario], partition: { index: 0, count: 1 } }, []),
  ],
  [
    'SEGMENT_REQUEST_INVALID',
    'usage',
    () => workOf({ states: ['S4'], scenarioIds: [], partition: { index: 2, count: 2 } }, [scenario]),
  ],
  [
    'TABLE_COLUMNS_UNEVEN',
    'internal',
    () =>
      requireEven('t', { rows: 2, columns: new Map([['c', { type: 'f64', values: new Float64Array(1) }]]) }),
  ],
];

for (const [code, exit, provoke] of refusals) {
  test(`${code}: refuses with ${exitCodes[exit]}, and says what to do`, async () => {
    await assert.rejects(
      async () => provoke(),
      (error) => {
        assert.ok(isPlatformError(error), String(error));
        assert.equal(error.failure.code, code);
        assert.equal(error.failure.exit, exit);
        assert.ok((error.failure.remedy ?? '').length > 10);
        assert.ok(!JSON.stringify(error.failure).includes('secret@'), 'no password');
        return true;
      },
    );
  });
}

test('a launch that was stopped says by what', () => {
  assert.equal(
    classifyEnd({ kind: 'overran', reason: 'deadline' }, 'deadline').failure?.code,
    'DEADLINE_REACHED',
  );
  const asked = classifyEnd({ kind: 'overran', reason: 'stop-requested' }, 'stop-requested');
  assert.equal(asked.failure?.code, 'STOPPED_ON_REQUEST');
});

test('what nobody refused on purpose is a defect, with its message kept', () => {
  const failure = failureOf(new TypeError('x is not a function'));
  assert.deepEqual([failure.code, failure.exit], ['INTERNAL', 'internal']);
  assert.match(failure.message, /x is not a function/);
});
