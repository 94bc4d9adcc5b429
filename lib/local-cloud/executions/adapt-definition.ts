import type { JsonObject, JsonValue } from '../../vocabulary/json.ts';
import type { Branch, Catcher, State, StateMachine } from '../../workflows/state-machine.ts';

/** Seconds that no timeout of ours reaches, and that a timer can still hold. */
const beyondEveryTimeout = 2_000_000;

/** Names, in the parameters of a Task state, under which its timeout and its input travel to the handler. */
const timeoutParameter = 'FraudPlatformTimeoutSeconds';
const inputParameter = 'FraudPlatformStateInput';

/**
 * Prepares a definition for the interpreter, which looks a `TimeoutSecondsPath` up in the result of
 * `Parameters` where Step Functions looks in the state's input, and tells a handler neither its state nor its
 * lane. Timeout and input move into the parameters, and the handler of the task takes them out; what catches a
 * timeout comes first. Everything else stays as it is. Pure.
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
      const { Parameters, Catch, ...rest } = state;
      const timeout: JsonObject =
        'TimeoutSecondsPath' in state
          ? { [`${timeoutParameter}.$`]: state.TimeoutSecondsPath }
          : { [timeoutParameter]: state.TimeoutSeconds };
      const additions: JsonObject = { ...timeout, [`${inputParameter}.$`]: '$' };
      const adapted: Record<string, unknown> = {
        ...rest,
        Parameters: { ...Parameters, ...additions },
        Catch: timeoutFirst(Catch),
      };
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

/**
 * `States.TaskFailed` stands for every error but the timeout. The interpreter holds that for a timeout of its
 * own only, and ours are kept by the handler; so what catches a timeout comes before.
 */
function timeoutFirst(catchers: readonly Catcher[]): readonly Catcher[] {
  const first = catchers.find(({ ErrorEquals }) =>
    ErrorEquals.some((name) => name === 'States.Timeout' || name === 'States.ALL'),
  );
  return first === undefined ? catchers : [{ ...first, ErrorEquals: ['States.Timeout'] }, ...catchers];
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

/** What `adaptDefinition` put into the parameters of a handler, and the parameters without it. */
export type ReceivedParameters = {
  readonly seconds: number;
  /** Input of the state that calls. */
  readonly input: JsonValue;
  readonly parameters: JsonObject;
};

/** Takes the additions of `adaptDefinition` out of what a handler received. */
export function takeAdditions(received: JsonValue): ReceivedParameters {
  if (typeof received !== 'object' || received === null || Array.isArray(received)) {
    return { seconds: 0, input: null, parameters: {} };
  }
  const {
    [timeoutParameter]: seconds,
    [inputParameter]: input = null,
    ...parameters
  } = received as JsonObject;
  return { seconds: Number(seconds), input, parameters };
}

/** How many iterations a Map state makes of an input; `ItemsPath` is a path of names, as in `$.lanes`. */
export function itemCountOf(machine: Branch, map: string, input: unknown): number {
  const state = machine.States[map];
  if (state?.Type !== 'Map') return 0;
  const names = state.ItemsPath.split('.').slice(1);
  const items = names.reduce<unknown>((found, name) => Object(found)[name], input);
  return Array.isArray(items) ? items.length : 0;
}
