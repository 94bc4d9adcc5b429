import type { JsonObject, JsonValue } from '../../vocabulary/json.ts';
import type { Branch, State, StateMachine } from '../../workflows/state-machine.ts';

/** Seconds that no timeout of ours reaches, and that a timer can still hold. */
const beyondEveryTimeout = 2_000_000;

/** Name, in the parameters of a Task state, under which its timeout travels to the handler. */
export const timeoutParameter = 'FraudPlatformTimeoutSeconds';

/**
 * Prepares a definition for the interpreter, which looks a `TimeoutSecondsPath` up in the result of
 * `Parameters` where Step Functions looks in the state's input. The timeout moves into the parameters,
 * and the handler of the task keeps it. Everything else stays as it is. Pure.
 */
export function adaptDefinition(machine: StateMachine): Omit<StateMachine, 'TimeoutSeconds'> {
  // The interpreter never clears its timer for the whole machine; the execution keeps that one, too.
  const { TimeoutSeconds: _, ...rest } = machine;
  return { ...rest, States: adaptStates(machine.States) };
}

function adaptStates(states: Readonly<Record<string, State>>): Readonly<Record<string, State>> {
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, adaptState(state)]));
}

function adaptState(state: State): State {
  switch (state.Type) {
    case 'Task': {
      const { Parameters, ...rest } = state;
      const timeout: JsonObject =
        'TimeoutSecondsPath' in state
          ? { [`${timeoutParameter}.$`]: state.TimeoutSecondsPath }
          : { [timeoutParameter]: state.TimeoutSeconds };
      const adapted: Record<string, unknown> = { ...rest, Parameters: { ...Parameters, ...timeout } };
      delete adapted.TimeoutSecondsPath;
      // Without a timeout the interpreter would take one of its own, a minute.
      adapted.TimeoutSeconds = beyondEveryTimeout;
      return adapted as State;
    }
    case 'Parallel':
      return { ...state, Branches: state.Branches.map(adaptBranch) };
    case 'Map':
      return { ...state, ItemProcessor: { ...state.ItemProcessor, ...adaptBranch(state.ItemProcessor) } };
    case 'Choice':
    case 'Pass':
    case 'Wait':
    case 'Succeed':
    case 'Fail':
      return state;
  }
}

function adaptBranch(branch: Branch): Branch {
  return { ...branch, States: adaptStates(branch.States) };
}

/** Names of every Task state, at any depth, with its resource. Pure. */
export function taskStatesOf(machine: Branch): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (branch: Branch) => {
    for (const [name, state] of Object.entries(branch.States)) {
      if (state.Type === 'Task') found.set(name, state.Resource);
      if (state.Type === 'Parallel') for (const child of state.Branches) visit(child);
      if (state.Type === 'Map') visit(state.ItemProcessor);
    }
  };
  visit(machine);
  return found;
}

/** Splits the timeout off the parameters that a handler received. */
export function takeTimeout(parameters: JsonValue): {
  readonly seconds: number;
  readonly parameters: JsonObject;
} {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    return { seconds: 0, parameters: {} };
  }
  const { [timeoutParameter]: seconds, ...rest } = parameters as JsonObject;
  return { seconds: Number(seconds), parameters: rest };
}
