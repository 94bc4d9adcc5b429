import { exitCodes, exitNameOf } from '../vocabulary/exit-codes.ts';
import type { LaunchKey, Sha256 } from '../vocabulary/identifiers.ts';

/** What the recorder wrote about the stopped task. */
export type RecordSource =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  /** There is no task to record: ECS refused the launch, with this error. */
  | { readonly kind: 'not-launched'; readonly error: string }
  | {
      readonly kind: 'present';
      readonly launchKey: LaunchKey;
      /** `null`: the platform does not know how the task ended. */
      readonly exitCode: number | null;
      readonly stopCode: string;
      readonly stoppedReason: string;
      /** Whether the platform ever saw it running. */
      readonly hasStarted: boolean;
      /** Of the image that the platform pulled; `null`: it does not say. */
      readonly imageDigest: Sha256 | null;
    };

/** What the task wrote about itself. `sha256` is of the bytes as they are in the store now. */
export type ResultSource =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'present';
      readonly launchKey: LaunchKey;
      readonly key: string;
      readonly sha256: Sha256;
      readonly outcome: 'done' | 'failed' | 'deadline' | 'stopped';
      readonly exitCode: number;
      /** Of the image that the task was told it is; `null`: it was told no digest, as locally. */
      readonly imageDigest: Sha256 | null;
    };

/** The last line of the task's log. */
export type MarkerSource =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'present'; readonly key: string; readonly sha256: Sha256 };

export type LaunchSources = {
  readonly launchKey: LaunchKey;
  readonly record: RecordSource;
  readonly result: ResultSource;
  readonly marker: MarkerSource;
};

export type LaunchVerdict = {
  readonly verdict: 'PASS' | 'FAIL' | 'INDETERMINATE';
  /** The one word for programs: `done`, `refused`, `killed`, `never-started`, `source-missing`, … */
  readonly cause: string;
  /** One sentence per source that does not say "pass", in the order record, result, marker. */
  readonly reasons: readonly string[];
  /** Exit code of the task when the platform vouches for one. */
  readonly exitCode: number | null;
};

type Opinion = { readonly says: 'pass' | 'fail' | 'unknown'; readonly reason: string };

/**
 * The conjunction of three independent sources, in three-valued logic: one that says fail makes FAIL,
 * all three saying pass make PASS, anything else is INDETERMINATE, which blocks. Sources that
 * contradict each other are evidence of alteration or of a defect, and INDETERMINATE too: neither
 * half can be believed. Pure.
 */
export function judgeLaunch(sources: LaunchSources): LaunchVerdict {
  const contradiction = contradictionIn(sources);
  const exitCode = sources.record.kind === 'present' ? sources.record.exitCode : null;
  if (contradiction !== undefined) {
    return { verdict: 'INDETERMINATE', cause: 'contradiction', reasons: [contradiction], exitCode };
  }
  const opinions = [
    opinionOfRecord(sources.record),
    opinionOfResult(sources.result),
    opinionOfMarker(sources.marker),
  ];
  const reasons = opinions.filter(({ says }) => says !== 'pass').map(({ reason }) => reason);
  if (opinions.some(({ says }) => says === 'fail')) {
    return { verdict: 'FAIL', cause: causeOfFailure(sources), reasons, exitCode };
  }
  if (opinions.every(({ says }) => says === 'pass')) {
    return { verdict: 'PASS', cause: 'done', reasons: [], exitCode };
  }
  return { verdict: 'INDETERMINATE', cause: 'source-missing', reasons, exitCode };
}

function opinionOfRecord(record: RecordSource): Opinion {
  switch (record.kind) {
    case 'absent':
      return { says: 'unknown', reason: 'task record: absent' };
    case 'unreadable':
      return { says: 'unknown', reason: `task record: unreadable (${record.why})` };
    case 'not-launched':
      return { says: 'fail', reason: `task record: none, because nothing was launched (${record.error})` };
    case 'present': {
      if (isOutOfMemory(record.stoppedReason)) {
        return { says: 'fail', reason: `task record: ${record.stoppedReason}` };
      }
      if (record.stopCode === 'TaskFailedToStart') {
        return { says: 'fail', reason: `task record: the task never started (${record.stoppedReason})` };
      }
      if (isStoppedBeforeStart(record)) {
        return {
          says: 'fail',
          reason: `task record: stopped before it started (${record.stoppedReason})`,
        };
      }
      if (record.exitCode === null) {
        return { says: 'unknown', reason: `task record: no exit code (${record.stoppedReason})` };
      }
      if (record.exitCode === exitCodes.done) return { says: 'pass', reason: '' };
      const name = exitNameOf(record.exitCode);
      return {
        says: 'fail',
        reason: `task record: exit ${record.exitCode}${name === undefined ? '' : ` (${name})`}`,
      };
    }
  }
}

