import { longestDeadline } from '../task-contracts/define-task.ts';
import { exitCodes } from '../vocabulary/exit-codes.ts';
import {
  type Placement,
  refusedLaunch,
  runTaskParameters,
  stoppedTaskSelector,
  throttledLaunch,
} from './run-task-state.ts';
import { runTaskResource, type StateMachine } from './state-machine.ts';

/** A launch is started at most this often again, and only when nothing ran or the task said 75. */
export const maximumRelaunches = 2;

/** Seconds for Fargate to find capacity and pull an image, before a task can begin. */
export const startAllowanceSeconds = 300;

/** Beyond every path: each launch may last the longest deadline, its start allowance and grace; between them, waits. */
const wholeTimeoutSeconds =
  (maximumRelaunches + 1) * (longestDeadline / 1_000 + startAllowanceSeconds + 300) + 600;

/**
 * Runs one task to its end: run → classify → bounded relaunch → done.
 *
 * There is no `Retry`: every non-zero exit is `States.TaskFailed`, so a retrier cannot see an exit
 * code. The Cause of a failed `runTask.sync` is the task description as a JSON string; it is parsed
 * and decided upon here. Input: see `OneShotInput`.
 */
export function oneShotDefinition(placement: Placement): StateMachine {
  return {
    Comment: 'Runs one task, bounded; relaunches only what never ran or asked for it.',
    StartAt: 'Run',
    TimeoutSeconds: wholeTimeoutSeconds,
    States: {
      Run: {
        Type: 'Task',
        Resource: runTaskResource,
        TimeoutSecondsPath: '$.timeout_seconds',
        Parameters: runTaskParameters('Run', placement, {
          taskDefinition: '$.task_definition',
          runId: '$.run_id',
          environment: '$.environment',
          deadline: '$.deadline',
          parameters: '$.parameters',
          number: '$.launch.number',
        }),
        ResultSelector: stoppedTaskSelector,
        ResultPath: '$.task',
        Catch: [
          { ErrorEquals: ['AmazonECS.Unknown'], ResultPath: '$.failure', Next: 'MayLaunchAgain' },
          { ErrorEquals: ['States.Timeout'], ResultPath: '$.failure', Next: 'TimedOut' },
          { ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: 'HasTaskRecord' },
        ],
        Next: 'Done',
      },
      HasTaskRecord: {
        Type: 'Choice',
        Comment: 'Only a stopped task leaves its description in the Cause; an API error leaves a sentence.',
        Choices: [
          { Variable: '$.failure.Cause', StringMatches: '{*"Containers"*}', Next: 'ReadTaskRecord' },
          throttledLaunch('$.failure', 'MayLaunchAgain'),
          refusedLaunch('$.failure', 'NotLaunched'),
        ],
        Default: 'LaunchUnknown',
      },
      ReadTaskRecord: {
        Type: 'Pass',
        Parameters: { 'task.$': 'States.StringToJson($.failure.Cause)' },
        ResultPath: '$.stopped',
        Next: 'Classify',
      },
      Classify: {
        Type: 'Choice',
        Choices: [
          {
            And: [
              { Variable: '$.stopped.task.StopCode', IsPresent: true },
              { Variable: '$.stopped.task.StopCode', StringEquals: 'TaskFailedToStart' },
              { Variable: '$.stopped.task.StoppedReason', IsPresent: true },
              {
                // A secret or image that cannot be read stays unreadable: starting again would only hide it.
                Not: {
                  Variable: '$.stopped.task.StoppedReason',
                  StringMatches: 'ResourceInitializationError*',
                },
              },
            ],
            Next: 'MayLaunchAgain',
          },
          {
            And: [
              { Variable: '$.stopped.task.Containers[0].ExitCode', IsPresent: true },
              { Variable: '$.stopped.task.Containers[0].ExitCode', NumericEquals: exitCodes.transient },
            ],
            Next: 'MayLaunchAgain',
          },
        ],
        Default: 'Failed',
      },
      MayLaunchAgain: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.launch.number', NumericLessThan: maximumRelaunches, Next: 'WaitBeforeRelaunch' },
        ],
        Default: 'GaveUp',
      },
      WaitBeforeRelaunch: { Type: 'Wait', SecondsPath: '$.relaunch_wait_seconds', Next: 'CountRelaunch' },
      CountRelaunch: {
        Type: 'Pass',
        Parameters: { 'number.$': 'States.MathAdd($.launch.number, 1)' },
        ResultPath: '$.launch',
        Next: 'Run',
      },
      Done: { Type: 'Succeed' },
      Failed: { Type: 'Fail', Error: 'TaskFailed', CausePath: '$.failure.Cause' },
      GaveUp: { Type: 'Fail', Error: 'RelaunchesExhausted', CausePath: '$.failure.Cause' },
      NotLaunched: { Type: 'Fail', Error: 'NotLaunched', CausePath: '$.failure.Cause' },
      // An error of the server says nothing about its effect. Launched again, the task might run twice.
      LaunchUnknown: { Type: 'Fail', Error: 'LaunchUnknown', CausePath: '$.failure.Cause' },
      TimedOut: {
        Type: 'Fail',
        Error: 'TaskTimedOut',
        Cause: 'The task outlived its deadline, grace and start allowance; the recorder stops it.',
      },
    },
  };
}
