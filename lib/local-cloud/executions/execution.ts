import { ExecutionAbortedError, StateMachine as Interpreter } from 'aws-local-stepfunctions';
import { messageOf } from '../../vocabulary/failure.ts';
import type { JsonValue } from '../../vocabulary/json.ts';
import type { StateMachine } from '../../workflows/state-machine.ts';
import { adaptDefinition, itemCountOf, takeAdditions, taskStatesOf } from './adapt-definition.ts';
import { type HistoryEvent, HistoryWriter, type InterpreterEvent, type Thread } from './history.ts';
import { StatesError } from './states-error.ts';
import { type EmitTaskEvent, integrationOf, lastWords, withinSeconds } from './task-life.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export type ExecutionFacts = {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly startedAt: number;
};

/** Carries out one Task state. Rejects with a `StatesError`; what it resolves with is the state's result. */
export type TaskHandler = (parameters: Record<string, unknown>, emit: EmitTaskEvent) => Promise<JsonValue>;

export type ExecutionHooks = {
  readonly definition: StateMachine;
  readonly handlerOf: (resource: string) => TaskHandler;
  readonly onEvent: (execution: Execution, event: HistoryEvent) => void;
  readonly onEnded: (execution: Execution) => void;
};

/** A result or an output of a state that has more bytes of UTF-8 as JSON fails the execution, as in Step Functions. */
const stateDataLimit = 262_144;

/**
 * One execution: the definition interpreted, its history written as Step Functions writes it.
 * An abort, the machine's own timeout and data beyond the limit run no Catch, and leave tasks to the recorder.
 */
export class Execution {
  readonly facts: ExecutionFacts;
  status: ExecutionStatus = 'RUNNING';
  stoppedAt: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  readonly #hooks: ExecutionHooks;
  readonly #history: HistoryWriter;
  /** Threads that have entered a Task state whose handler has not been called yet, by state and input. */
  readonly #entered = new Map<string, Thread[]>();
  #abort: (() => void) | undefined;
  #timedOut = false;
  /** Rejects when the execution is ended from outside, so that nothing goes on waiting for its tasks. */
  readonly #cut = Promise.withResolvers<never>();
  #abortWith: { readonly error: string; readonly cause: string } | undefined;
  #exceeded: StatesError | undefined;

