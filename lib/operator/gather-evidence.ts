import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
} from '@aws-sdk/client-sfn';
import { launchPrefix, runControlPrefix } from '../../config/names.ts';
import {
  type EvidenceRead,
  readExecutionStatus,
  readMarkerSource,
  readRecordSource,
  readResultSource,
} from '../gates/evidence-sources.ts';
import type { ExecutionSources, ExecutionStatus } from '../gates/execution-verdict.ts';
import type { LaunchSources, MarkerSource } from '../gates/launch-verdict.ts';
import type { TaskRecord } from '../recorder/task-record.ts';
import { parseMarkerLine, type ResultMarker } from '../runtime/result.ts';
import { failureOf } from '../vocabulary/failure.ts';
import { type ExecutionId, type LaunchKey, launchKeySchema } from '../vocabulary/identifiers.ts';
import { launchesIn } from './execution-history.ts';
import { openLogTail } from './log-tail.ts';
import type { OperatorEnvironment } from './operator-environment.ts';

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
  readonly sources: ExecutionSources;
  readonly launches: readonly GatheredLaunch[];
};

type KnownExecution = {
  readonly status: ExecutionStatus;
  readonly error: string | undefined;
  readonly tasks: ReadonlyMap<LaunchKey, string>;
};

/**
 * Collects everything that is known about an execution, from the state machine, the evidence store
 * and the logs. What cannot be read is reported as unreadable, what is proven absent as absent; the
 * verdict on that is not taken here.
 */
export async function gatherEvidence(
  environment: OperatorEnvironment,
  executionArn: string,
  executionId: ExecutionId,
  task: string,
  signal: AbortSignal,
): Promise<GatheredExecution> {
  const prefix = runControlPrefix(environment.name, executionId);
  const [known, intent, executionRecord, stored] = await Promise.all([
    askStateMachine(environment, executionArn, signal),
    environment.evidence.get(`${prefix}intent.json`, signal),
    environment.evidence.get(`${prefix}execution-record.json`, signal),
    launchesInStore(environment, executionId, signal),
  ]);
  const keys = new Set([...known.tasks.keys(), ...stored]);
  const launches = await Promise.all(
    [...keys].map((key) => gatherLaunch(environment, task, key, known.tasks.get(key), signal)),
  );
  launches.sort((one, other) => (one.sources.launchKey < other.sources.launchKey ? -1 : 1));
  // The state machine forgets an execution after 90 days; the recorder's word on it stays.
  const ended =
    known.status === 'UNKNOWN'
      ? readExecutionStatus(executionRecord, environment.name, executionId)
      : { status: known.status, error: known.error };
  return {
    executionId,
    intent,
    executionRecord,
    launches,
    sources: { ...ended, launches: launches.map(({ sources }) => sources) },
  };
}

async function askStateMachine(
  environment: OperatorEnvironment,
  executionArn: string,
  signal: AbortSignal,
): Promise<KnownExecution> {
  const { stepFunctions } = environment.clients;
  const tasks = new Map<LaunchKey, string>();
  try {
    const described = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }), {
      abortSignal: signal,
    });
    let nextToken: string | undefined;
    do {
      const page = await stepFunctions.send(
        new GetExecutionHistoryCommand({
          executionArn,
          maxResults: 1_000,
          includeExecutionData: true,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        { abortSignal: signal },
      );
      for (const event of page.events ?? []) {
        for (const { launchKey, taskArn } of launchesIn(event.taskSubmittedEventDetails?.output ?? '')) {
          tasks.set(launchKey, taskArn);
        }
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return { status: statusOf(described.status), error: described.error, tasks };
  } catch (error) {
    signal.throwIfAborted();
    // Evidence may outlive the state machine's memory of an execution; it is still evidence.
    if (error instanceof ExecutionDoesNotExist) return { status: 'UNKNOWN', error: undefined, tasks };
    throw error;
  }
}

function statusOf(status: string | undefined): ExecutionStatus {
  switch (status) {
    case 'RUNNING':
    case 'SUCCEEDED':
    case 'FAILED':
    case 'TIMED_OUT':
    case 'ABORTED':
      return status;
    default:
      return 'UNKNOWN';
  }
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
  signal: AbortSignal,
): Promise<GatheredLaunch> {
  const prefix = launchPrefix(environment.name, launchKey);
  const [started, record, result] = await Promise.all([
    read(environment, `${prefix}started.json`, signal),
    read(environment, `${prefix}task-record.json`, signal),
    read(environment, `${prefix}result.json`, signal),
  ]);
  const recordSource = readRecordSource(record);
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
    let last: string | undefined;
    for await (const { text } of openLogTail(environment, task, taskArn).read(signal)) {
      if (text.trim() !== '') last = text;
    }
    const marker = last === undefined ? undefined : parseMarkerLine(last);
    return { source: readMarkerSource(marker), marker };
  } catch (error) {
    signal.throwIfAborted();
    return { source: { kind: 'unreadable', why: failureOf(error).message }, marker: undefined };
  }
}
