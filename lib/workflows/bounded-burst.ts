import { longestDeadline } from '../task-contracts/define-task.ts';
import { boundedLaunch } from './bounded-launch.ts';
import { countLanes, lanes, maximumLanes } from './lanes.ts';
import { maximumRelaunches, startAllowanceSeconds } from './one-shot.ts';
import type { Placement } from './run-task-state.ts';
import { type StateMachine, updateServiceResource } from './state-machine.ts';

/** A service is asked for within this time; that it answers is what each lane waits for by itself. */
const gateUpSeconds = 60;

/** Beyond every path: open, all lanes at once, close, each with its relaunches and waits. */
const oneLaunchSeconds = longestDeadline / 1_000 + startAllowanceSeconds + 300;
export const boundedBurstTimeoutSeconds =
  3 * (maximumRelaunches + 1) * (oneLaunchSeconds + 300) + gateUpSeconds + 600;

/**
 * A burst as a state machine: open the run scope, bring the gate up, send in lanes, close the scope and
 * count, whatever became of the lanes. Nothing here takes the gate down: the running execution is the
 * lease on it, and the recorder releases it when an execution ends, on every path, aborted ones included.
 * Input: see `BoundedBurstInput`.
 */
export function boundedBurstDefinition(placement: Placement): StateMachine {
  return {
    Comment: 'Opens a run scope, sends in lanes through the gate, closes the scope and counts.',
    StartAt: 'Open',
    TimeoutSeconds: boundedBurstTimeoutSeconds,
    States: {
      ...boundedLaunch({ name: 'Open', root: '$.open', placement, done: 'GateUp', failed: 'OpenFailed' }),
      GateUp: {
        Type: 'Task',
        Resource: updateServiceResource,
        TimeoutSeconds: gateUpSeconds,
        Parameters: { Cluster: placement.clusterArn, 'Service.$': '$.gate_service', DesiredCount: 1 },
        ResultSelector: { 'desired_count.$': '$.Service.DesiredCount' },
        ResultPath: '$.gate',
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.gate_failure', Next: 'NoLanes' }],
        Next: 'Lanes',
      },
      Lanes: lanes({
        placement,
        // A lane that waited for another would miss the window.
        concurrent: maximumLanes,
        // A lane resumes from its checkpoint under a new epoch.
        relaunchKilled: true,
        broken: { next: 'NoLanes', at: '$.lanes_failure' },
        next: 'CountLanes',
      }),
      CountLanes: countLanes('$.sending', 'Close'),
      NoLanes: { Type: 'Pass', Result: { any_failed: true }, ResultPath: '$.sending', Next: 'Close' },
      ...boundedLaunch({
        name: 'Close',
        root: '$.close',
        placement,
        done: 'AllLanesDone',
        failed: 'CloseFailed',
      }),
      AllLanesDone: {
        Type: 'Choice',
        Choices: [{ Variable: '$.sending.any_failed', BooleanEquals: false, Next: 'Done' }],
        Default: 'LanesFailed',
      },
      Done: { Type: 'Succeed' },
      OpenFailed: { Type: 'Fail', Error: 'OpenFailed', CausePath: '$.open.failure.Cause' },
      LanesFailed: {
        Type: 'Fail',
        Error: 'LanesFailed',
        Cause:
          'A lane has not done its work; its task record and result say why. The scope is closed and counted.',
      },
      CloseFailed: { Type: 'Fail', Error: 'CloseFailed', CausePath: '$.close.failure.Cause' },
    },
  };
}
