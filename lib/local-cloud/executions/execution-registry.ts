import { stateMachineName } from '../../../config/names.ts';
import { messageOf } from '../../vocabulary/failure.ts';
import type { StateMachine } from '../../workflows/state-machine.ts';
import { Execution, type ExecutionHooks, type TaskHandler } from './execution.ts';
import type { Journal, JournalLine } from './journal.ts';
import { StatesError } from './states-error.ts';

export type ExecutionRegistryOptions = {
  readonly environment: string;
  readonly region: string;
  readonly account: string;
  readonly definitions: Readonly<Record<string, StateMachine>>;
  /** How a Task state is carried out, by its resource. */
  readonly handlers: Readonly<Record<string, TaskHandler>>;
  readonly journal: Journal;
  readonly onEnded: (execution: Execution) => void;
  readonly complain: (line: string) => void;
};

/** The executions of this cloud, journaled; those that ran when an earlier process died run on. */
export class ExecutionRegistry {
  readonly #options: ExecutionRegistryOptions;
  readonly #machines = new Map<string, { readonly workflow: string; readonly definition: StateMachine }>();
  readonly #executions = new Map<string, Execution>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: ExecutionRegistryOptions) {
    this.#options = options;
    for (const [workflow, definition] of Object.entries(options.definitions)) {
      const name = stateMachineName(options.environment, workflow);
      this.#machines.set(`arn:aws:states:${options.region}:${options.account}:stateMachine:${name}`, {
        workflow,
        definition,
      });
    }
  }

  hasStateMachine(arn: string): boolean {
    return this.#machines.has(arn);
  }

  definitionOf(arn: string): StateMachine | undefined {
    return this.#machines.get(arn)?.definition;
  }

  find(executionArn: string): Execution | undefined {
    return this.#executions.get(executionArn);
  }

  findByName(stateMachineArn: string, name: string): Execution | undefined {
    return this.#executions.get(executionArnOf(stateMachineArn, name));
  }

  list(stateMachineArn: string): readonly Execution[] {
    return [...this.#executions.values()].filter(({ facts }) => facts.stateMachineArn === stateMachineArn);
  }

  all(): readonly Execution[] {
    return [...this.#executions.values()];
  }

  running(): readonly Execution[] {
    return [...this.#executions.values()].filter(({ status }) => status === 'RUNNING');
  }

  start(stateMachineArn: string, name: string, input: string): Execution {
    const machine = this.#machines.get(stateMachineArn);
    if (machine === undefined) throw new Error(`no state machine ${stateMachineArn}`);
    const facts = {
      arn: executionArnOf(stateMachineArn, name),
      name,
      stateMachineArn,
      input,
      startedAt: Date.now(),
    };
    this.#options.journal.append(name, { kind: 'started', workflow: machine.workflow, ...facts });
    return this.#begin(new Execution(facts, this.#hooks(machine.definition)));
  }

  async stop(execution: Execution, error: string, cause: string): Promise<void> {
    execution.abort(error, cause);
    await this.#running.get(execution.facts.arn);
  }

  /**
   * Takes up what the journal holds. Executions that had ended are remembered. Those that had not are
   * interpreted again from their input: launches that were made are adopted by launch key, so nothing
   * is launched twice and the story goes on where it was. Ends are told once all that runs is known.
   */
  async restore(): Promise<void> {
    const endedBefore: Execution[] = [];
    for (const { started, events, ended } of await this.#options.journal.readAll()) {
      const machine = this.#machines.get(started.stateMachineArn);
      if (machine === undefined) continue;
      const { arn, name, stateMachineArn, input, startedAt } = started;
      const execution = new Execution(
        { arn, name, stateMachineArn, input, startedAt },
        this.#hooks(machine.definition),
      );
      if (ended === undefined) {
        this.#note(name, { kind: 'resumed', at: Date.now() });
        this.#begin(execution);
        continue;
      }
      for (const event of events) execution.events.push(event as Execution['events'][number]);
      execution.status = ended.status;
      execution.stoppedAt = ended.stoppedAt;
      execution.output = ended.output;
      execution.error = ended.error;
      execution.cause = ended.cause;
      this.#executions.set(arn, execution);
      endedBefore.push(execution);
    }
    // Whoever is told asks what else runs: told too early, it takes the gate from an execution that needs it.
    for (const execution of endedBefore) this.#options.onEnded(execution);
  }

  #begin(execution: Execution): Execution {
    const { arn } = execution.facts;
    this.#executions.set(arn, execution);
    this.#running.set(
      arn,
      execution.run().finally(() => this.#running.delete(arn)),
    );
    return execution;
  }

  /** A line that the disk refuses ends no execution: a later process interprets what is missing again. */
  #note(name: string, line: JournalLine): void {
    try {
      this.#options.journal.append(name, line);
    } catch (error) {
      this.#options.complain(`journal of ${name}: ${messageOf(error)}`);
    }
  }

  #hooks(definition: StateMachine): ExecutionHooks {
    return {
      definition,
      handlerOf: (resource) =>
        this.#options.handlers[resource] ??
        (async () => {
          throw new StatesError('States.Runtime', `this cloud has no integration ${resource}`);
        }),
      onEvent: (execution, event) => this.#note(execution.facts.name, { kind: 'event', event }),
      onEnded: (execution) => {
        const { status, stoppedAt, output, error, cause } = execution;
        if (status === 'RUNNING' || stoppedAt === undefined) return;
        this.#note(execution.facts.name, {
          kind: 'ended',
          status,
          stoppedAt,
          ...(output === undefined ? {} : { output }),
          ...(error === undefined ? {} : { error }),
          ...(cause === undefined ? {} : { cause }),
        });
        this.#options.onEnded(execution);
      },
    };
  }
}

function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
