import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runControlPrefix } from '../../../config/names.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { phasePlanSchema } from '../../../lib/gates/phases/phase-plan.ts';
import { statusOfPhases } from '../../../lib/operator/phases.ts';
import { executionIdSchema, runIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import {
  type FolderEnvironment,
  folderEnvironment,
  probeFiles,
  putAttempt,
  sealFiles,
} from '../../support/sealed-attempt.ts';

const { signal } = new AbortController();
const runId = runIdSchema.parse('platform_20260221T060431Z');
const plan = phasePlanSchema.parse({
  version: 'v1',
  phases: [
    { id: 'T.1', title: 'alive', depends_on: [], closed_by: { task: 'probe' } },
    { id: 'T.2', title: 'a run', depends_on: [], closed_by: { workflow: 'segment-5a' } },
  ],
});

async function statusOf(environment: FolderEnvironment, id = 'T.1') {
  const status = (await statusOfPhases(environment, plan, signal)).find((one) => one.id === id);
  assert.ok(status);
  const reasons = status.blockers.map(({ reasons: why }) => why[0] ?? '');
  return { state: status.state, blockers: status.blockers.map((one) => one.id), reasons: reasons.join() };
}

const named = (time: string) => executionIdSchema.parse(`x_20260221T${time}Z`);
const at = (time: string) => `2026-02-21T${time}.000Z`;

/** An attempt at T.1 that was sealed. */
async function sealed(
  environment: FolderEnvironment,
  name: string,
  said: 'PASS' | 'FAIL',
  started = `${name.slice(0, 2)}:${name.slice(2, 4)}:${name.slice(4)}`,
) {
  const executionId = named(name);
  const files = probeFiles(environment.name, { executionId, runId }, said, at(started));
  const intent = files.get('intent.json') ?? new Uint8Array();
  await putAttempt(environment, 'T.1', { executionId, runId, task: 'probe' }, intent);
  await sealFiles(environment, executionId, files);
  const folder = join(environment.folder, 'evidence', runControlPrefix(environment.name, executionId));
  return { executionId, intent, folder, intentFile: join(folder, 'intent.json') };
}

/** An intent as another operator has it: the same but for its deadline. */
const deadlineMoved = (intent: Uint8Array) =>
  new TextDecoder().decode(intent).replace('T12:00:00.000Z', 'T12:00:01.000Z');

test('an attempt whose intent is gone or another beside its bundle is what its bundle says', async () => {
  const environment = await folderEnvironment('local');
  await sealed(environment, '100000', 'PASS');
  assert.equal((await statusOf(environment)).state, 'CLOSED');
  const failed = await sealed(environment, '110000', 'FAIL');
  const blocked = { state: 'BLOCKED', blockers: [failed.executionId], reasons: 'FAIL' };
  assert.deepEqual(await statusOf(environment), blocked);
  for (const altered of [deadlineMoved(failed.intent), '{}', '']) {
    await writeFile(failed.intentFile, altered);
    assert.deepEqual(await statusOf(environment), blocked, altered);
  }
  await rm(failed.intentFile);
  assert.deepEqual(await statusOf(environment), blocked, 'gone');
  // Nor does its bundle say any more what it was.
  await rm(join(failed.folder, 'bundles'), { recursive: true });
  const broken = await statusOf(environment);
  assert.deepEqual([broken.state, broken.blockers], ['BLOCKED', [failed.executionId]]);
  await sealed(environment, '120000', 'PASS');
  assert.equal((await statusOf(environment)).state, 'CLOSED', 'a later one decides');
});

test('an attempt whose intent is gone, or is none, and that left anything else blocks its phase', async () => {
  for (const [left, intent] of [
    ['launches/Run/0/started.json', undefined],
    ['execution-record.json', undefined],
    ['execution-record.json', '{}'],
    ['bundle.commit.json', undefined],
  ] as const) {
    const environment = await folderEnvironment('local');
    await sealed(environment, '100000', 'PASS');
    const failed = await sealed(environment, '110000', 'FAIL');
    await rm(failed.folder, { recursive: true });
    const key = `${runControlPrefix('local', failed.executionId)}${left}`;
    await environment.evidence.putIfAbsent(key, canonicalBytes({}));
    if (intent !== undefined) await writeFile(failed.intentFile, intent);
    const found = await statusOf(environment);
    assert.deepEqual([found.state, found.blockers], ['BLOCKED', [failed.executionId]], `${left} ${intent}`);
  }
  // One of a workflow cannot say any more what it was of.
  const environment = await folderEnvironment('local');
  const lost = named('110000');
  await putAttempt(environment, 'T.2', { executionId: lost, runId, task: 'segment' }, new Uint8Array([1]));
  assert.equal((await statusOf(environment, 'T.2')).state, 'OPEN');
  const key = `${runControlPrefix('local', lost)}execution-record.json`;
  await environment.evidence.putIfAbsent(key, canonicalBytes({}));
  assert.deepEqual((await statusOf(environment, 'T.2')).blockers, [lost]);
});

test('an attempt that never had an intent, or lost the race for its name, is none', async () => {
  const environment = await folderEnvironment('local');
  const passed = await sealed(environment, '100000', 'PASS');
  const early = { executionId: named('110000'), runId, task: 'probe' };
  await putAttempt(environment, 'T.1', early, new TextEncoder().encode('died before the intent'));
  const other = new TextEncoder().encode(deadlineMoved(passed.intent));
  await putAttempt(environment, 'T.1', { executionId: passed.executionId, runId, task: 'probe' }, other);
  assert.equal((await statusOf(environment)).state, 'CLOSED');
  // Whoever lost does not win by putting its intent in the place of the other.
  await rm(passed.intentFile);
  assert.equal((await statusOf(environment)).state, 'CLOSED');
  await writeFile(passed.intentFile, other);
  const contested = await statusOf(environment);
  assert.deepEqual([contested.state, contested.blockers], ['BLOCKED', [passed.executionId]]);
  assert.match(contested.reasons, /what is sealed for x_\w+ is not what it was launched with/);
});

test('an attempt that is not sealed has the place of its start: by its record, or by what its tasks put', async () => {
  const recordOf = (executionId: string, startedAt: string) =>
    probeFiles('local', { executionId: executionIdSchema.parse(executionId), runId }, 'FAIL', startedAt);
  const begun = named('100000');
  const started = (number: number, time: string) =>
    [
      `launches/Run/${number}/started.json`,
      canonicalBytes({
        schema: 'fraud-platform/launch-started/v1',
        execution_id: begun,
        started_at: at(time),
      }),
    ] as const;
  const record = (time: string, of: string = begun) => {
    const content = recordOf(of, at(time)).get('execution-record.json') ?? new Uint8Array();
    return ['execution-record.json', content] as const;
  };
  for (const [left, state] of [
    [[], 'CLOSED'],
    [[started(0, '10:10:00')], 'BLOCKED'],
    [[started(0, '10:04:00'), started(1, '10:10:00')], 'CLOSED'],
    [[record('10:10:00')], 'BLOCKED'],
    [[record('10:04:00'), started(0, '10:10:00')], 'CLOSED'],
    [[record('10:04:00', 'y_20260221T100000Z'), started(0, '10:10:00')], 'BLOCKED'],
  ] as const) {
    const environment = await folderEnvironment('local');
    await sealed(environment, '100500', 'PASS');
    const intent = recordOf(begun, at('10:00:00')).get('intent.json') ?? new Uint8Array();
    await putAttempt(environment, 'T.1', { executionId: begun, runId, task: 'probe' }, intent);
    for (const [path, content] of [['intent.json', intent], ...left] as const)
      await environment.evidence.putIfAbsent(`${runControlPrefix('local', begun)}${path}`, content);
    assert.equal((await statusOf(environment)).state, state, left.map(([path]) => path).join());
  }
});
