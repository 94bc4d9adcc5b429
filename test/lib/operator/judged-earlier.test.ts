import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runControlPrefix, runScopedPrefix } from '../../../config/names.ts';
import { loadBurstGate, usualBurstGate } from '../../../lib/burst/load-gate-spec.ts';
import { canonicalBytes } from '../../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { snapshotName } from '../../../lib/gates/burst/snapshot.ts';
import { phasePlanSchema } from '../../../lib/gates/phases/phase-plan.ts';
import {
  adjudicateExecution,
  publicationBlocker,
  publishSnapshot,
} from '../../../lib/operator/adjudicate-execution.ts';
import { statusOfPhases } from '../../../lib/operator/phases.ts';
import { executionIdSchema } from '../../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../../lib/vocabulary/json.ts';
import { type BurstWish, burstEvidence, burstSubject } from '../../support/burst-evidence.ts';
import {
  type FolderEnvironment,
  folderEnvironment,
  putAttempt,
  sealFiles,
} from '../../support/sealed-attempt.ts';

const { signal } = new AbortController();
const { spec } = await loadBurstGate(usualBurstGate);
const { runId } = burstSubject;
const plan = phasePlanSchema.parse({
  version: 'v1',
  phases: [{ id: 'M10.F', title: 'burst', depends_on: [], closed_by: { burst: usualBurstGate } }],
});
const earlier = { schema: 'fraud-platform/burst-snapshot/v1' };
/** As an earlier version measured a burst with a lane that was launched again. */
const otherWindow = {
  ...earlier,
  burst_execution_window: {
    task_life: null,
    load: { start: '2026-02-21T06:08:00.000Z', end: '2026-02-21T06:20:00.000Z', seconds: 720 },
    judged_on: spec.judged_on,
  },
};

/** A certifying burst, sealed as an attempt at M10.F, with this judgement published: today's with such changes. */
async function judged(
  environment: FolderEnvironment,
  time: string,
  change: JsonObject,
  wish: BurstWish = {},
) {
  const executionId = executionIdSchema.parse(`m10_20260221T${time}Z`);
  const subject = { ...burstSubject, executionId };
  const evidence = burstEvidence({ gate: { ...spec }, ...wish, subject });
  const files = new Map(evidence.map(({ path, content }) => [path, content]));
  const intent = files.get('intent.json') ?? new Uint8Array();
  await putAttempt(environment, 'M10.F', { executionId, runId, task: 'burst' }, intent);
  await sealFiles(environment, executionId, files);
  const { content } = await adjudicateExecution(environment, executionId, runId, spec, signal);
  const document: JsonObject = JSON.parse(new TextDecoder().decode(content));
  const published = canonicalBytes({ ...document, ...change });
  const prefix = runControlPrefix(environment.name, executionId);
  for (const place of [prefix, runScopedPrefix(runId, executionId)])
    await environment.evidence.putIfAbsent(`${place}${snapshotName}`, published);
  return { executionId, published };
}

async function statusOf(environment: FolderEnvironment) {
  const [status] = await statusOfPhases(environment, plan, signal);
  assert.ok(status);
  return status;
}

/** What whoever attaches finds: copies that are whole, and why the others are not. */
async function publishedAgain(environment: FolderEnvironment, id: string) {
  const executionId = executionIdSchema.parse(id);
  const again = await adjudicateExecution(environment, executionId, runId, spec, signal);
  const copies = await publishSnapshot(environment, executionId, runId, again, signal);
  const reasons = publicationBlocker(again.snapshot, copies, again.published?.standing)?.reasons ?? [];
  return { whole: copies.map(({ whole }) => whole), reasons: reasons.join('; '), sha256: again.sha256 };
}

test('a burst that an earlier version judged by another law is unjudged, until a later one passes the whole', async () => {
  const environment = await folderEnvironment(burstSubject.environment);
  const { executionId } = await judged(environment, '060601', otherWindow, { killedAfter: 300 });
  const blocked = await statusOf(environment);
  assert.deepEqual(
    [blocked.state, blocked.blockers.map(({ id }) => id), blocked.evidence],
    ['BLOCKED', [executionId], []],
  );
  assert.match(blocked.blockers[0]?.reasons.join() ?? '', /judged by an earlier version.*a new attempt/);
  const attached = await publishedAgain(environment, executionId);
  assert.deepEqual(attached.whole, [false, false, true], 'what is published stays');
  assert.match(attached.reasons, /judged by an earlier version.*a new attempt/);
  await judged(environment, '070601', {});
  assert.equal((await statusOf(environment)).state, 'CLOSED');
});

test('a judgement of an earlier version that today’s law makes as well counts as it stands', async () => {
  const environment = await folderEnvironment(burstSubject.environment);
  const { executionId, published } = await judged(environment, '060601', earlier);
  const closed = await statusOf(environment);
  assert.deepEqual(
    [closed.state, closed.evidence.map(({ sha256 }) => sha256)],
    ['CLOSED', [sha256Of(published)]],
  );
  assert.deepEqual(await publishedAgain(environment, executionId), {
    whole: [true, true, true],
    reasons: '',
    sha256: sha256Of(published),
  });
});

test('a published judgement that no version made of this burst is broken for good', async () => {
  for (const change of [
    { overall_pass: false },
    { ...earlier, overall_pass: 'perhaps' },
    { ...otherWindow, m10_execution_id: 'm10_20260221T050601Z' },
    { schema: 'fraud-platform/burst-snapshot/v3' },
  ]) {
    const environment = await folderEnvironment(burstSubject.environment);
    const { executionId } = await judged(environment, '060601', change);
    await judged(environment, '070601', {});
    const found = await statusOf(environment);
    assert.deepEqual([found.state, found.blockers.map(({ id }) => id)], ['BLOCKED', [executionId]]);
    assert.match(found.blockers[0]?.reasons.join() ?? '', /is not what its evidence says/);
  }
});
