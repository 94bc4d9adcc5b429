import assert from 'node:assert/strict';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
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
