import { sha256Of } from '../../../lib/evidence/format/digest.ts';
import { StatesError } from '../../../lib/local-cloud/executions/states-error.ts';
import { splitLaunchKey } from '../../../lib/vocabulary/identifiers.ts';
import type { StateMachine } from '../../../lib/workflows/state-machine.ts';
import { type AttemptFaults, type FaultSchedule, faultsOf } from './fault-schedule.ts';
import type { Outcome } from './judge-played.ts';
import { noSeams, type Seams } from './seams.ts';

/** A defect that a change to the product might bring, and where the schedules must find it. Of `one-shot` runs. */
export type PlantedDefect = {
  readonly name: string;
  readonly seams: (schedule: FaultSchedule) => Seams;
  /** Schedules in which it does harm; `first` is what befalls the first attempt. Pure. */
  readonly isHarmful: (schedule: FaultSchedule, first: AttemptFaults) => boolean;
  readonly outcome: Outcome;
  /** What one of the problems says. */
  readonly problem: RegExp;
};

const ran = ({ launch, start }: AttemptFaults) => launch === 'accepted' && start === 'started';
const isCalm = ({ wire, store, clocks }: FaultSchedule) =>
  wire.length === 0 && store.length === 0 && clocks.operatorMillis === 0 && clocks.dateMillis === 0;

export const plantedDefects: readonly PlantedDefect[] = [
  {
    name: 'a launch whose answer was lost is launched again',
    seams: () => ({ ...noSeams, machine: relaunchingWhatIsUnknown }),
    isHarmful: (schedule, first) =>
      isCalm(schedule) && first.launch === 'lost-after' && first.start === 'started' && first.act === 'done',
    outcome: 'duplicate',
    problem: /Run\/1 began (?:while|although) \S+Run\/0/,
  },
  {
    name: 'a task that ECS does not know of is taken for one that never started',
    seams: (schedule) => ({
      ...noSeams,
      platform: (interference) => ({
        ...interference,
        runTask: async (launchKey, launch) => {
          const task = await interference.runTask(launchKey, launch);
          const key = splitLaunchKey(launchKey ?? '');
          if (key === undefined || faultsOf(schedule, key.state, key.number).remembered) return task;
          throw new StatesError(
            'States.TaskFailed',
            JSON.stringify({ StopCode: 'TaskFailedToStart', StoppedReason: 'MISSING', Containers: [] }),
          );
        },
      }),
    }),
    isHarmful: (schedule, first) =>
      isCalm(schedule) && ran(first) && first.act === 'done' && !first.remembered,
    outcome: 'duplicate',
    problem: /Run\/1 began (?:while|although) \S+Run\/0/,
  },
  {
    name: 'what is unknown is told as success',
    seams: () => ({
      ...noSeams,
      said: (ended) => (ended.verdict === 'INDETERMINATE' ? { ...ended, verdict: 'PASS' } : ended),
    }),
    isHarmful: (schedule, first) =>
      schedule.store.length === 0 &&
      ran(first) &&
      (first.act === 'killed' || first.act === 'crash') &&
      first.told === 'no-exit-code',
    outcome: 'wrong',
    problem: /PASS, and it failed/,
  },
  {
    name: 'exit 0 is success, whatever was killed for memory',
    seams: () => ({ ...noSeams, platform: (interference) => tellingContainers(interference, withoutReason) }),
    isHarmful: (schedule, first) =>
      isCalm(schedule) &&
      ran(first) &&
      first.act === 'done' &&
      first.told === 'out-of-memory' &&
      first.record.times > 0 &&
      first.marker === 'shown',
    outcome: 'wrong',
    problem: /PASS, and it failed/,
  },
  {
    name: 'an exit code that nobody knows is 0',
    seams: () => ({ ...noSeams, platform: (interference) => tellingContainers(interference, withExitCode) }),
    isHarmful: (_, first) =>
      ran(first) &&
      first.act === 'killed-after-marker' &&
      first.told === 'no-exit-code' &&
      first.record.times > 0 &&
      first.marker === 'shown',
    outcome: 'wrong',
    problem: /PASS, and it failed/,
  },
  {
    name: 'what the recorder was not told of is never made up for',
    seams: () => ({ ...noSeams, sweepMillis: 3_600_000 }),
    isHarmful: (schedule, first) =>
      isCalm(schedule) &&
      ran(first) &&
      first.act === 'done' &&
      first.told === 'as-it-was' &&
      first.record.times === 0 &&
      first.remembered &&
      first.marker === 'shown',
    outcome: 'wrong',
    problem: /INDETERMINATE \(source-missing\), and the evidence is all there/,
  },
  {
    name: 'what a put finds there is taken for another’s, though its own answer was lost',
    seams: () => ({
      ...noSeams,
      evidence: (store) => ({
        ...store,
        putIfAbsent: async (key, content, signal) => {
          const put = await store.putIfAbsent(key, content, signal);
          return put.kind === 'exists' ? { kind: 'exists', sha256: sha256Of('another') } : put;
        },
      }),
    }),
    isHarmful: ({ store, wire, clocks }, first) =>
      ran(first) &&
      wire.length === 0 &&
      clocks.operatorMillis === 0 &&
      clocks.dateMillis === 0 &&
      store.every(({ does }) => does === 'lost-reply' || does === 'failing-late') &&
      store.some(({ on, when }) => on === 'put' && 'call' in when && when.call === 1 && when.times < 4),
    outcome: 'wrong',
    problem: /EXECUTION_EXISTS|is not the record of a run scope/,
  },
];

function relaunchingWhatIsUnknown(definition: StateMachine): StateMachine {
  const States = Object.fromEntries(
    Object.entries(definition.States).map(([name, state]) => [
      name,
      state.Type === 'Choice' && state.Default === 'LaunchUnknown'
        ? { ...state, Default: 'MayLaunchAgain' }
        : state,
    ]),
  );
  return { ...definition, States };
}

type Members = Readonly<Record<string, unknown>>;

/** What ECS tells of every container of a stopped task, as its readers understand it. */
function tellingContainers(
  interference: ReturnType<Seams['platform']>,
  read: (container: Members) => Members,
): ReturnType<Seams['platform']> {
  return {
    ...interference,
    tell: (task) => {
      const told = interference.tell(task);
      const { containers } = told;
      return told.lastStatus === 'STOPPED' && Array.isArray(containers)
        ? { ...told, containers: containers.map(read) }
        : told;
    },
  };
}

const withoutReason = ({ reason: _, ...container }: Members): Members => container;
const withExitCode = (container: Members): Members => ({ exitCode: 0, ...container });
