import type { HistoryEvent, TaskSubmitFailedEventDetails } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import type { ExecutionStatus } from '../gates/execution-verdict.ts';
import { launchVariables } from '../task-contracts/launch-environment.ts';
import { beginningOf } from '../vocabulary/beginning-of.ts';
import { type LaunchKey, launchKeySchema } from '../vocabulary/identifiers.ts';
import { runTaskRefusals } from '../workflows/run-task-state.ts';

/** What a follower shows of one event of an execution's history. */
export type HistoryStep =
  | { readonly kind: 'state-entered'; readonly at: number; readonly state: string; readonly type: string }
  | {
      readonly kind: 'launched';
      readonly at: number;
      readonly launchKey: LaunchKey;
      readonly taskArn: string;
    }
  | { readonly kind: 'launch-failed'; readonly at: number; readonly error: string; readonly cause: string }
  | { readonly kind: 'task-ended'; readonly at: number; readonly error: string | undefined }
  | {
      readonly kind: 'execution-ended';
      readonly at: number;
      readonly status: ExecutionStatus;
      readonly error: string | undefined;
    };

const overridesSchema = z.object({
  ContainerOverrides: z.array(
    z.object({ Environment: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]) }),
  ),
});
const submittedSchema = z.object({
  Tasks: z.array(z.object({ TaskArn: z.string(), Overrides: overridesSchema })).default([]),
});

/** The tasks that a TaskSubmitted event says were launched, by launch key. Pure. */
export function launchesIn(
  output: string,
): readonly { readonly launchKey: LaunchKey; readonly taskArn: string }[] {
  const parsed = submittedSchema.safeParse(jsonOf(output));
  if (!parsed.success) return [];
  return parsed.data.Tasks.flatMap(({ TaskArn, Overrides }) => {
    const launchKey = keyOf(Overrides);
    return launchKey === undefined ? [] : [{ launchKey, taskArn: TaskArn }];
  });
}

function keyOf({ ContainerOverrides }: z.infer<typeof overridesSchema>): LaunchKey | undefined {
  const variables = ContainerOverrides.flatMap(({ Environment }) => Environment);
  return launchKeySchema.safeParse(variables.find(({ Name }) => Name === launchVariables.launchKey)?.Value)
    .data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const scheduledSchema = z.object({ Overrides: overridesSchema });

/** The key of the launch that a TaskScheduled event asks for. Pure. */
function launchKeyIn(parameters: string): LaunchKey | undefined {
  const { Overrides } = scheduledSchema.safeParse(jsonOf(parameters)).data ?? {};
  return Overrides === undefined ? undefined : keyOf(Overrides);
}

/** Errors of RunTask that are its refusal: nothing was launched. Of any other nobody knows. */
const refusals: ReadonlySet<string> = new Set(runTaskRefusals);

/** What a history says of an execution: its end, if it has one, and its launches. */
export type ToldExecution = {
  readonly status: ExecutionStatus;
  readonly error: string | undefined;
  /** ARN of each launched task. */
  readonly tasks: ReadonlyMap<LaunchKey, string>;
  /** Launches that ECS refused, with its word for it. */
  readonly refused: ReadonlyMap<LaunchKey, string>;
  /** Launches that were asked for, and nobody says whether they were made. */
  readonly unsure: ReadonlySet<LaunchKey>;
};

/** Reads a whole history. It has ended only when its last event is an end. Pure. */
export function tellExecution(events: readonly HistoryEvent[]): ToldExecution {
  const tasks = new Map<LaunchKey, string>();
  const refused = new Map<LaunchKey, string>();
  const asked = new Set<LaunchKey>();
  const byId = new Map(events.map((event) => [event.id, event]));
  let end: Pick<ToldExecution, 'status' | 'error'> = { status: 'RUNNING', error: undefined };
  for (const event of events) {
    const scheduled = launchKeyIn(event.taskScheduledEventDetails?.parameters ?? '');
    if (scheduled !== undefined) asked.add(scheduled);
    for (const { launchKey, taskArn } of launchesIn(event.taskSubmittedEventDetails?.output ?? '')) {
      tasks.set(launchKey, taskArn);
    }
    const failed = event.taskSubmitFailedEventDetails;
    if (failed !== undefined && isRefusal(failed.error ?? '', failed.cause ?? '')) {
      const launchKey = scheduledBefore(event, byId);
      if (launchKey !== undefined) refused.set(launchKey, wordsOf(failed));
    }
    for (const step of stepsOf(event)) {
      if (step.kind === 'execution-ended') end = { status: step.status, error: step.error };
    }
  }
  const unsure = new Set([...asked].filter((key) => !tasks.has(key) && !refused.has(key)));
  return { ...end, tasks, refused, unsure };
}

/** Whether this error of RunTask means that nothing was launched; a throttle does, however it is dressed. Pure. */
function isRefusal(error: string, cause: string): boolean {
  return refusals.has(error) || /Throttl|Rate exceeded/i.test(`${error} ${cause}`);
}

/** A task's events follow one another: what was scheduled is a few events before what became of it. */
function scheduledBefore(
  event: HistoryEvent,
  byId: ReadonlyMap<number | undefined, HistoryEvent>,
): LaunchKey | undefined {
  let before: HistoryEvent | undefined = event;
  for (let hops = 0; before !== undefined && hops < 3; hops += 1) {
    const parameters = before.taskScheduledEventDetails?.parameters;
    if (parameters !== undefined) return launchKeyIn(parameters);
    before = byId.get(before.previousEventId);
  }
  return undefined;
}

const endedStatus: Readonly<Record<string, ExecutionStatus>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionAborted: 'ABORTED',
  ExecutionTimedOut: 'TIMED_OUT',
};

