import { millisOf } from '../../vocabulary/instant.ts';
import type { BurstFigures, Figure } from './figures.ts';
import type { BurstGateSpec, WindowName } from './gate-spec.ts';
import type { MeasuredWindow } from './measures.ts';

/** Numbers of the blockers of a burst phase, with what each one says. */
export const burstBlockers = {
  B1: 'the profile was missed: multiplier, duration or admit ratio',
  B2: 'semantic drift',
  B3: 'publication failed',
  B4: 'the profile that was launched is not the one that is judged',
  B5: 'evidence or baseline is missing or unreadable',
  B6: 'run scope mismatch, or an ambiguity is open',
  B7: 'checkpoints are not stable',
  B8: 'the runtime budget was exceeded',
  B9: 'a managed task failed',
} as const;
export type BlockerNumber = keyof typeof burstBlockers;

/** What to mend when the profile was missed, as the first certification named it. */
export const burstRemediations = {
  R1: 'lanes refused to start: complete what they are launched with, the checkpoint DSN first',
  R2: 'most of what was sent was known before: send into a fresh run scope',
  R3: 'still under the target: lengthen the burst or add lanes, then certify again',
} as const;
type Remediation = keyof typeof burstRemediations;

/** What a remediation such as `M10F-B1-R2` asks for, in words. Pure. */
export function remediationText(id: string): string {
  const found = Object.entries(burstRemediations).find(([code]) => id.endsWith(`-${code}`));
  return found?.[1] ?? 'of another version';
}

export type Blocker = {
  /** As `M10F-B1`. */
  readonly id: string;
  readonly meaning: string;
  /** What to mend, as `M10F-B1-R2`; for B1 alone. */
  readonly remediation: readonly string[];
  readonly reasons: readonly string[];
};

/** A fact that is told whatever the verdict; null where nobody knows whether it holds. */
export type Finding = { readonly id: string; readonly holds: boolean | null; readonly detail: string };

export type BurstJudgement = {
  readonly blockers: readonly Blocker[];
  /** Blockers that are not open, but that evidence was missing for: not cleared either. */
  readonly undetermined: readonly string[];
  readonly findings: readonly Finding[];
  readonly checks: {
    readonly multiplier: number | null;
    readonly multiplier_minimum: number;
    readonly multiplier_pass: boolean;
    readonly admit_ratio: number | null;
    readonly admit_ratio_minimum: number;
    readonly admit_ratio_pass: boolean;
    readonly duration_seconds: number | null;
    readonly duration_minimum_seconds: number;
    readonly duration_pass: boolean;
    readonly elapsed_seconds: number | null;
    readonly budget_seconds: number;
    readonly budget_pass: boolean;
  };
};

/** `M10F` for the phase `M10.F`. */
export const blockerPrefix = (phaseId: string) => phaseId.replace('.', '');

/** Reasons of quarantine that say that events mean something else than when they were admitted or planned. */
const driftReasons = ['PAYLOAD_MISMATCH', 'FOREIGN_WORLD', 'RUN_UNKNOWN'];

/**
 * Judges a burst against its gate. Pure. Multiplier = (ADMIT / minutes) / baseline over the window that the
 * gate names, ratio over all receipts, duration and budget over theirs. Every blocker whose evidence is
 * missing is undetermined, and what is missing is B5: nothing unknown passes. B3 is about copies of the
 * judgement itself and is added by whoever publishes it.
 */
