import { sha256Of } from '../evidence/format/digest.ts';
import { parseEvidence } from '../evidence/format/parse-evidence.ts';
import { executionRecordSchema, type TaskRecord, taskRecordSchema } from '../recorder/task-record.ts';
import { launchResultSchema, type ResultMarker } from '../runtime/result.ts';
import { type ExecutionId, type Sha256, sha256Schema } from '../vocabulary/identifiers.ts';
import type { ExecutionSources } from './execution-verdict.ts';
import type { MarkerSource, RecordSource, ResultSource } from './launch-verdict.ts';

/** Bytes of an evidence object: there, proven absent, or unreadable for a reason. */
export type EvidenceRead =
  | { readonly kind: 'present'; readonly content: Uint8Array }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * What `task-record.json` says, and the record itself when it is one. `refusal` is the error with which ECS
 * refused the launch, if it did: then a record that is absent is absent for good. Pure.
 */
export function readRecordSource(
  read: EvidenceRead,
  refusal?: string,
): {
  source: RecordSource;
  record: TaskRecord | undefined;
} {
  if (read.kind === 'absent' && refusal !== undefined) {
    return { source: { kind: 'not-launched', error: refusal }, record: undefined };
  }
  if (read.kind !== 'present') return { source: read, record: undefined };
  const record = parseEvidence(read.content, taskRecordSchema);
  if (record === undefined) return { source: { kind: 'unreadable', why: 'not a task record' }, record };
  const source: RecordSource = {
    kind: 'present',
    launchKey: record.launch_key,
    exitCode: record.exit_code,
    stopCode: record.stop_code,
    stoppedReason: record.stopped_reason,
    hasStarted: record.started_at !== null,
    imageDigest: imageDigestIn(record.image_digest),
  };
  return { source, record };
}

/** What `result.json` under a key says. Pure. */
export function readResultSource(key: string, read: EvidenceRead): ResultSource {
  if (read.kind !== 'present') return read;
  const result = parseEvidence(read.content, launchResultSchema);
  if (result === undefined) return { kind: 'unreadable', why: 'not a launch result' };
  return {
    kind: 'present',
    launchKey: result.launch_key,
    key,
    sha256: sha256Of(read.content),
    outcome: result.outcome,
    exitCode: result.exit_code,
    imageDigest: imageDigestIn(result.image_digest),
  };
}

/** An image is named by its digest alone or behind its repository; what has no digest, as `local`, says nothing. */
function imageDigestIn(image: string | null): Sha256 | null {
  const digest = /(?:^|@)sha256:([^:@]+)$/.exec(image ?? '')?.[1];
  return sha256Schema.safeParse(digest).data ?? null;
}

/** What the marker says. Pure. */
export function readMarkerSource(marker: ResultMarker | undefined): MarkerSource {
  return marker === undefined
    ? { kind: 'absent' }
    : { kind: 'present', key: marker.key, sha256: marker.sha256 };
}

/**
 * What `execution-record.json` says of the end of an execution, or that nobody knows: when it is not
 * there, is no record, or is about another execution. Pure.
 */
export function readExecutionStatus(
  content: Uint8Array | undefined,
  environment: string,
  executionId: ExecutionId,
): Pick<ExecutionSources, 'status' | 'error'> {
  const record = parseEvidence(content, executionRecordSchema);
  if (record?.execution_id !== executionId || record.environment !== environment) {
    return { status: 'UNKNOWN', error: undefined };
  }
  return { status: record.status, error: record.error ?? undefined };
}

/**
 * How an execution ended. `told` is the state machine's word, which is forgotten after 90 days and kept by no
 * bundle: once there is a record, its word is taken, so that whoever judges the bundle reads the same. A history
 * that has not ended may still lack launches, and is not overruled. Pure.
 */
export function readEnd(
  told: Pick<ExecutionSources, 'status' | 'error'>,
  content: Uint8Array | undefined,
  environment: string,
  executionId: ExecutionId,
): Omit<ExecutionSources, 'launches'> {
  const { status, error } = told;
  if (content === undefined || status === 'RUNNING') return { status, error };
  const recorded = readExecutionStatus(content, environment, executionId);
  if (status === 'UNKNOWN' || recorded.status === 'UNKNOWN' || recorded.status === status) return recorded;
  const contradiction = `the execution is ${status}, yet its record says ${recorded.status}`;
  return { ...recorded, contradiction };
}
