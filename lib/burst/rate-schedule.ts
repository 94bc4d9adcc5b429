import { type BurstPlan, plateauPerSecond } from './plan.ts';

/**
 * When the events of one lane are due, in milliseconds from the start of the lane. The rate climbs
 * linearly through the warm-up and stays; nothing that happens to earlier events moves a later one
 * (open loop).
 */
export type RateSchedule = {
  /** Events that the lane sends at most: its share of `max_events`, and no more than are due in time. */
  readonly events: number;
  /** Due time of an event, counted from 0; not decreasing. */
  readonly dueAt: (ordinal: number) => number;
  /** Number of events that are due at a time: the least ordinal that is not yet due. */
  readonly dueBy: (millis: number) => number;
};

/** The schedule of lane `lane` of a plan. Pure. */
export function laneSchedule(plan: BurstPlan, lane: number): RateSchedule {
  const perMilli = plateauPerSecond(plan) / plan.lanes / 1_000;
  const warmUp = plan.warm_up_seconds * 1_000;
  // A climb from nothing sends half of what the plateau would.
  const inWarmUp = (perMilli * warmUp) / 2;
  const amountBy = (millis: number) => {
    if (millis <= 0) return 0;
    return millis < warmUp
      ? (perMilli * millis * millis) / (2 * warmUp)
      : inWarmUp + perMilli * (millis - warmUp);
  };
  const dueAt = (ordinal: number) =>
    ordinal < inWarmUp
      ? Math.sqrt((2 * warmUp * ordinal) / perMilli)
      : warmUp + (ordinal - inWarmUp) / perMilli;
  // The event that is due at the very end is not sent: the window is [start, start + duration).
  const inTime = Math.ceil(amountBy(plan.duration_seconds * 1_000));
  return {
    events: Math.min(shareOf(plan, lane), inTime),
    dueAt,
    dueBy: (millis) => (millis < 0 ? 0 : Math.floor(amountBy(millis)) + 1),
  };
}

/** A lane's share of `max_events`. Shares differ by one at most and add up to it. Pure. */
export function shareOf({ max_events, lanes }: BurstPlan, lane: number): number {
  return Math.floor(max_events / lanes) + (lane < max_events % lanes ? 1 : 0);
}
