import assert from 'node:assert/strict';
import { z } from 'zod';
import type { HistoryEvent } from '../../../lib/local-cloud/executions/history.ts';
import type { JsonValue } from '../../../lib/vocabulary/json.ts';
import type {
  Branch,
  MapState,
  State,
  StateMachine,
  TaskState,
} from '../../../lib/workflows/state-machine.ts';
import { choose, fillTemplate, placeResult, valueAt } from './states-language.ts';

/**
 * Whether a history is one that Step Functions could have written of a definition: which events may follow
 * which, by the rules that golden/README.md collects, and what each state made of its input. Knows
 * nothing of the interpreter. Throws an `AssertionError` at the first event that could not be.
 */
export function assertLawful(machine: StateMachine, executionName: string, events: readonly HistoryEvent[]) {
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, index) => index + 1),
    'events are numbered from 1',
  );
  new Reading(machine, executionName, events).read();
}

const detailsSchema = z.looseObject({
  name: z.string().optional(),
  input: z.string().optional(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  resource: z.string().optional(),
  resourceType: z.string().optional(),
  parameters: z.string().optional(),
  timeoutInSeconds: z.number().optional(),
  index: z.number().optional(),
  length: z.number().optional(),
});
type Details = z.infer<typeof detailsSchema>;

/** How a branch went: to its end with an output, into a failure, or cut off with its execution. */
type Outcome =
  | { readonly kind: 'ended'; readonly last: HistoryEvent; readonly output: JsonValue }
  | { readonly kind: 'failed'; readonly last: HistoryEvent; readonly error: string; readonly cause: string }
  | { readonly kind: 'cut' };

class Reading {
  readonly #machine: StateMachine;
  readonly #executionName: string;
  readonly #events: readonly HistoryEvent[];
  readonly #read = new Set<number>();

  constructor(machine: StateMachine, executionName: string, events: readonly HistoryEvent[]) {
    this.#machine = machine;
    this.#executionName = executionName;
    this.#events = events;
  }

  read(): void {
    const started = this.#events[0] ?? assert.fail('an execution starts');
    const ended = this.#events.at(-1) ?? assert.fail('an execution ends');
    assert.deepEqual([started.type, started.previousEventId], ['ExecutionStarted', 0]);
    this.#read.add(started.id).add(ended.id);
    const input = textOf(detailsOf(started, 'executionStartedEventDetails').input);
    const first = this.#next(0, `${this.#machine.States[this.#machine.StartAt]?.Type}StateEntered`);
    const outcome: Outcome =
      first === undefined
        ? { kind: 'cut' }
        : this.#branch(this.#machine, this.#machine.StartAt, first, input);
    const unread = this.#events.filter(({ id }) => !this.#read.has(id));
    assert.deepEqual(unread, [], 'every event has its place');
    switch (outcome.kind) {
      case 'ended':
        assert.deepEqual([ended.type, ended.previousEventId], ['ExecutionSucceeded', outcome.last.id]);
        sameIfTold(detailsOf(ended, 'executionSucceededEventDetails').output, outcome.output, 'the output');
        return;
      case 'failed': {
        const { error, cause } = detailsOf(ended, 'executionFailedEventDetails');
        assert.deepEqual([ended.type, ended.previousEventId], ['ExecutionFailed', outcome.last.id]);
        assert.deepEqual([error, cause], [outcome.error, outcome.cause]);
        return;
      }
      case 'cut':
        assert.ok(['ExecutionAborted', 'ExecutionTimedOut'].includes(ended.type), 'only an end cuts off');
        assert.equal(ended.previousEventId, 0, 'an end from outside follows nothing');
    }
  }

  /** Follows a branch from the entry into its first state. */
  #branch(branch: Branch, startAt: string, entry: HistoryEvent, startInput: JsonValue): Outcome {
    let name = startAt;
    let input = startInput;
    let entered = entry;
    for (;;) {
      const state = branch.States[name] ?? assert.fail(`no state ${name}`);
      this.#checkEntry(entered, name, state, input);
      const step = this.#state(name, state, entered, input);
      if ('kind' in step) return step;
      const exit = this.#next(step.last.id, `${state.Type}StateExited`);
      assert.ok(exit !== undefined, `${name} was left`);
      const details = detailsOf(exit, 'stateExitedEventDetails');
      assert.equal(details.name, name);
      sameIfTold(details.output, step.output, `what ${name} put out`);
      if (step.next === undefined) return { kind: 'ended', last: exit, output: step.output };
      const next = this.#next(exit.id, `${branch.States[step.next]?.Type}StateEntered`);
      if (next === undefined) return { kind: 'cut' };
      [name, input, entered] = [step.next, step.output, next];
    }
  }

  #checkEntry(entered: HistoryEvent, name: string, state: State, input: JsonValue): void {
    const details = detailsOf(entered, 'stateEnteredEventDetails');
    assert.deepEqual([entered.type, details.name], [`${state.Type}StateEntered`, name]);
    sameIfTold(details.input, input, `what ${name} was given`);
  }

  /** What a state did: where it went on with what, or how its branch ended in it. */
  #state(
    name: string,
    state: State,
    entered: HistoryEvent,
    input: JsonValue,
  ):
    | Outcome
    | { readonly last: HistoryEvent; readonly output: JsonValue; readonly next: string | undefined } {
    switch (state.Type) {
      case 'Choice':
        return { last: entered, output: input, next: choose(state.Choices, state.Default, input) };
      case 'Pass': {
        const made =
          state.Result ?? (state.Parameters === undefined ? input : this.#fill(state.Parameters, input));
        return { last: entered, output: placeResult(state.ResultPath, input, made), next: nextOf(state) };
      }
      case 'Wait':
      case 'Succeed':
        return { last: entered, output: input, next: nextOf(state) };
      case 'Fail': {
        const cause = 'Cause' in state ? state.Cause : String(valueAt(state.CausePath, input));
        return { kind: 'failed', last: entered, error: state.Error, cause };
      }
      case 'Task':
        return this.#task(name, state, entered, input);
      case 'Map':
        return this.#map(name, state, entered, input);
      case 'Parallel':
        return assert.fail('our definitions have no Parallel');
    }
  }

  #task(name: string, state: TaskState, entered: HistoryEvent, input: JsonValue) {
    const resource = state.Resource.slice('arn:aws:states:::'.length);
    const checkResource = (event: HistoryEvent) => {
      const details = detailsOf(event, `${lowered(event.type)}EventDetails`);
      assert.equal(`${details.resourceType}:${details.resource}`, resource);
      return details;
    };
    const scheduled = this.#next(entered.id, 'TaskScheduled') ?? assert.fail(`${name} was scheduled`);
    const { parameters, timeoutInSeconds } = checkResource(scheduled);
    const timeout =
      'TimeoutSecondsPath' in state ? valueAt(state.TimeoutSecondsPath, input) : state.TimeoutSeconds;
    assert.equal(timeoutInSeconds, timeout);
    // Step Functions says that it was Step Functions.
    const { StartedBy: _, ...asked } = z.record(z.string(), z.json()).parse(textOf(parameters));
    assert.deepEqual(asked, this.#fill(state.Parameters, input), `what ${name} asked for`);
    const started = this.#next(scheduled.id, 'TaskStarted') ?? assert.fail(`${name} was started`);
    checkResource(started);
    const submits = resource.endsWith('.sync');
    const submitted = submits ? this.#next(started.id, 'TaskSubmitted') : started;
    if (submitted === undefined) {
      const refused = this.#next(started.id, 'TaskSubmitFailed') ?? assert.fail(`${name} was submitted`);
      return this.#caught(state, refused, input, checkResource(refused));
    }
    if (submits) checkResource(submitted);
    const last = this.#next(submitted.id, 'TaskSucceeded', 'TaskFailed', 'TaskTimedOut');
    if (last === undefined) return { kind: 'cut' } as const;
    const details = checkResource(last);
    if (last.type !== 'TaskSucceeded') return this.#caught(state, last, input, details);
    const result = textOf(details.output);
    const selected = state.ResultSelector === undefined ? result : this.#fill(state.ResultSelector, result);
    return { last, output: placeResult(state.ResultPath, input, selected), next: nextOf(state) };
  }

  #caught(
    state: TaskState | MapState,
    last: HistoryEvent,
    input: JsonValue,
    { error = '', cause = '' }: Details,
  ) {
    // States.TaskFailed stands for every error of a task but its timeout.
    const covers = (name: string) =>
      name === error ||
      name === 'States.ALL' ||
      (name === 'States.TaskFailed' && state.Type === 'Task' && error !== 'States.Timeout');
    const catcher = state.Catch.find(({ ErrorEquals }) => ErrorEquals.some(covers));
    if (catcher === undefined) return { kind: 'failed', last, error, cause } as const;
    const output = placeResult(catcher.ResultPath, input, { Error: error, Cause: cause });
    return { last, output, next: catcher.Next };
  }

  #map(name: string, state: MapState, entered: HistoryEvent, input: JsonValue) {
    const started = this.#next(entered.id, 'MapStateStarted') ?? assert.fail(`${name} was started`);
    const items = z.array(z.json()).parse(valueAt(state.ItemsPath, input));
    assert.equal(detailsOf(started, 'mapStateStartedEventDetails').length, items.length);
    const begun = this.#events.filter(({ type }) => type === 'MapIterationStarted');
    let ended: HistoryEvent = started;
    const outputs: JsonValue[] = [];
    for (const iteration of begun) {
      const { index = -1, name: map } = detailsOf(iteration, 'mapIterationStartedEventDetails');
      assert.equal(map, name);
      this.#read.add(iteration.id);
      const item = items[index] ?? assert.fail(`there is no item ${index}`);
      if (begun.length <= state.MaxConcurrency) assert.equal(iteration.previousEventId, started.id);
      const { States, StartAt } = state.ItemProcessor;
      const first = this.#next(iteration.id, `${States[StartAt]?.Type}StateEntered`);
      if (first === undefined) continue;
      const outcome = this.#branch(state.ItemProcessor, StartAt, first, item);
      if (outcome.kind === 'cut') continue;
      assert.equal(outcome.kind, 'ended', 'no lane lets an error out');
      const done = this.#next(outcome.last.id, 'MapIterationSucceeded') ?? assert.fail('the iteration ended');
      assert.equal(detailsOf(done, 'mapIterationSucceededEventDetails').index, index);
      if (done.id > ended.id) ended = done;
      outputs[index] = outcome.kind === 'ended' ? outcome.output : null;
    }
    const succeeded = this.#next(ended.id, 'MapStateSucceeded');
    if (succeeded === undefined) return { kind: 'cut' } as const;
    assert.equal(begun.length, items.length);
    // The exit follows the last iteration, not the success of the Map.
    return { last: ended, output: placeResult(state.ResultPath, input, outputs), next: nextOf(state) };
  }

  #fill(template: JsonValue, input: JsonValue): JsonValue {
    return fillTemplate(template, input, this.#executionName);
  }

  /** The one event of these types that follows another; it is read then. */
  #next(id: number, ...types: readonly string[]): HistoryEvent | undefined {
    const found = this.#events.filter(
      (event) => event.previousEventId === id && types.includes(event.type) && !this.#read.has(event.id),
    );
    assert.ok(found.length <= 1, `${found.length} events ${types.join(' or ')} follow ${id}`);
    const [event] = found;
    if (event !== undefined) this.#read.add(event.id);
    return event;
  }
}

function nextOf(state: { readonly Next?: string } | object): string | undefined {
  return 'Next' in state ? state.Next : undefined;
}

function lowered(type: string): string {
  return `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`;
}

function detailsOf(event: HistoryEvent, member: string): Details {
  const details = detailsSchema.safeParse(event[member]);
  assert.ok(details.success, `event ${event.id}, a ${event.type}, has ${member}`);
  return details.data;
}

/** A history may be read without its data; what it tells must be right. */
function sameIfTold(text: string | undefined, value: JsonValue, what: string): void {
  if (text !== undefined) assert.deepEqual(textOf(text), value, what);
}

function textOf(text: string | undefined): JsonValue {
  return z.json().parse(JSON.parse(text ?? assert.fail('there is a text of JSON')));
}
