import { z } from 'zod';
import { millis, momentSchema } from './moment.ts';
import { storeFaultSchema } from './store-fault.ts';

/**
 * What the program of one attempt does, and so the truth about it. `silent` exits with 0 and leaves nothing;
 * the killed ones die by SIGKILL before their result, between result and marker, or after both.
 */
export const acts = [
  'done',
  'data',
  'transient',
  'refused',
  'crash',
  'deadline',
  'silent',
  'killed',
  'killed-after-result',
  'killed-after-marker',
] as const;
export type Act = (typeof acts)[number];

/** An event on its way to the recorder: how often it arrives, and how late. */
const deliverySchema = z.strictObject({ times: z.int().min(0).max(2), lateMillis: millis });
export type Delivery = z.infer<typeof deliverySchema>;

const attemptSchema = z.strictObject({
  act: z.enum(acts),
  lastsMillis: millis,
  /**
   * What RunTask says to the state machine. `lost-…`: an error of the server, before or after the effect, which
   * the state machine cannot tell apart.
   */
  launch: z.enum([
    'accepted',
    'no-capacity',
    'throttled',
    'throttled-in-parameter',
    'refused',
    'lost-before',
    'lost-after',
  ]),
  /** What becomes of a task that was accepted. */
  start: z.enum(['started', 'no-capacity', 'unreadable-secret']),
  /** What ECS makes of how it ended. */
  told: z.enum(['as-it-was', 'no-exit-code', 'out-of-memory', 'no-containers']),
  record: deliverySchema,
  /** Whether ECS remembers the task once it has stopped; whoever missed its event then cannot make up for it. */
  remembered: z.boolean(),
  /** Whether the log service ever shows the last line. */
  marker: z.enum(['shown', 'lost']),
});
export type AttemptFaults = z.infer<typeof attemptSchema>;

export const operations = [
  'StartExecution',
  'GetExecutionHistory',
  'ListExecutions',
  'DescribeTasks',
  'DescribeTaskDefinition',
  'GetLogEvents',
] as const;

/** Ways in which a service says that it is asked too often. */
export const throttles = [
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
  'rate-exceeded-in-InvalidParameterException',
  'rate-exceeded-in-ClientException',
] as const;

const deedSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('throttle'), as: z.enum(throttles) }),
  z.strictObject({
    kind: z.literal('error'),
    status: z.union([z.literal(500), z.literal(502), z.literal(503)]),
  }),
  z.strictObject({ kind: z.literal('delay'), millis }),
  z.strictObject({
    kind: z.enum([
      'reset',
      'hang',
      'lost-reply',
      'half-body',
      /** The answer is as old as the first one of its kind, or older than the execution. */
      'stale',
      /** DescribeTasks knows none of the tasks. */
      'missing',
      /** A page of a log without lines, though there are some. */
      'empty-page',
      'no-containers',
      'expired-credentials',
    ]),
  }),
]);
export type Deed = z.infer<typeof deedSchema>;

/** A fault between operator and cloud: of some calls by their number (from 1), or of all calls in a time. */
const wireFaultSchema = z.strictObject({
  on: z.enum([...operations, 'every call']),
  when: momentSchema,
  does: deedSchema,
});
export type WireFault = z.infer<typeof wireFaultSchema>;

export const machines = ['one-shot', 'bounded-burst', 'segment-5a'] as const;
export type Machine = (typeof machines)[number];

/** Everything that goes wrong around one execution. The same seed draws the same schedule. */
export const faultScheduleSchema = z.strictObject({
  machine: z.enum(machines),
  seed: z.int().min(0),
  lanes: z.int().min(0).max(3),
  /** For each place of the machine (`Run/0`, `Lane/1`), its attempts in order; beyond them, all is well. */
  attempts: z.record(z.string(), z.array(attemptSchema)),
  /** The event of the execution's end. */
  ended: deliverySchema,
  wire: z.array(wireFaultSchema),
  store: z.array(storeFaultSchema),
  /** Lines appear in the log so long after they are written. */
  logLagMillis: millis,
  /** How far the operator's clock is ahead, and the `Date` header of the cloud. */
  clocks: z.strictObject({ operatorMillis: z.int(), dateMillis: z.int() }),
  /** Whether the state machine has forgotten the execution by the time it is attached to. */
  forgotten: z.boolean(),
});
export type FaultSchedule = z.infer<typeof faultScheduleSchema>;

export const noFaults: AttemptFaults = {
  act: 'done',
  lastsMillis: 5,
  launch: 'accepted',
  start: 'started',
  told: 'as-it-was',
  record: { times: 1, lateMillis: 0 },
  remembered: true,
  marker: 'shown',
};

/** A schedule in which nothing goes wrong. */
export function fairWeather(machine: Machine, lanes = machine === 'one-shot' ? 0 : 2): FaultSchedule {
  return {
    machine,
    seed: 0,
    lanes,
    attempts: {},
    ended: noFaults.record,
    wire: [],
    store: [],
    logLagMillis: 0,
    clocks: { operatorMillis: 0, dateMillis: 0 },
    forgotten: false,
  };
}

/** The place of a launch number, and which attempt at it: each place has three numbers. */
export function placeOf(state: string, number: number): { readonly place: string; readonly attempt: number } {
  return { place: `${state}/${Math.floor(number / 3)}`, attempt: number % 3 };
}

export function faultsOf(schedule: FaultSchedule, state: string, number: number): AttemptFaults {
  const { place, attempt } = placeOf(state, number);
  return schedule.attempts[place]?.[attempt] ?? noFaults;
}

/** Places that must all be done for the execution to have done its work, in their order. */
export function placesOf({ machine, lanes }: Pick<FaultSchedule, 'machine' | 'lanes'>): readonly string[] {
  const ofLanes = Array.from({ length: lanes }, (_, lane) => `Lane/${lane}`);
  switch (machine) {
    case 'one-shot':
      return ['Run/0'];
    case 'bounded-burst':
      return ['Open/0', ...ofLanes, 'Close/0'];
    case 'segment-5a':
      return ['Prepare/0', ...ofLanes, 'Validate/0'];
  }
}

/** The schedule in lines for people, faults only. */
export function describeSchedule(schedule: FaultSchedule): readonly string[] {
  const lines = [`schedule ${schedule.machine} ${schedule.seed}, ${schedule.lanes} lanes`];
  for (const [place, attempts] of Object.entries(schedule.attempts)) {
    for (const [attempt, faults] of attempts.entries()) {
      const drawn = Object.entries(faults).filter(
        ([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(noFaults, name)),
      );
      if (drawn.length === 0) continue;
      lines.push(
        `  ${place} attempt ${attempt}: ${drawn.map(([name, value]) => `${name}=${short(value)}`).join(' ')}`,
      );
    }
  }
  for (const { on, when, does } of schedule.wire) lines.push(`  wire ${on} ${short(when)}: ${short(does)}`);
  for (const { on, when, does } of schedule.store) lines.push(`  store ${on} ${short(when)}: ${does}`);
  const { ended, logLagMillis, clocks, forgotten } = schedule;
  lines.push(
    `  end of execution ${short(ended)}, log lag ${logLagMillis} ms, clocks ${short(clocks)}, forgotten ${forgotten}`,
  );
  return lines;
}

function short(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', '');
}
