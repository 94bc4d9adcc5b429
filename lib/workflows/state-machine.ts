import type { JsonObject, JsonValue } from '../vocabulary/json.ts';

/**
 * The subset of the Amazon States Language that our workflows keep to (JSONPath only), so that Step
 * Functions and the local interpreter cannot differ. `lintStateMachine` holds definitions to it.
 */
export type StateMachine = {
  readonly Comment: string;
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, State>>;
};

export type Branch = { readonly StartAt: string; readonly States: Readonly<Record<string, State>> };

type Transition = { readonly Next: string } | { readonly End: true };

export type Catcher = {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath: string;
  readonly Next: string;
};

export type TaskState = Transition & {
  readonly Type: 'Task';
  readonly Comment?: string;
  readonly Resource: string;
  readonly Parameters: JsonObject;
  readonly ResultSelector?: JsonObject;
  readonly ResultPath: string | null;
  readonly Catch: readonly Catcher[];
} & ({ readonly TimeoutSeconds: number } | { readonly TimeoutSecondsPath: string });

export type ChoiceState = {
  readonly Type: 'Choice';
  readonly Comment?: string;
  readonly Choices: readonly JsonObject[];
  readonly Default: string;
};

export type PassState = Transition & {
  readonly Type: 'Pass';
  readonly Comment?: string;
  readonly Parameters?: JsonValue;
  readonly Result?: JsonValue;
  readonly ResultPath?: string;
};

export type WaitState = Transition & {
  readonly Type: 'Wait';
  readonly Comment?: string;
} & ({ readonly Seconds: number } | { readonly SecondsPath: string });

export type ParallelState = Transition & {
  readonly Type: 'Parallel';
  readonly Comment?: string;
  readonly Branches: readonly Branch[];
  readonly ResultPath: string | null;
  readonly Catch: readonly Catcher[];
};

export type MapState = Transition & {
  readonly Type: 'Map';
  readonly Comment?: string;
  readonly ItemsPath: string;
  readonly ItemSelector?: JsonObject;
  readonly MaxConcurrency: number;
  readonly ItemProcessor: Branch & { readonly ProcessorConfig: { readonly Mode: 'INLINE' } };
  readonly ResultPath: string | null;
  readonly Catch: readonly Catcher[];
};

export type SucceedState = { readonly Type: 'Succeed'; readonly Comment?: string };

export type FailState = {
  readonly Type: 'Fail';
  readonly Comment?: string;
  readonly Error: string;
} & ({ readonly Cause: string } | { readonly CausePath: string });

export type State =
  | TaskState
  | ChoiceState
  | PassState
  | WaitState
  | ParallelState
  | MapState
  | SucceedState
  | FailState;

export const runTaskResource = 'arn:aws:states:::ecs:runTask.sync';
/** Changes how many tasks a service should have. */
export const updateServiceResource = 'arn:aws:states:::aws-sdk:ecs:updateService';
