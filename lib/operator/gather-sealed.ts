import { runControlPrefix } from '../../config/names.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { readCommit } from '../evidence/publish-bundle.ts';
import { readBundleItems } from '../evidence/read-bundle-items.ts';
import { readRecordSource } from '../gates/evidence-sources.ts';
import { findAltered } from '../gates/find-altered.ts';
import { markerIn, sourcesIn } from '../gates/verdict-document.ts';
import { fail } from '../vocabulary/failure.ts';
import type { ExecutionId, Sha256 } from '../vocabulary/identifiers.ts';
import type { GatheredExecution, GatheredLaunch } from './gather-evidence.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

/**
 * What the sealed bundle of an execution says, or `undefined` while nothing is sealed. What is sealed counts,
 * and for good: the state machine, ECS and the log service forget, and evidence beside it may be changed.
 * Throws `SEALED_ALTERED` (65) when the bundle is not what was sealed, and `SEALED_DIFFERENTLY` (73) when what
 * still lies beside it says something else.
 */
export async function gatherSealed(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  signal: AbortSignal,
): Promise<GatheredExecution | undefined> {
  const prefix = runControlPrefix(environment.name, executionId);
  if ((await readCommit(environment.evidence, prefix, signal)) === undefined) return undefined;
  const { items, absent } = await readBundleItems(environment.evidence, prefix, signal);
  const files = new Map(items.map(({ path, content }) => [path, content]));
  const altered = findAltered(items, absent);
  const found = sourcesIn(files);
  if (
    altered !== undefined ||
    found?.subject.executionId !== executionId ||
    found.subject.environment !== environment.name
  ) {
    return refuseAltered(environment, prefix, altered ?? 'verdict.json', executionId);
  }
  await compareBeside(environment, prefix, files, signal);
  const { sources } = found;
  return {
    executionId,
    intent: files.get('intent.json'),
    executionRecord: files.get('execution-record.json'),
    told: { ...sources, tasks: new Map(), refused: new Map(), unsure: new Set() },
    sources,
    launches: sources.launches.map((launch): GatheredLaunch => {
      const folder = `launches/${launch.launchKey.slice(executionId.length + 1)}/`;
      const objects = ['started.json', 'task-record.json', 'result.json'].flatMap((name) => {
        const content = files.get(folder + name);
        return content === undefined ? [] : [{ name, content }];
      });
      const kept = objects.find(({ name }) => name === 'task-record.json');
      const { record } = readRecordSource(
        kept === undefined ? { kind: 'absent' } : { kind: 'present', content: kept.content },
      );
      return {
        sources: launch,
        objects,
        record,
        taskArn: record?.task_arn,
        marker: markerIn(files, folder),
      };
    }),
  };
}

const isBeside = (path: string) =>
  ['intent.json', 'execution-record.json'].includes(path) ||
  (/^launches\/[^/]+\/\d+\/[^/]+\.json$/.test(path) && !path.endsWith('/marker.json'));

/** What was sealed was read from these keys. An object that is gone is no contradiction; one that was changed is. */
async function compareBeside(
  environment: OperatorEnvironment,
  prefix: string,
  files: ReadonlyMap<string, Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    [...files]
      .filter(([path]) => isBeside(path))
      .map(async ([path, sealed]) => {
        const beside = await environment.evidence.get(`${prefix}${path}`, signal);
        if (beside !== undefined && Buffer.compare(beside, sealed) !== 0) {
          refuseOtherEvidence(`${environment.evidence.url}${prefix}${path}`, sha256Of(sealed));
        }
      }),
  );
}

/** What is sealed counts; whoever finds something else is told, and changes nothing. */
export function refuseOtherEvidence(where: string, sealed: Sha256): never {
  return fail({
    exit: 'conflict',
    code: 'SEALED_DIFFERENTLY',
    message: 'a bundle with other evidence is already sealed for this execution',
    where,
    value: sealed,
    remedy: 'Verify the sealed bundle: what is sealed counts. The evidence beside it was changed afterwards.',
  });
}

function refuseAltered(
  environment: OperatorEnvironment,
  prefix: string,
  path: string,
  executionId: ExecutionId,
): never {
  return fail({
    exit: 'data',
    code: 'SEALED_ALTERED',
    message: 'the sealed bundle of this execution is not what was sealed',
    where: `${environment.evidence.url}${prefix}`,
    value: path,
    remedy: `Restore it from another copy (run-scoped, or the mirror), then run: fraudctl attach ${executionId}`,
  });
}