export function judgeFigures(spec: BurstGateSpec, specSha256: string, figures: BurstFigures): BurstJudgement {
  const { execution, launched, receipts, lanes, checkpoints } = figures;
  const prefix = blockerPrefix(spec.phase_id);
  const reasons = new Map<BlockerNumber, string[]>();
  const undetermined = new Set<BlockerNumber>();
  const block = (number: BlockerNumber, reason: string) => {
    reasons.set(number, [...(reasons.get(number) ?? []), reason]);
  };
  const missing = (why: string, ...decides: readonly BlockerNumber[]) => {
    block('B5', why);
    for (const number of decides) undetermined.add(number);
  };

  for (const what of figures.unusable) block('B5', what);
  for (const what of figures.foreign) block('B6', what);

  if (!execution.known) missing(execution.why, 'B9');
  else if (execution.value.verdict === 'INDETERMINATE') {
    missing(`the execution is INDETERMINATE: ${execution.value.reasons.join('; ')}`, 'B9');
  } else if (execution.value.verdict === 'FAIL') {
    block('B9', execution.value.reasons.join('; ') || 'the execution failed');
  }

  if (!launched.known) missing(launched.why, 'B4');
  else {
    const { plan, gateSpecSha256 } = launched.value;
    if (gateSpecSha256 !== specSha256)
      block('B4', `launched with the gate ${gateSpecSha256}, judged by ${specSha256}`);
    if ('multiplier' in plan.rate) {
      const { multiplier, baseline_admits_per_minute: baseline } = plan.rate;
      if (baseline !== spec.baseline.admits_per_minute)
        block('B4', `the plan counts from a baseline of ${baseline}`);
      if (multiplier < spec.multiplier_minimum)
        block('B4', `the plan asks for ${multiplier} times the baseline`);
    }
    if (plan.certifying && plan.duration_seconds < spec.duration_seconds.minimum) {
      block('B4', `the plan sends for ${plan.duration_seconds} s`);
    }
  }

  const windows = { task_life: wellFormed(figures.taskLife), load: wellFormed(figures.load) };
  const secondsOf = (name: WindowName) => {
    const window = windows[name];
    return window.known ? window.value.seconds : null;
  };
  for (const [name, window] of Object.entries(windows)) {
    const judged = Object.values(spec.judged_on).includes(name as WindowName);
    if (!window.known && judged) missing(`${name}: ${window.why}`);
  }

  const counts = wellCounted(receipts);
  if (!counts.known) missing(counts.why, 'B1', 'B2', 'B6');
  const total = counts.known
    ? counts.value.admitted + counts.value.duplicates + counts.value.quarantined
    : null;
  const rateSeconds = secondsOf(spec.judged_on.rate);
  const multiplier =
    counts.known && rateSeconds !== null && rateSeconds > 0
      ? counts.value.admitted / (rateSeconds / 60) / spec.baseline.admits_per_minute
      : null;
  const ratio = counts.known && total !== null && total > 0 ? counts.value.admitted / total : null;
  const duration = secondsOf(spec.judged_on.duration);
  const elapsed = secondsOf(spec.judged_on.budget);
  const checks: BurstJudgement['checks'] = {
    multiplier,
    multiplier_minimum: spec.multiplier_minimum,
    multiplier_pass: multiplier !== null && multiplier >= spec.multiplier_minimum,
    admit_ratio: ratio,
    admit_ratio_minimum: spec.admit_ratio_minimum,
    admit_ratio_pass: ratio !== null && ratio >= spec.admit_ratio_minimum,
    duration_seconds: duration,
    duration_minimum_seconds: spec.duration_seconds.minimum,
    duration_pass: duration !== null && duration >= spec.duration_seconds.minimum,
    elapsed_seconds: elapsed,
    budget_seconds: spec.duration_seconds.maximum,
    budget_pass: elapsed !== null && elapsed <= spec.duration_seconds.maximum,
  };
  if (multiplier === null || duration === null || !counts.known) undetermined.add('B1');
  if (elapsed === null) undetermined.add('B8');
  if (multiplier !== null && !checks.multiplier_pass) {
    block(
      'B1',
      `${multiplier} times the baseline over ${spec.judged_on.rate}, of ${spec.multiplier_minimum}`,
    );
  }
  if (counts.known && !checks.admit_ratio_pass) {
    block(
      'B1',
      ratio === null ? 'there is no receipt' : `admit ratio ${ratio}, of ${spec.admit_ratio_minimum}`,
    );
  }
  if (duration !== null && !checks.duration_pass) {
    block('B1', `${duration} s over ${spec.judged_on.duration}, of ${spec.duration_seconds.minimum}`);
  }
  if (elapsed !== null && !checks.budget_pass) {
    block('B8', `${elapsed} s over ${spec.judged_on.budget}, at most ${spec.duration_seconds.maximum}`);
  }

  if (counts.known) {
    for (const reason of driftReasons) {
      const events = counts.value.quarantine_reasons[reason] ?? 0;
      if (events > 0) block('B2', `${events} events put aside as ${reason}`);
    }
    const tolerance = spec.clock_tolerance_seconds * 1_000;
    const { first_decision_at: first, last_decision_at: last } = counts.value;
    if (windows.task_life.known && first !== null && last !== null) {
      const { start, end } = windows.task_life.value;
      const outside =
        millisOf(first) < millisOf(start) - tolerance || millisOf(last) > millisOf(end) + tolerance;
      if (outside)
        block('B6', `receipts from ${first} to ${last} are not all of the task life ${start} to ${end}`);
    }
    // Not its end: what was under way when the lanes stopped sending is decided after it.
    if (windows.load.known && first !== null) {
      const { start } = windows.load.value;
      if (millisOf(first) < millisOf(start) - tolerance)
        block('B6', `receipts from ${first}, and the lanes tell of a load from ${start}`);
    }
  }

  if (!lanes.known) missing(lanes.why, 'B6', 'B7');
  if (!checkpoints.known) missing(checkpoints.why, 'B7');
  if (lanes.known) {
    const unresolved = lanes.value.reduce((sum, lane) => sum + lane.unresolved, 0);
    if (unresolved > spec.ambiguous_maximum) block('B6', `what became of ${unresolved} events is not known`);
    const acknowledged = lanes.value.reduce((sum, lane) => sum + lane.acknowledged, 0);
    if (total !== null && acknowledged > total) {
      block('B6', `the lanes have ${acknowledged} answers, the database ${total} receipts`);
    }
    // Each event up to a frontier was admitted once or put aside: an admission beyond them is of an event whose
    // answer no lane has, as one that was under way when its lane was killed.
    const answeredFor = lanes.value.reduce(
      (sum, { frontier, quarantined }) => sum + frontier - quarantined,
      0,
    );
    if (counts.known && counts.value.admitted > answeredFor) {
      block(
        'B6',
        `the lanes answer for ${answeredFor} admissions, and the database has ${counts.value.admitted}`,
      );
    }
    for (const { lane, longest_stall_ms } of lanes.value) {
      if (longest_stall_ms > spec.longest_stall_seconds * 1_000) {
        block('B7', `lane ${lane} was ${longest_stall_ms / 1_000} s without a checkpoint`);
      }
    }
  }
  if (lanes.known && checkpoints.known) {
    for (const { lane, frontier, epoch } of lanes.value) {
      const kept = checkpoints.value.find((checkpoint) => checkpoint.lane === lane);
      if (kept === undefined) block('B7', `lane ${lane} has no checkpoint`);
      else if (Number(kept.frontier) < frontier || BigInt(kept.epoch) < BigInt(epoch)) {
        block(
          'B7',
          `the checkpoint of lane ${lane} went back: ${kept.frontier} of ${frontier}, epoch ${kept.epoch} of ${epoch}`,
        );
      }
    }
    const reached = checkpoints.value.reduce((sum, { frontier }) => sum + Number(frontier), 0);
    if (counts.known && reached > counts.value.admitted + counts.value.quarantined) {
      block('B2', `checkpoints of ${reached} events, and only ${counts.value.admitted} admissions`);
    }
  }

  return {
    checks,
    undetermined: [...undetermined]
      .filter((number) => !reasons.has(number))
      .sort()
      .map((number) => `${prefix}-${number}`),
    findings: findingsOf(spec, elapsed),
    blockers: (Object.keys(burstBlockers) as BlockerNumber[]).flatMap((number) => {
      const found = reasons.get(number);
      if (found === undefined) return [];
      const id = `${prefix}-${number}`;
      const remediation = number === 'B1' ? remediationOf(figures).map((code) => `${id}-${code}`) : [];
      return [{ id, meaning: burstBlockers[number], remediation, reasons: found }];
    }),
  };
}