function opinionOfResult(result: ResultSource): Opinion {
  switch (result.kind) {
    case 'absent':
      return { says: 'unknown', reason: 'result.json: absent' };
    case 'unreadable':
      return { says: 'unknown', reason: `result.json: unreadable (${result.why})` };
    case 'present':
      return result.outcome === 'done' && result.exitCode === exitCodes.done
        ? { says: 'pass', reason: '' }
        : { says: 'fail', reason: `result.json: ${result.outcome}, exit ${result.exitCode}` };
  }
}

/** A marker says only that the result was written; it has no opinion about success. */
function opinionOfMarker(marker: MarkerSource): Opinion {
  switch (marker.kind) {
    case 'absent':
      return { says: 'unknown', reason: 'marker line: absent' };
    case 'unreadable':
      return { says: 'unknown', reason: `marker line: unreadable (${marker.why})` };
    case 'present':
      return { says: 'pass', reason: '' };
  }
}

function contradictionIn({ launchKey, record, result, marker }: LaunchSources): string | undefined {
  if (record.kind === 'present' && record.launchKey !== launchKey) {
    return `the task record is of another launch, ${record.launchKey}`;
  }
  if (result.kind === 'present' && result.launchKey !== launchKey) {
    return `result.json is of another launch, ${result.launchKey}`;
  }
  if (record.kind === 'not-launched' && (result.kind === 'present' || marker.kind === 'present')) {
    return `nothing was launched (${record.error}), yet the task has left its word`;
  }
  if (
    record.kind === 'present' &&
    isStoppedBeforeStart(record) &&
    (result.kind === 'present' || marker.kind === 'present')
  ) {
    return 'the task was stopped before it started, yet it has left its word';
  }
  if (result.kind === 'present' && marker.kind === 'present') {
    if (marker.key !== result.key) return `the marker names another object, ${marker.key}`;
    if (marker.sha256 !== result.sha256) {
      return `result.json has SHA-256 ${result.sha256}, the marker says ${marker.sha256}`;
    }
  }
  if (record.kind !== 'present' || result.kind !== 'present') return undefined;
  if (
    record.imageDigest !== null &&
    result.imageDigest !== null &&
    record.imageDigest !== result.imageDigest
  ) {
    return `the task record says that image sha256:${record.imageDigest} ran, result.json says sha256:${result.imageDigest}`;
  }
  if (record.exitCode === null) return undefined;
  // A task that wrote its result may still be killed before it exits; then the record alone says fail.
  const killed = record.exitCode > 128 && record.exitCode !== exitCodes.stopped;
  if (killed || isOutOfMemory(record.stoppedReason)) return undefined;
  return record.exitCode === result.exitCode
    ? undefined
    : `the task record says exit ${record.exitCode}, result.json says ${result.exitCode}`;
}

function causeOfFailure({ record, result }: LaunchSources): string {
  if (record.kind === 'not-launched') return 'never-started';
  if (record.kind === 'present') {
    if (isOutOfMemory(record.stoppedReason)) return 'out-of-memory';
    if (record.stopCode === 'TaskFailedToStart') return 'never-started';
    if (isStoppedBeforeStart(record)) return 'stopped';
    if (record.exitCode !== null && record.exitCode !== exitCodes.done) {
      return exitNameOf(record.exitCode) ?? (record.exitCode > 128 ? 'killed' : 'failed');
    }
  }
  return result.kind === 'present' ? result.outcome : 'failed';
}

/** Fargate takes half a minute to start a task: one that is stopped meanwhile has no exit code, and never will. */
function isStoppedBeforeStart({
  stopCode,
  exitCode,
  hasStarted,
}: RecordSource & { kind: 'present' }): boolean {
  return stopCode === 'UserInitiated' && exitCode === null && !hasStarted;
}

function isOutOfMemory(reason: string): boolean {
  return reason.includes('OutOfMemory');
}
