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
  /** Which iteration of a Map it is of; absent outside of one. */
  readonly index?: number;
  readonly state?: {
    readonly name: string;
    readonly type: string;
    readonly input: unknown;
    readonly output?: unknown;
  };
  readonly parentState?: { readonly name: string };
};

/** What follows one another: the machine itself, or one iteration of its Map. */
export type Thread = 'machine' | number;

/**
 * The history of one execution as Step Functions writes it: numbered from 1, each event after the one of its
 * own thread. A Map begins its iterations after its start, or after what freed their place; it goes on after
 * the iteration that ended last. What ends an execution from outside follows nothing.
 *
 * The interpreter tells of iterations a little late; the machine waits with its own events until they are told.
 * A failed state shows as the task's own event. Iterations that are cut off because another one failed are
 * not told: no lane of ours lets an error out.
 */
export class HistoryWriter {
  readonly events: HistoryEvent[] = [];
  readonly #onEvent: (event: HistoryEvent) => void;
  readonly #itemCountOf: (map: string, input: unknown) => number;
  readonly #last = new Map<Thread, number>();
  /** What an iteration that begins now follows. */
  #placeFreedBy = 0;
  #mapFailed = false;
  /** Iterations of the Map that is open whose end has not been told. */
  #openIterations = 0;
  /** What the machine would write, were those iterations told. */
  #held: (() => void)[] = [];

  /** `itemCountOf`: how many iterations a Map state makes of an input. */
  constructor(onEvent: (event: HistoryEvent) => void, itemCountOf: (map: string, input: unknown) => number) {
    this.#onEvent = onEvent;
    this.#itemCountOf = itemCountOf;
  }

  started(timestamp: number, input: string): void {
    this.#write(0, 'ExecutionStarted', timestamp, { executionStartedEventDetails: { input } });
  }

  /** `result` has `output`, or `error` and `cause`, or nothing. */
  ended(
    status: 'Succeeded' | 'Failed' | 'TimedOut' | 'Aborted',
    timestamp: number,
    result: Readonly<Record<string, JsonValue>>,
  ): void {
    this.#release();
    const fromOutside = status === 'TimedOut' || status === 'Aborted';
    const previous = fromOutside ? 0 : this.#lastOf('machine');
    this.#write(previous, `Execution${status}`, timestamp, { [`execution${status}EventDetails`]: result });
  }

  /** An event of a task's life; `details` are without the name that each type gives them. */
  task(thread: Thread, type: string, timestamp: number, details: Readonly<Record<string, JsonValue>>): void {
    const member = `${type.slice(0, 1).toLowerCase()}${type.slice(1)}EventDetails`;
    this.#inTurn(thread, () => void this.#append(thread, type, timestamp, { [member]: details }));
  }

  /** Writes what Step Functions would for an event of the interpreter. */
  observe(event: InterpreterEvent): void {
    const left = event.type === 'StateExited' && event.state?.type === 'Map';
    if (left && this.#openIterations > 0) this.#held.push(() => this.#tell(event));
    else this.#inTurn(event.index ?? 'machine', () => this.#tell(event));
  }

  #inTurn(thread: Thread, write: () => void): void {
    if (thread === 'machine' && this.#held.length > 0) this.#held.push(write);
    else write();
  }

  #release(): void {
    this.#openIterations = 0;
    for (const write of this.#held.splice(0)) write();
  }

  #tell(event: InterpreterEvent): void {
    const { state, timestamp, index } = event;
    const thread = index ?? 'machine';
    switch (event.type) {
      case 'StateEntered':
        if (state === undefined) return;
        this.#append(thread, `${state.type}StateEntered`, timestamp, {
          stateEnteredEventDetails: { name: state.name, input: JSON.stringify(state.input) },
        });
        if (state.type === 'Map') this.#mapStarted(timestamp, this.#itemCountOf(state.name, state.input));
        return;
      case 'StateFailed':
        if (state?.type === 'Map') {
          this.#mapFailed = true;
          this.#append(thread, 'MapStateFailed', timestamp, {});
        }
        return;
      case 'StateExited':
        // A Fail state is never left: the execution, or the iteration, ends in it.
        if (state === undefined || state.type === 'Fail') return;
        if (state.type === 'Map' && !this.#mapFailed) {
          this.#write(this.#lastOf('machine'), 'MapStateSucceeded', timestamp, {});
        }
        this.#append(thread, `${state.type}StateExited`, timestamp, {
          stateExitedEventDetails: { name: state.name, output: JSON.stringify(state.output ?? null) },
        });
        return;
      case 'MapIterationStarted':
        this.#last.set(thread, this.#placeFreedBy);
        this.#iteration(event, 'Started');
        return;
      case 'MapIterationSucceeded':
        this.#placeFreedBy = this.#lastOf(thread);
        this.#last.set('machine', this.#iteration(event, 'Succeeded'));
        this.#openIterations -= 1;
        if (this.#openIterations <= 0) this.#release();
        return;
      case 'MapIterationFailed':
        this.#last.set('machine', this.#lastOf(thread));
        this.#iteration(event, 'Failed');
        this.#release();
        return;
    }
  }

  #mapStarted(timestamp: number, length: number): void {
    this.#mapFailed = false;
    this.#openIterations = length;
    this.#placeFreedBy = this.#append('machine', 'MapStateStarted', timestamp, {
      mapStateStartedEventDetails: { length },
    });
  }

  #iteration({ index, parentState, timestamp }: InterpreterEvent, what: string): number {
    const details = { name: parentState?.name ?? '', index: index ?? 0 };
    return this.#append(index ?? 0, `MapIteration${what}`, timestamp, {
      [`mapIteration${what}EventDetails`]: details,
    });
  }

  #lastOf(thread: Thread): number {
    return this.#last.get(thread) ?? 0;
  }

  #append(thread: Thread, type: string, timestamp: number, details: Record<string, JsonValue>): number {
    const id = this.#write(this.#lastOf(thread), type, timestamp, details);
    this.#last.set(thread, id);
    return id;
  }

  #write(
    previousEventId: number,
    type: string,
    timestamp: number,
    details: Record<string, JsonValue>,
  ): number {
    const id = this.events.length + 1;
    const event: HistoryEvent = { id, previousEventId, type, timestamp: timestamp / 1_000, ...details };
    this.events.push(event);
    this.#onEvent(event);
    return id;
  }
}
