import type { BurstPlan } from '../burst/plan.ts';
import type { BurstGateSpec } from '../gates/burst/gate-spec.ts';
import type { Sha256 } from '../vocabulary/identifiers.ts';
import { type Instant, instantFromMillis } from '../vocabulary/instant.ts';
import { maximumRelaunches, startAllowanceSeconds } from './one-shot.ts';

/** Where the events of a burst come from: a scenario of a segment run that passed, or a file of events. */
export type BurstSource =
  | { readonly run_folder: string; readonly scenario_id: string }
  | { readonly event_file: string };

/** Parameters of the `burst` task for every launch of the machine, in the order open, lanes, close. */
export type BurstParameters = {
  readonly open: BurstStep & { readonly step: 'open' };
  readonly lanes: readonly (BurstStep & { readonly step: 'lane'; readonly lane: number })[];
  readonly close: BurstStep & { readonly step: 'close' };
};
type BurstStep = ReviewedBurst & { readonly source: BurstSource };

/** What is done and what it is judged by, each with the digest that was reviewed. */
export type ReviewedBurst = {
  readonly plan: BurstPlan;
  readonly plan_sha256: Sha256;
  readonly gate_spec: BurstGateSpec;
  readonly gate_spec_sha256: Sha256;
};

/** One launch to open, one for each lane, one to close. Pure. */
export function burstParameters(reviewed: ReviewedBurst, source: BurstSource): BurstParameters {
  const common = { ...reviewed, source };
  return {
    open: { step: 'open', ...common },
    lanes: Array.from({ length: reviewed.plan.lanes }, (_, lane) => ({ step: 'lane', lane, ...common })),
    close: { step: 'close', ...common },
  };
}

/** Verifying a bundle and opening a scope; the largest surface takes half a minute. */
const openSeconds = 600;
/** Before the window: laying the surface out, and the gate coming up. */
const prepareSeconds = 600;
/** After the window: answers that are on their way, the last checkpoint. */
const settleSeconds = 60;
/** Counting millions of receipts. */
const closeSeconds = 600;

export type BurstDeadlines = { readonly open: Instant; readonly lanes: Instant; readonly close: Instant };

/** When each launch must have ended, for a burst that is started at `now` (milliseconds since the epoch). Pure. */
export function burstDeadlines({ duration_seconds }: BurstPlan, now: number): BurstDeadlines {
  const open = now + openSeconds * 1_000;
  const lanes = open + (prepareSeconds + duration_seconds + settleSeconds) * 1_000;
  return {
    open: instantFromMillis(open),
    lanes: instantFromMillis(lanes),
    close: instantFromMillis(lanes + closeSeconds * 1_000),
  };
}

/** What holds a burst to its end, and on whose clock. Seconds. */
export type ProofOfBound = {
  readonly schema: 'fraud-platform/proof-of-bound/v1';
  readonly duration_seconds: number;
  readonly lane_deadline: Instant;
  readonly limits: readonly {
    readonly holder: string;
    readonly clock: string;
    /** No lane of this burst lives longer after its start, by this holder alone. */
    readonly lane_ends_within_seconds: number;
  }[];
  readonly machine_timeout_seconds: number;
  /** From start to the end of the last task, whatever fails: the strictest of the limits, for every step and relaunch. */
  readonly longest_life_seconds: number;
};

/**
 * Why a burst ends, with numbers: every launch carries a deadline in absolute time, so relaunches share
 * one window and the sum is over steps, not over attempts. Pure.
 *
 * `graceSeconds` is the contract's; `reaperMarginSeconds` how long after a deadline the reaper acts, its
 * period included.
 */
export function proofOfBound(
  plan: BurstPlan,
  now: number,
  graceSeconds: number,
  reaperMarginSeconds: number,
  machineTimeoutSeconds: number,
): ProofOfBound {
  const deadlines = burstDeadlines(plan, now);
  const lane = openSeconds + prepareSeconds + plan.duration_seconds + settleSeconds;
  const timeout = lane + graceSeconds + startAllowanceSeconds + 60;
  return {
    schema: 'fraud-platform/proof-of-bound/v1',
    duration_seconds: plan.duration_seconds,
    lane_deadline: deadlines.lanes,
    limits: [
      {
        holder: 'the task: its deadline, and its watchdog thread after the grace',
        clock: 'monotonic clock of the task, set from the instant in its environment',
        lane_ends_within_seconds: lane + graceSeconds,
      },
      {
        holder: `the state machine: TimeoutSeconds of the launch, at most ${maximumRelaunches} relaunches that share the deadline`,
        clock: 'Step Functions',
        lane_ends_within_seconds: timeout,
      },
      {
        holder: 'the reaper: the deadline tag of the task',
        clock: 'the scheduler that runs the reaper',
        lane_ends_within_seconds: lane + reaperMarginSeconds,
      },
    ],
    machine_timeout_seconds: machineTimeoutSeconds,
    longest_life_seconds: lane + closeSeconds + graceSeconds,
  };
}
