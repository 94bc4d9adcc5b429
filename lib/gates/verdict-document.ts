import { z } from 'zod';
import { type EnvironmentName, launchPrefix } from '../../config/names.ts';
import { canonicalBytes, parseCanonicalJson } from '../evidence/format/canonical-json.ts';
import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { type ResultMarker, resultMarkerSchema } from '../runtime/result.ts';
import {
  type ExecutionId,
  executionIdSchema,
  launchKeySchema,
  type RunId,
  runIdSchema,
} from '../vocabulary/identifiers.ts';
import {
  type EvidenceRead,
  readExecutionStatus,
  readMarkerSource,
  readRecordSource,
  readResultSource,
} from './evidence-sources.ts';
import { type ExecutionSources, type ExecutionVerdict, judgeExecution } from './execution-verdict.ts';
import type { LaunchSources } from './launch-verdict.ts';

export type VerdictSubject = {
  readonly environment: EnvironmentName;
  readonly executionId: ExecutionId;
  readonly runId: RunId;
};

/** `data/verdict.json` of a bundle about an execution: the judgement of its sources, as canonical JSON. Pure. */
export function verdictDocument(subject: VerdictSubject, sources: ExecutionSources): Uint8Array {
  const verdict = judgeExecution(sources);
  return canonicalBytes({
    schema: 'fraud-platform/execution-verdict/v1',
    environment: subject.environment,
    execution_id: subject.executionId,
    run_id: subject.runId,
    status: sources.status,
    error: sources.error ?? null,
    verdict: verdict.verdict,
    cause: verdict.cause,
    reasons: verdict.reasons,
    exit_code: verdict.exitCode,
    launches: verdict.launches.map((launch) => ({
      launch_key: launch.launchKey,
      verdict: launch.verdict,
      cause: launch.cause,
      reasons: launch.reasons,
      exit_code: launch.exitCode,
    })),
  });
}

/** What a verdict document says: PASS, FAIL or INDETERMINATE. Throws what zod throws for another document. */
export function verdictOf(document: Uint8Array): ExecutionVerdict['verdict'] {
  const { verdict } = documentSchema.parse(parseCanonicalJson(document, 'verdict.json'));
  return verdict;
}

const documentSchema = z.looseObject({
  schema: z.literal('fraud-platform/execution-verdict/v1'),
  environment: z.string(),
  execution_id: executionIdSchema,
  run_id: runIdSchema,
  verdict: z.enum(['PASS', 'FAIL', 'INDETERMINATE']),
});

/** Path of the list of launches in a bundle about an execution: one that left nothing behind is known by it alone. */
export const launchesDocumentPath = 'launches.json';

const launchesSchema = z.strictObject({
  schema: z.literal('fraud-platform/execution-launches/v1'),
  launches: z.array(launchKeySchema),
  /** Those that ECS refused, with its error: the state machine's word, and the only one there is. */
  not_launched: z.array(z.strictObject({ launch_key: launchKeySchema, error: z.string() })).exactOptional(),
});

/** The launches that anybody knew of when the execution was judged, as canonical JSON. Pure. */
export function launchesDocument(
  launches: readonly Pick<LaunchSources, 'launchKey' | 'record'>[],
): Uint8Array {
  const refused = launches.flatMap(({ launchKey, record }) =>
    record.kind === 'not-launched' ? [{ launch_key: launchKey, error: record.error }] : [],
  );
  return canonicalBytes({
    schema: 'fraud-platform/execution-launches/v1',
    launches: launches.map(({ launchKey }) => launchKey),
    ...(refused.length === 0 ? {} : { not_launched: refused }),
  });
}

/** Files of a payload by their path below `data/`. */
export type PayloadFiles = ReadonlyMap<string, Uint8Array>;

/** Who a bundle is about, and what its evidence says. Pure. `undefined` when it is not about an execution. */
export function sourcesIn(
  files: PayloadFiles,
): { readonly subject: VerdictSubject; readonly sources: ExecutionSources } | undefined {
  const document = parseEvidence(files.get('verdict.json'), documentSchema);
  if (document === undefined) return undefined;
  const { environment, execution_id: executionId, run_id: runId } = document;
  const listed = parseEvidence(files.get(launchesDocumentPath), launchesSchema);
  const refused = new Map((listed?.not_launched ?? []).map(({ launch_key, error }) => [launch_key, error]));
  const keys = new Set([
    ...(listed?.launches ?? []),
    ...[...files.keys()].flatMap((path) => {
      const [folder, state, number] = path.split('/');
      const key = launchKeySchema.safeParse(`${executionId}/${state}/${number}`);
      return folder === 'launches' && key.success ? [key.data] : [];
    }),
  ]);
  const launches = [...keys].map((launchKey): LaunchSources => {
    const folder = `launches/${launchKey.slice(executionId.length + 1)}/`;
    const read = (name: string): EvidenceRead => {
      const content = files.get(folder + name);
      return content === undefined ? { kind: 'absent' } : { kind: 'present', content };
    };
    const key = `${launchPrefix(environment, launchKey)}result.json`;
    return {
      launchKey,
      record: readRecordSource(read('task-record.json'), refused.get(launchKey)).source,
      result: readResultSource(key, read('result.json')),
      marker: readMarkerSource(markerIn(files, folder)),
    };
  });
  return {
    subject: { environment, executionId, runId },
    sources: {
      ...readExecutionStatus(files.get('execution-record.json'), environment, executionId),
      launches,
    },
  };
}

/** The marker that a bundle keeps of a launch; `folder` ends with a slash. Pure. */
export function markerIn(files: PayloadFiles, folder: string): ResultMarker | undefined {
  return parseEvidence(files.get(`${folder}marker.json`), resultMarkerSchema);
}

/**
 * Computes the verdict of a bundle again from the evidence in it. Pure: the same bundle gives the same
 * bytes anywhere. `undefined` when the bundle is not about an execution.
 */
export function recomputeVerdict(files: PayloadFiles): Uint8Array | undefined {
  const found = sourcesIn(files);
  return found === undefined ? undefined : verdictDocument(found.subject, found.sources);
}
