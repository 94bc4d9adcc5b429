import {
  type Act,
  type AttemptFaults,
  type Deed,
  type Delivery,
  type FaultSchedule,
  type Machine,
  operations,
  placesOf,
  throttles,
  type WireFault,
} from './fault-schedule.ts';
import { Draw } from './random.ts';
import { type StoreFault, storeDeeds, storeRequests } from './store-fault.ts';

const failures: readonly [Act, ...Act[]] = [
  'data',
  'refused',
  'crash',
  'silent',
  'killed',
  'killed-after-result',
  'killed-after-marker',
];

/**
 * Draws the schedule of a seed. Pure. Faults are rare one by one and common together: nearly every schedule has
 * some, a fifth of them many, and one in ten none, so that what is right without faults stays so.
 */
export function drawSchedule(machine: Machine, seed: number): FaultSchedule {
  const draw = new Draw(`${machine} ${seed}`);
  const quiet = draw.chance(0.1);
  const stormy = !quiet && draw.chance(0.2);
  const lanes = machine === 'one-shot' ? 0 : machine === 'bounded-burst' ? 2 : draw.between(1, 3);
  // Several places share what one has alone, or no schedule of many places would come to its end.
  const rate = quiet ? 0 : (stormy ? 2 : 1) * (machine === 'one-shot' ? 1 : 0.45);
  const attempts: Record<string, AttemptFaults[]> = {};
  for (const place of placesOf({ machine, lanes })) {
    attempts[place] = [0, 1, 2].map((attempt) =>
      drawAttempt(draw, rate, machine === 'one-shot' && attempt === 0),
    );
  }
  return {
    machine,
    seed,
    lanes,
    attempts,
    ended: drawDelivery(draw, rate),
    wire: Array.from({ length: quiet ? 0 : draw.between(0, stormy ? 8 : 3) }, () => drawWireFault(draw)),
    store: drawStoreFaults(machine, seed, quiet ? 0 : stormy ? 2 : 1),
    logLagMillis: draw.chance(0.25 * rate) ? draw.between(10, 1_500) : 0,
    clocks: {
      operatorMillis: draw.chance(0.08 * rate)
        ? draw.pick([-3_000, -400, 400, 3_000, -7_200_000, 7_200_000])
        : 0,
      dateMillis: draw.chance(0.04 * rate) ? draw.pick([-4_000, 4_000, -900_000, 900_000]) : 0,
    },
    forgotten: draw.chance(0.1 * rate),
  };
}

function drawAttempt(draw: Draw, rate: number, mayReachDeadline: boolean): AttemptFaults {
  const failed = draw.chance(0.15 * rate);
  const again = draw.chance(0.15 * rate);
  const act = failed ? draw.pick(failures) : again ? 'transient' : 'done';
  return {
    act: mayReachDeadline && draw.chance(0.02 * rate) ? 'deadline' : act,
    lastsMillis: draw.between(0, 60),
    launch: draw.chance(0.2 * rate)
      ? draw.pick([
          'no-capacity',
          'no-capacity',
          'throttled',
          'throttled-in-parameter',
          'refused',
          'lost-before',
          'lost-after',
        ])
      : 'accepted',
    start: draw.chance(0.08 * rate)
      ? draw.pick(['no-capacity', 'no-capacity', 'unreadable-secret'])
      : 'started',
    told: draw.chance(0.1 * rate)
      ? draw.pick(['no-exit-code', 'out-of-memory', 'no-containers'])
      : 'as-it-was',
    record: drawDelivery(draw, rate),
    remembered: !draw.chance(0.15 * rate),
    marker: draw.chance(0.03 * rate) ? 'lost' : 'shown',
  };
}

function drawDelivery(draw: Draw, rate: number): Delivery {
  return {
    times: draw.chance(0.12 * rate) ? 0 : draw.chance(0.1 * rate) ? 2 : 1,
    // Late enough to overtake, and to be overtaken by, what follows.
    lateMillis: draw.chance(0.2 * rate) ? draw.between(1, 250) : 0,
  };
}

function drawWireFault(draw: Draw): WireFault {
  const outage = draw.chance(0.2);
  return {
    on: draw.chance(0.3) ? 'every call' : draw.pick(operations),
    when: outage
      ? {
          fromMillis: draw.between(0, 400),
          forMillis: draw.chance(0.15) ? draw.between(3_000, 9_000) : draw.between(50, 1_500),
        }
      : { call: draw.between(1, 6), times: draw.pick([1, 1, 1, 2, 3, 6]) },
    does: outage ? draw.pick(outages(draw)) : draw.pick(deeds(draw)),
  };
}

/** Drawn apart, so that all else in a schedule is what it would be without. */
function drawStoreFaults(machine: Machine, seed: number, rate: number): StoreFault[] {
  const draw = new Draw(`${machine} ${seed} store`);
  if (!draw.chance(0.35 * rate)) return [];
  return Array.from({ length: draw.between(1, 2 * rate) }, () => ({
    on: draw.chance(0.3) ? ('every request' as const) : draw.pick(storeRequests),
    when: draw.chance(0.25)
      ? { fromMillis: draw.between(0, 600), forMillis: draw.between(50, 1_500) }
      : { call: draw.between(1, 12), times: draw.pick([1, 1, 1, 2, 3, 6]) },
    does: draw.pick(storeDeeds),
  }));
}

function outages(draw: Draw): readonly [Deed, ...Deed[]] {
  return [
    { kind: 'hang' },
    { kind: 'reset' },
    { kind: 'error', status: draw.pick([500, 502, 503]) },
    { kind: 'throttle', as: draw.pick(throttles) },
    { kind: 'expired-credentials' },
    { kind: 'stale' },
    { kind: 'missing' },
  ];
}

function deeds(draw: Draw): readonly [Deed, ...Deed[]] {
  return [
    { kind: 'throttle', as: draw.pick(throttles) },
    { kind: 'throttle', as: draw.pick(throttles) },
    { kind: 'error', status: draw.pick([500, 502, 503]) },
    { kind: 'delay', millis: draw.between(1, 300) },
    { kind: 'reset' },
    { kind: 'hang' },
    { kind: 'lost-reply' },
    { kind: 'half-body' },
    { kind: 'stale' },
    { kind: 'missing' },
    { kind: 'empty-page' },
    { kind: 'no-containers' },
    { kind: 'expired-credentials' },
  ];
}
