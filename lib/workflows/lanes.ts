import { z } from 'zod';
import { runIdSchema } from '../vocabulary/identifiers.ts';
import { instantSchema } from '../vocabulary/instant.ts';
import { boundedLaunch } from './bounded-launch.ts';
import { maximumRelaunches } from './one-shot.ts';
import { parameterPassingSchema } from './one-shot-input.ts';
import type { Placement } from './run-task-state.ts';
import type { State } from './state-machine.ts';

/** Lanes that a Map or Parallel may have: Fargate launch rates and state data both bound it. */
export const maximumLanes = 40;

/** How far apart the launch numbers of two lanes begin: relaunches of one never reach the next. */
export const laneStride = maximumRelaunches + 1;

/** One launch inside a machine of several: a stage, or a lane. */
export const launchDescriptionSchema = z.strictObject({
  environment: z.string().min(1),
  run_id: runIdSchema,
  /** Full revision ARN: a deploy in the middle of a run changes nothing for it. */
  task_definition: z.string().min(1),
  deadline: instantSchema,
  timeout_seconds: z.int().positive(),
  relaunch_wait_seconds: z.int().min(0).max(300),
  launch: z.strictObject({ number: z.int().min(0), attempt: z.literal(0) }),
  parameters: parameterPassingSchema,
});
export type LaunchDescription = z.infer<typeof launchDescriptionSchema>;

/** The lanes of an input, with launch numbers that can never meet. */
export const lanesSchema = z
  .array(launchDescriptionSchema)
  .min(1)
  .max(maximumLanes)
  .refine(
    (lanes) => lanes.every(({ launch }, lane) => launch.number === lane * laneStride),
    `launch numbers of lanes begin at 0, ${laneStride}, ${2 * laneStride}, …`,
  );

export type LanesOptions = {
  readonly placement: Placement;
  /** Lanes at work at the same time. */
  readonly concurrent: number;
  /** Whether a lane that was killed is launched again: only one that resumes from a checkpoint may be. */
  readonly relaunchKilled: boolean;
  /** Where it goes when the Map itself fails, and where that failure is kept. */
  readonly broken: { readonly next: string; readonly at: string };
  readonly next: string;
};

/**
 * A Map over `$.lanes`. A lane catches its failure to data, because one that fails uncaught aborts its siblings:
 * every lane ends as `outcome: done` or `outcome: failed` in `$.lane_results`.
 */
export function lanes({ placement, concurrent, relaunchKilled, broken, next }: LanesOptions): State {
  return {
    Type: 'Map',
    ItemsPath: '$.lanes',
    MaxConcurrency: concurrent,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: 'Lane',
      States: {
        ...boundedLaunch({
          name: 'Lane',
          root: '$',
          placement,
          done: 'LaneDone',
          failed: 'LaneFailed',
          relaunchKilled,
        }),
        LaneDone: {
          Type: 'Pass',
          Parameters: { outcome: 'done', 'number.$': '$.launch.number', 'task.$': '$.task' },
          End: true,
        },
        LaneFailed: {
          Type: 'Pass',
          Parameters: { outcome: 'failed', 'number.$': '$.launch.number', 'error.$': '$.failure.Error' },
          End: true,
        },
      },
    },
    ResultPath: '$.lane_results',
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: broken.at, Next: broken.next }],
    Next: next,
  };
}

/** Says in `any_failed` whether a lane has not done its work. */
export function countLanes(resultPath: string, next: string): State {
  return {
    Type: 'Pass',
    Parameters: { 'any_failed.$': "States.ArrayContains($.lane_results[*].outcome, 'failed')" },
    ResultPath: resultPath,
    Next: next,
  };
}
