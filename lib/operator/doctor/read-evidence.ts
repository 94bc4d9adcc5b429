import type { EnvironmentName } from '../../../config/names.ts';
import { runControlRoot, writeProbeKey } from '../../../config/names.ts';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { sha256Of } from '../../evidence/format/digest.ts';
import { parseEvidence } from '../../evidence/format/parse-evidence.ts';
import type { EvidenceStore } from '../../evidence/stores/evidence-store.ts';
import { launchResultSchema } from '../../runtime/result.ts';
import { migrateContract } from '../../task-contracts/migrate.ts';
import { splitLaunchKey } from '../../vocabulary/identifiers.ts';
import type { MigrationFact, WriteProbeFact } from './facts.ts';

/**
 * Puts a fixed key that exists: once with its own content, which makes it the first time, and once with other
 * content. A store of evidence refuses the second, and holds what the first put.
 */
export async function probeWriting(
  store: EvidenceStore,
  environment: EnvironmentName,
  signal: AbortSignal,
): Promise<WriteProbeFact> {
  const content = (says: string) =>
    canonicalBytes({ schema: 'fraud-platform/write-probe/v1', environment, says });
  const key = writeProbeKey(environment);
  const first = content('written once');
  const own = await store.putIfAbsent(key, first, signal);
  const other = await store.putIfAbsent(key, content('written again'), signal);
  if (other.kind === 'stored') return 'overwritten';
  return own.sha256 === sha256Of(first) && other.sha256 === sha256Of(first) ? 'refused' : 'changed';
}

/** The newest migrate that its own result calls done, by the keys of the evidence store, which begin with its time. */
export async function readMigration(
  store: EvidenceStore,
  environment: EnvironmentName,
  signal: AbortSignal,
): Promise<MigrationFact> {
  const { name } = migrateContract;
  const keys: string[] = [];
  for await (const { key } of store.list(`${runControlRoot(environment)}${name}_`, signal)) {
    if (/\/launches\/[^/]+\/\d+\/result\.json$/.test(key)) keys.push(key);
  }
  for (const key of keys.reverse()) {
    const content = await store.get(key, signal);
    const result = parseEvidence(content, launchResultSchema);
    const schemaVersion = result?.output?.schema_now;
    if (result?.task !== name || result.outcome !== 'done' || typeof schemaVersion !== 'number') continue;
    const executionId = splitLaunchKey(result.launch_key)?.executionId ?? '';
    return { executionId, schemaVersion, endedAt: Date.parse(result.ended_at) };
  }
  return undefined;
}
