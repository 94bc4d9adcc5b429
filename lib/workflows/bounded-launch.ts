import { exitCodes } from '../vocabulary/exit-codes.ts';
import type { JsonObject } from '../vocabulary/json.ts';
import { maximumRelaunches } from './one-shot.ts';
import { type Placement, runTaskParameters, stoppedTaskSelector, throttledLaunch } from './run-task-state.ts';
import { runTaskResource, type State } from './state-machine.ts';

export type BoundedLaunch = {
  /** Name of the task state, and beginning of the names of the states around it. */
  readonly name: string;
  /** JSONPath of the object that describes the launch (see `launchDescriptionSchema`), such as `$.prepare`. */
  readonly root: string;
  readonly placement: Placement;
  /** Where to go when the task has done its work. */
  readonly done: string;
  /** Where to go when it has not, with the reason at `<root>.failure.Cause`. */
  readonly failed: string;
  /**
   * Launch again what was killed by a signal (exit above 128), a request to stop aside. Only for work that
   * goes on from where it durably was; anything else would be done twice.
   */
  readonly relaunchKilled?: boolean;
};

/**
 * The states of one launch with its bounded relaunches, for machines that run several: run, then relaunch
 * only what never ran or asked for it (exit 75), at most twice. `launch.attempt` counts from 0;
 * `launch.number` goes into the launch key, and starts where no other launch of the state comes.
 */
export function boundedLaunch({
  name,
  root,
  placement,
  done,
  failed,
  relaunchKilled = false,
}: BoundedLaunch): Readonly<Record<string, State>> {
  const inState = (what: string) => `${name}${what}`;
  const failure = `${root}.failure`;
  return {
    [name]: {
      Type: 'Task',
      Resource: runTaskResource,
      TimeoutSecondsPath: `${root}.timeout_seconds`,
      Parameters: runTaskParameters(name, placement, {
        taskDefinition: `${root}.task_definition`,
        runId: `${root}.run_id`,
        environment: `${root}.environment`,
        deadline: `${root}.deadline`,
        parameters: `${root}.parameters`,
        number: `${root}.launch.number`,
      }),
      ResultSelector: stoppedTaskSelector,
      ResultPath: `${root}.task`,
      Catch: [
        { ErrorEquals: ['AmazonECS.Unknown'], ResultPath: failure, Next: inState('MayLaunchAgain') },
        { ErrorEquals: ['States.TaskFailed'], ResultPath: failure, Next: inState('HasRecord') },
        { ErrorEquals: ['States.ALL'], ResultPath: failure, Next: failed },
      ],
      Next: done,
    },
    [inState('HasRecord')]: {
      Type: 'Choice',
      Comment: 'Only a stopped task leaves its description in the Cause; an API error leaves a sentence.',
      Choices: [
        { Variable: `${failure}.Cause`, StringMatches: '{*"Containers"*}', Next: inState('ReadRecord') },
        throttledLaunch(failure, inState('MayLaunchAgain')),
      ],
      Default: failed,
    },
    [inState('ReadRecord')]: {
      Type: 'Pass',
      Parameters: { 'task.$': `States.StringToJson(${failure}.Cause)` },
      ResultPath: `${root}.stopped`,
      Next: inState('Classify'),
    },
    [inState('Classify')]: {
      Type: 'Choice',
      Choices: [
        {
          And: [
            { Variable: `${root}.stopped.task.StopCode`, IsPresent: true },
            { Variable: `${root}.stopped.task.StopCode`, StringEquals: 'TaskFailedToStart' },
            { Variable: `${root}.stopped.task.StoppedReason`, IsPresent: true },
            {
              // What cannot be read stays unreadable: starting again would only hide it.
              Not: {
                Variable: `${root}.stopped.task.StoppedReason`,
                StringMatches: 'ResourceInitializationError*',
              },
            },
          ],
          Next: inState('MayLaunchAgain'),
        },
        {
          And: [
            { Variable: `${root}.stopped.task.Containers[0].ExitCode`, IsPresent: true },
            {
              Variable: `${root}.stopped.task.Containers[0].ExitCode`,
              NumericEquals: exitCodes.transient,
            },
          ],
          Next: inState('MayLaunchAgain'),
        },
        ...(relaunchKilled
          ? [killed(`${root}.stopped.task.Containers[0].ExitCode`, inState('MayLaunchAgain'))]
          : []),
      ],
      Default: failed,
    },
    [inState('MayLaunchAgain')]: {
      Type: 'Choice',
      Choices: [
        { Variable: `${root}.launch.attempt`, NumericLessThan: maximumRelaunches, Next: inState('Wait') },
      ],
      Default: failed,
    },
    [inState('Wait')]: {
      Type: 'Wait',
      SecondsPath: `${root}.relaunch_wait_seconds`,
      Next: inState('CountRelaunch'),
    },
    [inState('CountRelaunch')]: {
      Type: 'Pass',
      Parameters: {
        'number.$': `States.MathAdd(${root}.launch.number, 1)`,
        'attempt.$': `States.MathAdd(${root}.launch.attempt, 1)`,
      },
      ResultPath: `${root}.launch`,
      Next: name,
    },
  };
}

function killed(exitCode: string, next: string): JsonObject {
  return {
    And: [
      { Variable: exitCode, IsPresent: true },
      { Variable: exitCode, NumericGreaterThan: 128 },
      { Not: { Variable: exitCode, NumericEquals: exitCodes.stopped } },
    ],
    Next: next,
  };
}
