import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type EnvironmentName, phasePrefix, runControlPrefix } from '../../config/names.ts';
import { layOutBundle } from '../../lib/evidence/format/bundle.ts';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { publishBundle } from '../../lib/evidence/publish-bundle.ts';
import { createFolderStore } from '../../lib/evidence/stores/folder-store.ts';
import { recomputeVerdict } from '../../lib/gates/verdict-document.ts';
import { localAccount, localRegion } from '../../lib/local-cloud/local-identity.ts';
import { connectCloud } from '../../lib/operator/cloud-clients.ts';
import type { OperatorEnvironment } from '../../lib/operator/operator-environment.ts';
import type { ExecutionId, RunId } from '../../lib/vocabulary/identifiers.ts';
import type { JsonObject } from '../../lib/vocabulary/json.ts';
import { executionRecord, launchResult, probeIntent, taskRecord } from './launch-documents.ts';
import { sampleContent } from './sample-bundle.ts';

export type FolderEnvironment = OperatorEnvironment & { readonly folder: string };

/** An environment of two folders whose cloud nobody asks; it goes with the tests of the file. */
export async function folderEnvironment(name: EnvironmentName): Promise<FolderEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), 'attempts-'));
  const clients = connectCloud({
    region: localRegion,
    loopback: { endpoint: 'http://127.0.0.1:9', accessKey: 'nobody' },
  });
  after(async () => {
    clients.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    name,
    account: localAccount,
    region: localRegion,
    clients,
    evidence: createFolderStore(join(folder, 'evidence')),
    mirror: createFolderStore(join(folder, 'mirror')),
    folder,
  };
}

/** Puts the record of an attempt, as a launch does before there is an intent. */
export async function putAttempt(
  { name, evidence }: OperatorEnvironment,
  phaseId: string,
  attempt: { readonly executionId: ExecutionId; readonly runId: RunId; readonly task: string },
  intent: Uint8Array,
): Promise<void> {
  const intent_sha256 = sha256Of(intent);
  await evidence.putIfAbsent(
    `${phasePrefix(name, phaseId)}attempts/${attempt.executionId}/${intent_sha256}.json`,
    canonicalBytes({
      schema: 'fraud-platform/phase-attempt/v1',
      phase_id: phaseId,
      execution_id: attempt.executionId,
      run_id: attempt.runId,
      task: attempt.task,
      intent_sha256,
      scope: null,
    }),
  );
}

/** Puts files below the prefix of an execution, and seals them there. */
export async function sealFiles(
  { name, evidence }: OperatorEnvironment,
  executionId: ExecutionId,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const prefix = runControlPrefix(name, executionId);
  for (const [path, content] of files) {
    if (!/^(?:verdict|launches)\.json$|marker\.json$/.test(path))
      await evidence.putIfAbsent(prefix + path, content);
  }
  const items = [...files].map(([path, content]) => ({ path, content, origin: 'native' }) as const);
  await publishBundle(evidence, prefix, layOutBundle(sampleContent({ items })));
}

/** Everything that a probe leaves: one that passed, or one that was stopped before it launched anything. */
export function probeFiles(
  environment: EnvironmentName,
  { executionId, runId }: { readonly executionId: ExecutionId; readonly runId: RunId },
  said: 'PASS' | 'FAIL',
  startedAt: string,
): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const put = (path: string, document: JsonObject) => files.set(path, canonicalBytes(document));
  const about = { environment, execution_id: executionId };
  put(
    'intent.json',
    probeIntent(executionId, { environment, run_id: runId, deadline: '2026-02-21T12:00:00.000Z' }),
  );
  files.set(
    'execution-record.json',
    executionRecord(executionId, {
      environment,
      status: said === 'PASS' ? 'SUCCEEDED' : 'ABORTED',
      error: null,
      started_at: startedAt,
      stopped_at: '2026-02-21T11:59:00.000Z',
    }),
  );
  const launchKey = `${executionId}/Run/0`;
  const launches = said === 'PASS' ? [launchKey] : [];
  if (said === 'PASS') {
    const folder = 'launches/Run/0';
    const times = { started_at: startedAt, created_at: startedAt, stopped_at: '2026-02-21T11:58:00.000Z' };
    put(`${folder}/task-record.json`, taskRecord(launchKey, { environment, ...times }));
    const result = canonicalBytes(
      launchResult(launchKey, {
        environment,
        run_id: runId,
        started_at: startedAt,
        ended_at: '2026-02-21T11:57:00.000Z',
      }),
    );
    files.set(`${folder}/result.json`, result);
    put(`${folder}/marker.json`, {
      schema: 'fraud-platform/launch-result/v1',
      key: `${runControlPrefix(environment, executionId)}${folder}/result.json`,
      sha256: sha256Of(result),
    });
  }
  put('launches.json', { schema: 'fraud-platform/execution-launches/v1', launches });
  put('verdict.json', {
    schema: 'fraud-platform/execution-verdict/v1',
    ...about,
    run_id: runId,
    verdict: 'INDETERMINATE',
  });
  const verdict = recomputeVerdict(files);
  if (verdict !== undefined) files.set('verdict.json', verdict);
  return files;
}
