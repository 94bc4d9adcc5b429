import { ExecutionAbortedError, StateMachine as Interpreter } from 'aws-local-stepfunctions';
import { messageOf } from '../../vocabulary/failure.ts';
import type { JsonValue } from '../../vocabulary/json.ts';
import type { StateMachine } from '../../workflows/state-machine.ts';
import { adaptDefinition, takeTimeout, taskStatesOf } from './adapt-definition.ts';
import { type HistoryEvent, historyEventOf, type InterpreterEvent } from './history.ts';
import { StatesError } from './states-error.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export type ExecutionFacts = {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly startedAt: number;
};

/** Emits one event of a task's life into the history of its execution. */
export type EmitTaskEvent = (type: string, details: Record<string, JsonValue>) => void;

/** Carries out one Task state. Rejects with a `StatesError`; what it resolves with is the state's result. */
export type TaskHandler = (parameters: Record<string, unknown>, emit: EmitTaskEvent) => Promise<JsonValue>;

export type ExecutionHooks = {
  readonly definition: StateMachine;
  readonly handlerOf: (resource: string) => TaskHandler;
  readonly onEvent: (execution: Execution, event: HistoryEvent) => void;
  readonly onEnded: (execution: Execution) => void;
};

/** State data above this fails the execution, as in Step Functions. */
const stateDataLimit = 262_144;

/**
 * One execution: the definition interpreted, its history written as Step Functions writes it.
 * An abort and the machine's own timeout run no Catch, and leave tasks to the recorder.
 */
export class Execution {
  readonly facts: ExecutionFacts;
  readonly events: HistoryEvent[] = [];
  status: ExecutionStatus = 'RUNNING';
  stoppedAt: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  readonly #hooks: ExecutionHooks;
  readonly #entered = new Map<string, number>();
  #abort: (() => void) | undefined;
  #timedOut = false;
  /** Rejects when the execution is ended from outside, so that nothing goes on waiting for its tasks. */
  readonly #cut = Promise.withResolvers<never>();
  #abortWith: { readonly error: string; readonly cause: string } | undefined;

  constructor(facts: ExecutionFacts, hooks: ExecutionHooks) {
    this.facts = facts;
    this.#hooks = hooks;
    this.#cut.promise.catch(() => undefined);
  }

