import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { recordBaseline } from '../../bin/commands/burst-evidence.ts';
import type { CommandContext } from '../../bin/commands/command-context.ts';
import type { Conclusion } from '../../bin/commands/conduct-execution.ts';
import { parseEvidence } from '../../lib/evidence/format/parse-evidence.ts';
import type { EvidenceStore } from '../../lib/evidence/stores/evidence-store.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import { taskRecordSchema } from '../../lib/recorder/task-record.ts';
import { launchResultSchema } from '../../lib/runtime/result.ts';
import { fail } from '../../lib/vocabulary/failure.ts';
import { burstEvidence, burstSubject, closingBurst } from '../support/burst-evidence.ts';
import { refusedWith } from '../support/refused-with.ts';

const folder = await mkdtemp(join(tmpdir(), 'baseline-'));
after(() => rm(folder, { recursive: true, force: true }));

const { executionId, runId } = burstSubject;
const execution = { executionId, runId, executionArn: 'arn', task: 'burst' };
const items = burstEvidence();
/** The burst that closed M10.F, as who followed it to its end has it. */
const conclusion: Conclusion = {
  verdict: { verdict: 'PASS', cause: 'done', reasons: [], exitCode: 0, launches: [] },
  sealed: undefined,
  results: items.flatMap(({ content }) => parseEvidence(content, launchResultSchema) ?? []),
  records: items.flatMap(({ content }) => parseEvidence(content, taskRecordSchema) ?? []),
};
const clients = connectCloud({
  region: 'eu-west-2',
  loopback: { endpoint: 'http://127.0.0.1:9', accessKey: 'nobody' },
});
after(() => clients.close());

const store = createFolderStore(join(folder, 'evidence'));
const open = (evidence: EvidenceStore): OperatorEnvironment => ({
  name: 'dev-min',
  account: '111122223333',
  region: 'eu-west-2',
  clients,
  evidence,
  mirror: store,
});
const context: CommandContext = {
  output: { json: false, progress: () => undefined, part: () => undefined, result: () => undefined },
  openEnvironment: async () => open(store),
  environmentName: 'dev-min',
  signal: new AbortController().signal,
  now: () => Date.now(),
};
const key = `evidence/dev-min/run_control/${executionId}/burst-baseline.json`;

test('a store that is away when the rate is recorded leaves a verdict to complete, not a burst to send again', async () => {
  const away: EvidenceStore = {
    ...store,
    url: store.url,
    putIfAbsent: async () =>
      fail({
        exit: 'transient',
        code: 'EVIDENCE_STORE_UNAVAILABLE',
        message: 'away',
        where: key,
        remedy: 'Wait.',
      }),
  };
  await assert.rejects(recordBaseline(context, open(away), execution, conclusion), (error) => {
    assert.ok(refusedWith('VERDICT_NOT_KEPT')(error));
    assert.match(JSON.stringify(error), new RegExp(`Complete it with: fraudctl attach ${executionId}`));
    return true;
  });
  assert.equal(await store.get(key), undefined);
  const recorded = await recordBaseline(context, open(store), execution, conclusion);
  assert.equal(recorded.recorded, true, recorded.lines.join());
  const document = JSON.parse(new TextDecoder().decode(await store.get(key)));
  assert.equal(document.admitted, closingBurst.admitted);
});

test('a burst whose scope was never opened has no rate', async () => {
  const unopened = { ...conclusion, results: conclusion.results.slice(0, 0) };
  const { recorded, lines } = await recordBaseline(context, open(store), execution, unopened);
  assert.equal(recorded, false);
  assert.match(lines.join(), /no scope was opened/);
});