  constructor(facts: ExecutionFacts, hooks: ExecutionHooks) {
    this.facts = facts;
    this.#hooks = hooks;
    this.#history = new HistoryWriter(
      (event) => hooks.onEvent(this, event),
      (map, input) => itemCountOf(hooks.definition, map, input),
    );
    this.#cut.promise.catch(() => undefined);
  }

  get events(): HistoryEvent[] {
    return this.#history.events;
  }

  /** Interprets to the end. Never rejects: how it ended is the execution's status. */
  async run(): Promise<void> {
    const { definition } = this.#hooks;
    const input: JsonValue = JSON.parse(this.facts.input);
    this.#history.started(this.facts.startedAt, this.facts.input);
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
      if (this.#exceeded === undefined) this.#end('SUCCEEDED', { output });
      else this.#endWith(this.#exceeded);
    } catch (error) {
      await watched;
      this.#endWith(this.#exceeded ?? error);
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

  /** Ends the execution: Step Functions lets no Catch and no Retry have this error. */
  #exceed(state: string): StatesError {
    this.#exceeded ??= new StatesError(
      'States.DataLimitExceeded',
      `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
    this.#abort?.();
    this.#cut.reject(this.#exceeded);
    return this.#exceeded;
  }

  async #watch(events: AsyncIterable<unknown>): Promise<void> {
    for await (const event of events as AsyncIterable<InterpreterEvent>) {
      // The interpreter tells of an output a moment after it went on with it: what came of that is not told.
      if (this.#exceeded !== undefined) continue;
      if (event.type === 'StateExited' && isBeyondLimit(JSON.stringify(event.state?.output ?? null))) {
        this.#exceed(event.state?.name ?? '');
        continue;
      }
      this.#history.observe(event);
      if (event.type !== 'StateEntered' || event.state?.type !== 'Task') continue;
      const entry = entryOf(event.state.name, event.state.input);
      this.#entered.set(entry, [...(this.#entered.get(entry) ?? []), event.index ?? 'machine']);
    }
  }

  #taskHandler(state: string, resource: string) {
    return async (received: JsonValue): Promise<never> => {
      const { seconds, input, parameters } = takeAdditions(received);
      const thread = await this.#whoEntered(state, input);
      // Every output before this state is known by now: nothing is launched with one that is too large.
      if (this.#exceeded !== undefined) throw this.#exceeded;
      const common = integrationOf(resource);
      // After its last word, or after the execution's, a task is no longer told about.
      let open = true;
      const emit: EmitTaskEvent = (type, details) => {
        if (!open || this.status !== 'RUNNING') return;
        open = !lastWords.has(type);
        this.#history.task(thread, type, Date.now(), { ...common, ...details });
      };
      emit('TaskScheduled', {
        region: this.facts.arn.split(':')[3] ?? '',
        parameters: JSON.stringify(parameters),
        timeoutInSeconds: seconds,
      });
      emit('TaskStarted', {});
      try {
        const work = this.#hooks.handlerOf(resource)(parameters, emit);
        const result = await Promise.race([withinSeconds(work, seconds, emit), this.#cut.promise]);
        const output = JSON.stringify(result);
        if (isBeyondLimit(output)) {
          const exceeded = this.#exceed(state);
          emit('TaskFailed', { error: exceeded.name, cause: exceeded.message });
          throw exceeded;
        }
        emit('TaskSucceeded', { output });
        // The interpreter's types know only mutable JSON.
        return result as never;
      } catch (error) {
        const cut = this.#abortWith !== undefined || this.#timedOut || this.#exceeded !== undefined;
        if (!cut && error instanceof Error) emit('TaskFailed', { error: error.name, cause: error.message });
        throw error;
      }
    };
  }

  /** The interpreter reports a state's entry a moment after it calls the handler; the history is in order all the same. */
  async #whoEntered(state: string, input: JsonValue): Promise<Thread> {
    const entry = entryOf(state, input);
    for (let turn = 0; turn < 100; turn += 1) {
      const thread = this.#entered.get(entry)?.shift();
      if (thread !== undefined) return thread;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return 'machine';
  }

  #endWith(error: unknown): void {
    if (error instanceof ExecutionAbortedError && !this.#timedOut) {
      this.#end('ABORTED', this.#abortWith ?? { error: 'States.Aborted', cause: '' });
    } else if (error instanceof ExecutionAbortedError) {
      // Step Functions gives it neither error nor cause.
      this.#end('TIMED_OUT', {});
    } else {
      const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const name = inner instanceof Error ? inner.name : 'States.Runtime';
      this.#end('FAILED', { error: name, cause: messageOf(inner) });
    }
  }

  #end(
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    result: { readonly output?: string; readonly error?: string; readonly cause?: string },
  ): void {
    this.status = status;
    this.stoppedAt = Date.now();
    this.output = result.output;
    this.error = result.error;
    this.cause = result.cause;
    const ending = {
      SUCCEEDED: 'Succeeded',
      FAILED: 'Failed',
      TIMED_OUT: 'TimedOut',
      ABORTED: 'Aborted',
    } as const;
    this.#history.ended(ending[status], this.stoppedAt, { ...result });
    this.#hooks.onEnded(this);
  }
}

function isBeyondLimit(json: string): boolean {
  return Buffer.byteLength(json) > stateDataLimit;
}

function entryOf(state: string, input: unknown): string {
  return `${state} ${JSON.stringify(input)}`;
}

function mutable(value: JsonValue): never {
  return structuredClone(value) as never;
}
