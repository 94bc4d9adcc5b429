import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { launchVariables } from '../task-contracts/launch-environment.ts';
import { type LaunchKey, launchKeySchema } from '../vocabulary/identifiers.ts';

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
      readonly status: string;
      readonly error: string | undefined;
    };

const submittedSchema = z.object({
  Tasks: z
    .array(
      z.object({
        TaskArn: z.string(),
        Overrides: z.object({
          ContainerOverrides: z.array(
            z.object({ Environment: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]) }),
          ),
        }),
      }),
    )
    .default([]),
});

/** The tasks that a TaskSubmitted event says were launched, by launch key. Pure. */
export function launchesIn(
  output: string,
): readonly { readonly launchKey: LaunchKey; readonly taskArn: string }[] {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    return [];
  }
  const parsed = submittedSchema.safeParse(json);
  if (!parsed.success) return [];
  return parsed.data.Tasks.flatMap((task) => {
    const variables = task.Overrides.ContainerOverrides.flatMap(({ Environment }) => Environment);
    const key = launchKeySchema.safeParse(
      variables.find(({ Name }) => Name === launchVariables.launchKey)?.Value,
    );
    return key.success ? [{ launchKey: key.data, taskArn: task.TaskArn }] : [];
  });
}

const endedStatus: Readonly<Record<string, string>> = {
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
  return [{ kind: 'execution-ended', at, status, error: details?.error }];
}
