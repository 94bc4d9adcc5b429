import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findReceipt } from '../../../../lib/segment-5a/frame/receipt-store.ts';
import { readRunContent } from '../../../../lib/segment-5a/frame/run-content.ts';
import { readRunMeasures } from '../../../../lib/segment-5a/frame/run-measures.ts';
import { stateNames } from '../../../../lib/segment-5a/frame/states.ts';
import { scenarioIdSchema } from '../../../../lib/segment-5a/identity.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { onGround, runStates } from '../../../tasks/segment/run-states.ts';
import { smallWorld } from '../make-world.ts';
import { eventfulWorld } from '../s5/run.ts';
import { ownPolicies } from '../shipped-policies.ts';

test('S4 done again in other partitions measures what it measured; a failure lasts until it is mended', async () => {
  await onGround(smallWorld(), {}, async (ground) => {
    const { runId, runFolder, manifestFingerprint } = await runStates(ground, stateNames);
    const { signal } = new AbortController();
    const measures = async () => (await readRunMeasures(dirname(runFolder), runId, signal)).states.S4;
    const again = (index: number, count: number) =>
      runStates(ground, ['S4'], { partition: { index, count } });
    const before = await measures();
    const [warm] = (await again(0, 1)).states;
    assert.equal(warm?.publication, 'identical');
    await again(0, 2);
    await again(1, 2);
    const after = await measures();
    assert.ok((before?.counts.overlay_rows ?? 0) > 0);
    assert.deepEqual(after?.counts, before?.counts);
    assert.deepEqual([after?.status, after?.error], ['PASS', null]);
    const walls = (await readRunContent(dirname(runFolder), runId, signal)).seconds.get('S4');
    assert.equal(walls, after?.seconds, 'seconds of the two halves, and not of the whole before them');

    const receipt = await findReceipt(runFolder, {
      state: 'S4',
      manifest_fingerprint: manifestFingerprint,
      scenario_id: scenarioIdSchema.parse('baseline_v1'),
      mbucket: '01',
    });
    const file = join(runFolder, receipt?.files[0]?.path ?? '');
    const content = await readFile(file);
    await appendFile(file, 'more');
    await assert.rejects(
      again(1, 2),
      (error) => isPlatformError(error) && error.failure.code === 'S4_OUTPUT_CONFLICT',
    );
    const failed = await measures();
    assert.deepEqual([failed?.status, failed?.error], ['FAIL', 'S4_OUTPUT_CONFLICT']);
    await rm(file);
    await writeFile(file, content);
    await again(0, 1);
    const mended = await measures();
    assert.deepEqual([mended?.status, mended?.error, mended?.counts], ['PASS', null, before?.counts]);
  });
});

test('a score does not depend on how S4 was divided: rows of events and warnings are of the scenarios', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'narrow-'));
  const policies = await ownPolicies(join(folder, 'policies'), {
    overlay_validation: [
      ['warn_above: 3.5', 'warn_above: 1.2'],
      ['fail_fraction: 0.01', 'fail_fraction: 1'],
      ['baseline_mean: { minimum: 0.85, maximum: 1.25 }', 'baseline_mean: { minimum: 5, maximum: 6 }'],
    ],
  });
  await onGround(eventfulWorld(), {}, async (ground) => {
    const { runId, runFolder } = await runStates(ground, ['S0', 'S1', 'S2', 'S3'], { policies });
    const scenarios = ['baseline_v1', 'stress_v1'];
    const layouts = [
      [{}],
      scenarios.map((id) => ({ scenarioIds: [id] })),
      scenarios.flatMap((id) =>
        [0, 1, 2, 3].map((index) => ({ scenarioIds: [id], partition: { index, count: 4 } })),
      ),
    ];
    const measured: unknown[] = [];
    for (const layout of layouts) {
      await rm(join(runFolder, 'reports/layer2/5A/state=S4'), { recursive: true, force: true });
      for (const part of layout) await runStates(ground, ['S4'], { policies, ...part });
      const { S4 } = (await readRunMeasures(ground.runsRoot, runId, new AbortController().signal)).states;
      measured.push({ counts: S4?.counts, warnings: S4?.warnings });
    }
    const [first] = measured;
    assert.deepEqual(measured, [first, first, first]);
    assert.deepEqual(first, {
      counts: {
        domain_rows: 32,
        event_rows: 10,
        horizon_buckets: 336,
        overlay_rows: 21_504,
        scenario_rows: 21_504,
      },
      warnings: { overlay_warn_aggregate: 1, overlay_warn_bounds_total: 2 },
    });
  });
  await rm(folder, { recursive: true, force: true });
});