/** The steps worth showing in one history event; empty for the others. Pure. */
export function stepsOf(event: HistoryEvent): readonly HistoryStep[] {
  const at = event.timestamp?.getTime() ?? 0;
  const type = event.type ?? '';
  if (event.stateEnteredEventDetails?.name !== undefined) {
    return [
      {
        kind: 'state-entered',
        at,
        state: event.stateEnteredEventDetails.name,
        type: type.replace('StateEntered', ''),
      },
    ];
  }
  if (type === 'TaskSubmitted') {
    return launchesIn(event.taskSubmittedEventDetails?.output ?? '').map((launch) => ({
      kind: 'launched',
      at,
      ...launch,
    }));
  }
  if (type === 'TaskSubmitFailed') {
    const details = event.taskSubmitFailedEventDetails;
    return [{ kind: 'launch-failed', at, error: details?.error ?? 'unknown', cause: details?.cause ?? '' }];
  }
  if (type === 'TaskSucceeded') return [{ kind: 'task-ended', at, error: undefined }];
  if (type === 'TaskFailed') return [{ kind: 'task-ended', at, error: event.taskFailedEventDetails?.error }];
  if (type === 'TaskTimedOut')
    return [{ kind: 'task-ended', at, error: event.taskTimedOutEventDetails?.error }];
  const status = endedStatus[type];
  if (status === undefined) return [];
  const details =
    event.executionFailedEventDetails ??
    event.executionAbortedEventDetails ??
    event.executionTimedOutEventDetails;
  return [{ kind: 'execution-ended', at, status, error: details?.error?.toWellFormed() }];
}

const longestWords = 500;

/** Error and cause of a refused launch in one line, without the particulars of the request. */
function wordsOf({ error, cause }: TaskSubmitFailedEventDetails): string {
  const [words = ''] = (cause ?? '').split(' (Service: ');
  const said = (error ?? 'unknown').toWellFormed();
  return words === '' ? said : `${said}: ${beginningOf(words, longestWords)}`;
}