function remediationOf({ receipts, refusedLaunches }: BurstFigures): readonly Remediation[] {
  const codes: Remediation[] = [];
  if (refusedLaunches > 0) codes.push('R1');
  if (receipts.known && receipts.value.duplicates > receipts.value.admitted) codes.push('R2');
  return codes.length > 0 ? codes : ['R3'];
}

function findingsOf(spec: BurstGateSpec, elapsed: number | null): readonly Finding[] {
  const cap = spec.operator_cap_seconds;
  return [
    {
      id: 'OPERATOR_CAP',
      holds: elapsed === null ? null : elapsed <= cap,
      detail:
        elapsed === null
          ? `how long it took is not known; an operator would have stopped it after ${cap} s`
          : `${elapsed} s; an operator would have stopped it after ${cap} s`,
    },
  ];
}

/** A window with real numbers whose end does not come before its start. */
function wellFormed(window: Figure<MeasuredWindow>): Figure<MeasuredWindow> {
  if (!window.known) return window;
  const { start, end, seconds } = window.value;
  const measured = (millisOf(end) - millisOf(start)) / 1_000;
  if (Number.isFinite(seconds) && seconds >= 0 && measured >= 0 && Math.abs(measured - seconds) < 0.001) {
    return window;
  }
  return { known: false, why: `a window from ${start} to ${end} of ${seconds} s is none` };
}

function wellCounted(receipts: BurstFigures['receipts']): BurstFigures['receipts'] {
  if (!receipts.known) return receipts;
  const { admitted, duplicates, quarantined, quarantine_reasons } = receipts.value;
  const counts = [admitted, duplicates, quarantined, ...Object.values(quarantine_reasons)];
  if (counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return receipts;
  return { known: false, why: 'a count of receipts is no whole number' };
}
