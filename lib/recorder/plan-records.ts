import { z } from 'zod';
import { type EnvironmentName, launchPrefix, runControlPrefix } from '../../config/names.ts';
import { launchVariables } from '../task-contracts/launch-environment.ts';
import { beginningOf } from '../vocabulary/beginning-of.ts';
import {
  type ExecutionId,
  executionIdSchema,
  launchKeySchema,
  splitLaunchKey,
} from '../vocabulary/identifiers.ts';
import { type Instant, instantFromMillis } from '../vocabulary/instant.ts';
import { usesGate } from './gate-lease.ts';
import type { ExecutionRecord, TaskRecord } from './task-record.ts';

export type RecorderAction =
  | { readonly kind: 'put'; readonly key: string; readonly value: TaskRecord | ExecutionRecord }
  /** Stop every task of this execution that still runs. */
  | { readonly kind: 'stop-tasks'; readonly executionId: ExecutionId; readonly reason: string }
  /** Scale the gate to nothing, unless another running execution needs it (see `usesGate`). */
  | { readonly kind: 'release-gate' };

const timeSchema = z.string().optional();
const taskEventSchema = z.object({
  source: z.literal('aws.ecs'),
  detail: z.object({
    taskArn: z.string(),
    taskDefinitionArn: z.string(),
    lastStatus: z.string(),
    stopCode: z.string().optional(),
    stoppedReason: z.string().optional(),
    createdAt: timeSchema,
    startedAt: timeSchema,
    stoppedAt: timeSchema,
    containers: z
      .array(
        z.object({
          exitCode: z.number().optional(),
          imageDigest: z.string().optional(),
          reason: z.string().optional(),
        }),
      )
      .default([]),
    overrides: z.object({
      containerOverrides: z
        .array(
          z.object({ environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]) }),
        )
        .default([]),
    }),
  }),
});

const executionEventSchema = z.object({
  source: z.literal('aws.states'),
  detail: z.object({
    executionArn: z.string(),
    stateMachineArn: z.string(),
    name: z.string(),
    status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
    startDate: z.number(),
    stopDate: z.number().nullable(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

/** Cause and reason are kept as long as they help; the whole text is in the execution's history. */
const longestText = 4_096;

/**
 * What the recorder does about one event of ECS or Step Functions, in EventBridge's shape. Pure: the
 * Lambda and the local cloud carry the actions out. Events about tasks and executions that are not
 * ours, or that say nothing final, ask for nothing.
 */
export function planRecords(event: unknown, environment: EnvironmentName): readonly RecorderAction[] {
  const task = taskEventSchema.safeParse(event);
  if (task.success) return planTaskRecord(task.data.detail, environment);
  const execution = executionEventSchema.safeParse(event);
  if (execution.success) return planExecutionRecord(execution.data.detail, environment);
  return [];
}

function planTaskRecord(
  detail: z.infer<typeof taskEventSchema>['detail'],
  environment: EnvironmentName,
): readonly RecorderAction[] {
  if (detail.lastStatus !== 'STOPPED') return [];
  const variables = detail.overrides.containerOverrides.flatMap((override) => override.environment);
  const valueFor = (name: string) => variables.find((variable) => variable.name === name)?.value;
  const launchKey = launchKeySchema.safeParse(valueFor(launchVariables.launchKey));
  if (!launchKey.success || valueFor(launchVariables.launchedFor) !== environment) return [];
  const executionId = splitLaunchKey(launchKey.data)?.executionId;
  if (executionId === undefined) return [];
  const [container] = detail.containers;
  const reason = [detail.stoppedReason, container?.reason].filter(
    (text) => text !== undefined && text !== '',
  );
  const value: TaskRecord = {
    schema: 'fraud-platform/task-record/v1',
    environment,
    execution_id: executionId,
    launch_key: launchKey.data,
    task_arn: detail.taskArn,
    task_definition: detail.taskDefinitionArn,
    image_digest: container?.imageDigest ?? null,
    created_at: instantOf(detail.createdAt),
    started_at: instantOf(detail.startedAt),
    stopped_at: instantOf(detail.stoppedAt),
    stop_code: detail.stopCode ?? 'unknown',
    stopped_reason: beginningOf([...new Set(reason)].join('; '), longestText),
    // No containers and no exit code are the same: nobody knows how it ended.
    exit_code: container?.exitCode ?? null,
  };
  return [{ kind: 'put', key: `${launchPrefix(environment, launchKey.data)}task-record.json`, value }];
}

function planExecutionRecord(
  detail: z.infer<typeof executionEventSchema>['detail'],
  environment: EnvironmentName,
): readonly RecorderAction[] {
  const executionId = executionIdSchema.safeParse(detail.name);
  if (!executionId.success || detail.status === 'RUNNING' || detail.stopDate === null) return [];
  const value: ExecutionRecord = {
    schema: 'fraud-platform/execution-record/v1',
    environment,
    execution_id: executionId.data,
    execution_arn: detail.executionArn,
    state_machine_arn: detail.stateMachineArn,
    status: detail.status,
    error: detail.error?.toWellFormed() ?? null,
    cause: typeof detail.cause === 'string' ? beginningOf(detail.cause, longestText) : null,
    started_at: instantFromMillis(detail.startDate),
    stopped_at: instantFromMillis(detail.stopDate),
  };
  const put: RecorderAction = {
    kind: 'put',
    key: `${runControlPrefix(environment, executionId.data)}execution-record.json`,
    value,
  };
  const release: readonly RecorderAction[] = usesGate(environment, [detail.stateMachineArn])
    ? [{ kind: 'release-gate' }]
    : [];
  if (detail.status === 'SUCCEEDED') return [put, ...release];
  // Neither an abort nor a timeout runs a Catch: whatever still runs is stopped from here.
  const stop: RecorderAction = {
    kind: 'stop-tasks',
    executionId: executionId.data,
    reason: `execution ${detail.status}`,
  };
  return [stop, put, ...release];
}

function instantOf(text: string | undefined): Instant | null {
  const millis = Date.parse(text ?? '');
  return Number.isFinite(millis) ? instantFromMillis(millis) : null;
}
