import { launchPrefix, runControlPrefix } from '../../config/names.ts';
import {
  type EvidenceRead,
  readEnd,
  readMarkerSource,
  readRecordSource,
  readResultSource,
} from '../gates/evidence-sources.ts';
import type { ExecutionSources } from '../gates/execution-verdict.ts';
import type { LaunchSources, MarkerSource } from '../gates/launch-verdict.ts';
import type { TaskRecord } from '../recorder/task-record.ts';
import type { ResultMarker } from '../runtime/result.ts';
import { failureOf } from '../vocabulary/failure.ts';
import { type ExecutionId, type LaunchKey, launchKeySchema } from '../vocabulary/identifiers.ts';
import { type ToldExecution, tellExecution } from './execution-history.ts';
import { readMarkerLine } from './log-tail.ts';
import type { OperatorEnvironment } from './operator-environment.ts';
import { readHistory } from './read-history.ts';
import { isPassing } from './unreachable.ts';

/** One launch, with the bytes that its sources were read from. */
export type GatheredLaunch = {
  readonly sources: LaunchSources;
  readonly objects: readonly { readonly name: string; readonly content: Uint8Array }[];
  readonly record: TaskRecord | undefined;
  /** ARN of the launched task, when anybody knows it. */
  readonly taskArn: string | undefined;
  readonly marker: ResultMarker | undefined;
};

export type GatheredExecution = {
  readonly executionId: ExecutionId;
  readonly intent: Uint8Array | undefined;
  readonly executionRecord: Uint8Array | undefined;
  /** What the state machine said. */
  readonly told: ToldExecution;
  readonly sources: ExecutionSources;
  readonly launches: readonly GatheredLaunch[];
};

/**
 * Collects everything that is known about an execution, from the state machine, the evidence store
 * and the logs. What cannot be read is reported as unreadable, what is proven absent as absent; the
 * verdict on that is not taken here. Throws when the cloud or the store does not answer: what could not be
 * asked is not unknown, it is not asked.
 *
 * `told` is what the state machine said before: an end is for good and is not asked for again.
 */
export async function gatherEvidence(
  environment: OperatorEnvironment,
  executionArn: string,
  executionId: ExecutionId,
  task: string,
  signal: AbortSignal,
  told?: ToldExecution,
): Promise<GatheredExecution> {
  const prefix = runControlPrefix(environment.name, executionId);
  const [known, intent, executionRecord, stored] = await Promise.all([
    hasEnded(told) ? told : askStateMachine(environment, executionArn, signal),
    environment.evidence.get(`${prefix}intent.json`, signal),
    environment.evidence.get(`${prefix}execution-record.json`, signal),
    launchesInStore(environment, executionId, signal),
  ]);
  const keys = new Set([...known.tasks.keys(), ...known.refused.keys(), ...known.unsure, ...stored]);
  const launches = await Promise.all(
    [...keys].map((key) =>
      gatherLaunch(environment, task, key, known.tasks.get(key), known.refused.get(key), signal),
    ),
  );
  launches.sort((one, other) => (one.sources.launchKey < other.sources.launchKey ? -1 : 1));
  const ended = readEnd(known, executionRecord, environment.name, executionId);
  return {
    executionId,
    intent,
    executionRecord,
    launches,
    told: known,
    sources: { ...ended, launches: launches.map(({ sources }) => sources) },
  };
}

const forgotten: ToldExecution = {
  status: 'UNKNOWN',
  error: undefined,
  tasks: new Map(),
  refused: new Map(),
  unsure: new Set(),
};

function hasEnded(told: ToldExecution | undefined): told is ToldExecution {
  return told !== undefined && told.status !== 'RUNNING' && told.status !== 'UNKNOWN';
}

/**
 * What the history says. The status is taken from there, too: a description may be older than the history or
 * newer, and of an execution that has ended all launches must be known.
 */
async function askStateMachine(
  environment: OperatorEnvironment,
  executionArn: string,
  signal: AbortSignal,
): Promise<ToldExecution> {
  const events = await readHistory(environment, executionArn, 0, signal);
  return events === undefined ? forgotten : tellExecution(events);
}

/** Launches that left something in the store, whatever the state machine remembers. */
async function launchesInStore(
  environment: OperatorEnvironment,
  executionId: ExecutionId,
  signal: AbortSignal,
): Promise<readonly LaunchKey[]> {
  const prefix = `${runControlPrefix(environment.name, executionId)}launches/`;
  const keys = new Set<LaunchKey>();
  for await (const { key } of environment.evidence.list(prefix, signal)) {
    const [state, number] = key.slice(prefix.length).split('/');
    const parsed = launchKeySchema.safeParse(`${executionId}/${state}/${number}`);
    if (parsed.success) keys.add(parsed.data);
  }
  return [...keys];
}

async function gatherLaunch(
  environment: OperatorEnvironment,
  task: string,
  launchKey: LaunchKey,
  taskArn: string | undefined,
  refusal: string | undefined,
  signal: AbortSignal,
): Promise<GatheredLaunch> {
  const prefix = launchPrefix(environment.name, launchKey);
  // The record comes after all that the task wrote: asked for at the same time, that might be found absent and the
  // record present.
  const record = await read(environment, `${prefix}task-record.json`, signal);
  const [started, result] = await Promise.all([
    read(environment, `${prefix}started.json`, signal),
    read(environment, `${prefix}result.json`, signal),
  ]);
  const recordSource = readRecordSource(record, refusal);
  const arn = taskArn ?? recordSource.record?.task_arn;
  const marker = await readMarker(environment, task, arn, signal);
  const objects = [
    { name: 'started.json', read: started },
    { name: 'task-record.json', read: record },
    { name: 'result.json', read: result },
  ].flatMap(({ name, read: object }) =>
    object.kind === 'present' ? [{ name, content: object.content }] : [],
  );
  return {
    objects,
    record: recordSource.record,
    taskArn: arn,
    marker: marker.marker,
    sources: {
      launchKey,
      record: recordSource.source,
      result: readResultSource(`${prefix}result.json`, result),
      marker: marker.source,
    },
  };
}

async function read(
  environment: OperatorEnvironment,
  key: string,
  signal: AbortSignal,
): Promise<EvidenceRead> {
  try {
    const content = await environment.evidence.get(key, signal);
    return content === undefined ? { kind: 'absent' } : { kind: 'present', content };
  } catch (error) {
    signal.throwIfAborted();
    if (isPassing(error)) throw error;
    return { kind: 'unreadable', why: failureOf(error).message };
  }
}

async function readMarker(
  environment: OperatorEnvironment,
  task: string,
  taskArn: string | undefined,
  signal: AbortSignal,
): Promise<{ source: MarkerSource; marker: ResultMarker | undefined }> {
  if (taskArn === undefined) return { source: { kind: 'absent' }, marker: undefined };
  try {
    const marker = await readMarkerLine(environment, task, taskArn, signal);
    return { source: readMarkerSource(marker), marker };
  } catch (error) {
    signal.throwIfAborted();
    if (isPassing(error)) throw error;
    return { source: { kind: 'unreadable', why: failureOf(error).message }, marker: undefined };
  }
}
