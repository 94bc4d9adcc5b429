import type { JsonValue } from '../../vocabulary/json.ts';

/** An event of GetExecutionHistory, as it goes over the wire: camelCase, time in epoch seconds. */
export type HistoryEvent = {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: number;
} & Readonly<Record<string, JsonValue | undefined>>;

/** An event of the interpreter, as far as it is read here. */
export type InterpreterEvent = {
  readonly type: string;
  readonly timestamp: number;
  readonly state?: {
    readonly name: string;
    readonly type: string;
    readonly input: unknown;
    readonly output?: unknown;
  };
};

/**
 * The event that Step Functions would write for one of the interpreter's, without ids; `undefined` for
 * those that it would not (a failed or caught state shows as the task's own event). Pure.
 */
export function historyEventOf(
  event: InterpreterEvent,
): { type: string; details: Record<string, JsonValue> } | undefined {
  const { state } = event;
  if (state === undefined) return undefined;
  if (event.type === 'StateEntered') {
    return {
      type: `${state.type}StateEntered`,
      details: { stateEnteredEventDetails: { name: state.name, input: JSON.stringify(state.input) } },
    };
  }
  if (event.type === 'StateExited' && state.type !== 'Fail') {
    return {
      type: `${state.type}StateExited`,
      details: {
        stateExitedEventDetails: { name: state.name, output: JSON.stringify(state.output ?? null) },
      },
    };
  }
  return undefined;
}
