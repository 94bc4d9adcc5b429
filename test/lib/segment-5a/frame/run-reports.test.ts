import assert from 'node:assert/strict';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readRunContent } from '../../../../lib/segment-5a/frame/run-content.ts';
import { readRunMeasures } from '../../../../lib/segment-5a/frame/run-measures.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { gatherSegment } from '../../../../tasks/report/gather-segment.ts';
import { onGround, runStates } from '../../../tasks/segment/run-states.ts';
import { smallWorld } from '../make-world.ts';

const damages: readonly (readonly [what: string, damage: (path: string) => Promise<void>])[] = [
  ['empty', (path) => truncate(path)],
  ['cut', async (path) => truncate(path, 100)],
  ['of another shape', async (path) => writeFile(path, '{"status":"PASS"}')],
  [
    'without its seconds',
    async (path) => writeFile(path, (await readFile(path, 'utf8')).replace('"wall_ms"', '"wall"')),
  ],
];

test('a run report that is empty, cut or of another shape is refused by name, and a finding of the report', () =>
  onGround(smallWorld(2), {}, async (ground) => {
    const { runId, runFolder, manifestFingerprint } = await runStates(ground, ['S0', 'S1']);
    const path = join(
      runFolder,
      `reports/layer2/5A/state=S1/manifest_fingerprint=${manifestFingerprint}/run_report.json`,
    );
    assert.deepEqual(await readdir(dirname(path)), ['run_report.json'], 'nothing else is left there');
    const whole = await readFile(path);
    const { signal } = new AbortController();
    for (const [what, damage] of damages) {
      await damage(path);
      for (const read of [readRunContent, readRunMeasures]) {
        await assert.rejects(read(ground.runsRoot, runId, signal), (error) => {
          assert.ok(isPlatformError(error), `${what}: ${error}`);
          const { code, exit, where } = error.failure;
          assert.deepEqual([code, exit, where], ['RUN_REPORT_UNREADABLE', 'data', path]);
          return true;
        });
      }
      const { findings, states } = await gatherSegment(runFolder, runFolder);
      assert.deepEqual(
        states.map(({ state }) => state),
        ['S0'],
        what,
      );
      assert.match(findings.join('\n'), /^a run report of S1 cannot be read, .*: manifest_fingerprint=/);
      await writeFile(path, whole);
    }
    assert.equal((await readRunMeasures(ground.runsRoot, runId, signal)).states.S1?.status, 'PASS');
  }));