  /** Interprets to the end. Never rejects: how it ended is the execution's status. */
  async run(): Promise<void> {
    const { definition } = this.#hooks;
    const input: JsonValue = JSON.parse(this.facts.input);
    this.#append('ExecutionStarted', this.facts.startedAt, {
      executionStartedEventDetails: { input: this.facts.input },
    });
    const handlers = Object.fromEntries(
      [...taskStatesOf(definition)].map(([name, resource]) => [name, this.#taskHandler(name, resource)]),
    );
    // Definitions are ours, typed and linted; the interpreter's own type is wider than readonly allows.
    const adapted = JSON.parse(JSON.stringify(adaptDefinition(definition)));
    const running = new Interpreter(adapted, {
      // Definitions are validated and linted by the tests; doing it again costs a tenth of a second a run.
      validationOptions: { noValidate: true },
    }).run(mutable(input), {
      overrides: { taskResourceLocalHandlers: handlers },
      context: {
        Execution: {
          Id: this.facts.arn,
          Name: this.facts.name,
          Input: mutable(input),
          StartTime: new Date(this.facts.startedAt).toISOString(),
        },
        StateMachine: { Id: this.facts.stateMachineArn },
      },
    });
    this.#abort = running.abort;
    if (this.#abortWith !== undefined) running.abort();
    const watched = this.#watch(running.eventLogs);
    const wholeTimeout = setTimeout(() => {
      this.#timedOut = true;
      running.abort();
      this.#cut.reject(new StatesError('States.Timeout', ''));
    }, definition.TimeoutSeconds * 1_000);
    wholeTimeout.unref();
    try {
      const output = JSON.stringify(await running.result);
      await watched;
      this.#end('SUCCEEDED', { output });
    } catch (error) {
      await watched;
      this.#endWith(error);
    } finally {
      clearTimeout(wholeTimeout);
    }
  }

  /** Ends the execution as StopExecution does. */
  abort(error: string, cause: string): void {
    if (this.status !== 'RUNNING' || this.#abortWith !== undefined) return;
    this.#abortWith = { error, cause };
    this.#abort?.();
    this.#cut.reject(new StatesError(error, cause));
  }

  async #watch(events: AsyncIterable<unknown>): Promise<void> {
    for await (const event of events as AsyncIterable<InterpreterEvent>) {
      if (event.type === 'StateEntered' && event.state !== undefined) {
        this.#entered.set(event.state.name, (this.#entered.get(event.state.name) ?? 0) + 1);
      }
      const mapped = historyEventOf(event);
      if (mapped !== undefined) this.#append(mapped.type, event.timestamp, mapped.details);
    }
  }

  #taskHandler(state: string, resource: string) {
    let calls = 0;
    return async (received: JsonValue): Promise<never> => {
      calls += 1;
      await this.#untilEntered(state, calls);
      const { seconds, parameters } = takeTimeout(received);
      const [, , service = '', action = ''] = resource.split(':').slice(3);
      const common = { resourceType: service || 'ecs', resource: action || 'runTask.sync' };
      const emit: EmitTaskEvent = (type, details) =>
        this.#append(type, Date.now(), {
          [`${type.slice(0, 1).toLowerCase()}${type.slice(1)}EventDetails`]: { ...common, ...details },
        });
      const text = JSON.stringify(parameters);
      emit('TaskScheduled', { region: 'eu-west-2', parameters: text, timeoutInSeconds: seconds });
      emit('TaskStarted', {});
      const work = this.#hooks.handlerOf(resource)(parameters, emit);
      const result = await Promise.race([withinSeconds(work, seconds, emit), this.#cut.promise]);
      const output = JSON.stringify(result);
      if (output.length > stateDataLimit) {
        throw new StatesError(
          'States.DataLimitExceeded',
          `the result of ${state} is larger than ${stateDataLimit} bytes`,
        );
      }
      emit('TaskSucceeded', { output });
      // The interpreter's types know only mutable JSON.
      return result as never;
    };
  }

  /** The interpreter reports a state's entry a moment after it calls the handler; the history is in order all the same. */
  async #untilEntered(state: string, calls: number): Promise<void> {
    for (let turn = 0; turn < 100 && (this.#entered.get(state) ?? 0) < calls; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #append(type: string, timestamp: number, details: Record<string, JsonValue>): void {
    const id = this.events.length + 1;
    const event: HistoryEvent = {
      id,
      previousEventId: id - 1,
      type,
      timestamp: timestamp / 1_000,
      ...details,
    };
    this.events.push(event);
    this.#hooks.onEvent(this, event);
  }

  #endWith(error: unknown): void {
    if (error instanceof ExecutionAbortedError && !this.#timedOut) {
      this.#end('ABORTED', this.#abortWith ?? { error: 'States.Aborted', cause: '' });
    } else if (error instanceof ExecutionAbortedError) {
      this.#end('TIMED_OUT', { error: 'States.Timeout', cause: 'the execution exceeded its TimeoutSeconds' });
    } else {
      const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const name = inner instanceof Error ? inner.name : 'States.Runtime';
      this.#end('FAILED', { error: name, cause: messageOf(inner) });
    }
  }

  #end(
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    result: { readonly output: string } | { readonly error: string; readonly cause: string },
  ): void {
    this.status = status;
    this.stoppedAt = Date.now();
    if ('output' in result) this.output = result.output;
    else {
      this.error = result.error;
      this.cause = result.cause;
    }
    const type = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' }[
      status
    ];
    this.#append(`Execution${type}`, this.stoppedAt, { [`execution${type}EventDetails`]: result });
    this.#hooks.onEnded(this);
  }
}

function mutable(value: JsonValue): never {
  return structuredClone(value) as never;
}

/** Fails with `States.Timeout` when the work takes longer; the work itself goes on, as a real task would. */
async function withinSeconds(
  work: Promise<JsonValue>,
  seconds: number,
  emit: EmitTaskEvent,
): Promise<JsonValue> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    if (seconds > 0) {
      timer = setTimeout(() => {
        emit('TaskTimedOut', { error: 'States.Timeout' });
        reject(new StatesError('States.Timeout', ''));
      }, seconds * 1_000);
    }
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
