import { longestDeadline } from '../task-contracts/define-task.ts';
import { boundedLaunch } from './bounded-launch.ts';
import { countLanes, lanes } from './lanes.ts';
import { maximumRelaunches, startAllowanceSeconds } from './one-shot.ts';
import type { Placement } from './run-task-state.ts';
import type { StateMachine } from './state-machine.ts';

/** Lanes of S4 at work at the same time; each takes two processors and four GiB. */
const concurrentLanes = 8;

/** Beyond every path: three stages, lanes in as many rounds as forty need, each with its relaunches and waits. */
const oneLaunchSeconds = longestDeadline / 1_000 + startAllowanceSeconds + 300;
const wholeTimeoutSeconds = (2 + 5) * (maximumRelaunches + 1) * (oneLaunchSeconds + 300) + 600;

/**
 * The data engine as a state machine: S0 … S3 in one task, S4 in lanes of one scenario and one partition
 * each, S5 over all of them. A lane that fails does not stop its siblings, and S5 does not begin.
 * Input: see `Segment5aInput`.
 */
export function segment5aDefinition(placement: Placement): StateMachine {
  return {
    Comment: 'S0 to S3, then S4 in lanes of scenario and partition, then S5.',
    StartAt: 'Prepare',
    TimeoutSeconds: wholeTimeoutSeconds,
    States: {
      ...boundedLaunch({
        name: 'Prepare',
        root: '$.prepare',
        placement,
        done: 'Overlay',
        failed: 'PrepareFailed',
      }),
      Overlay: lanes({
        placement,
        concurrent: concurrentLanes,
        relaunchKilled: false,
        broken: { next: 'OverlayFailed', at: '$.overlay_failure' },
        next: 'CountLanes',
      }),
      CountLanes: countLanes('$.overlay', 'AllLanesDone'),
      AllLanesDone: {
        Type: 'Choice',
        Choices: [{ Variable: '$.overlay.any_failed', BooleanEquals: false, Next: 'Validate' }],
        Default: 'OverlayFailed',
      },
      ...boundedLaunch({
        name: 'Validate',
        root: '$.validate',
        placement,
        done: 'Done',
        failed: 'ValidateFailed',
      }),
      Done: { Type: 'Succeed' },
      PrepareFailed: { Type: 'Fail', Error: 'PrepareFailed', CausePath: '$.prepare.failure.Cause' },
      OverlayFailed: {
        Type: 'Fail',
        Error: 'OverlayFailed',
        Cause: 'A lane of S4 has not done its work; its task record and result say why.',
      },
      ValidateFailed: { Type: 'Fail', Error: 'ValidateFailed', CausePath: '$.validate.failure.Cause' },
    },
  };
}
