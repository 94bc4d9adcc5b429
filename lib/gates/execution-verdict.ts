import { exitCodes, exitNameOf } from '../vocabulary/exit-codes.ts';
import { compareLaunchKeys, splitLaunchKey } from '../vocabulary/identifiers.ts';
import { statesNotLaunched } from '../workflows/needed-launches.ts';
import { maximumRelaunches } from '../workflows/one-shot.ts';
import { judgeLaunch, type LaunchSources, type LaunchVerdict } from './launch-verdict.ts';

/** Status of the state machine's execution, as Step Functions names it; `UNKNOWN` when it cannot be asked. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'UNKNOWN';

export type ExecutionSources = {
  readonly status: ExecutionStatus;
  /** Error name of a failed execution (`NotLaunched`, `RelaunchesExhausted`, …). */
  readonly error: string | undefined;
  /** What speaks against the status: another source names another. */
  readonly contradiction?: string;
  /** Every launch that anybody knows of: history, records, evidence. */
  readonly launches: readonly LaunchSources[];
};

export type ExecutionVerdict = {
  readonly verdict: 'PASS' | 'FAIL' | 'INDETERMINATE';
  readonly cause: string;
  readonly reasons: readonly string[];
  readonly exitCode: number;
  readonly launches: readonly (LaunchVerdict & { readonly launchKey: string })[];
};

/** Launch numbers of one place in a machine: a launch and its relaunches. The next lane begins after them. */
const launchesPerPlace = maximumRelaunches + 1;

/**
 * The verdict on an execution: the conjunction over the places of its machine (a state, or one lane of
 * it) of the last launch there, once the execution is over and every earlier launch is known to have
 * failed. Pure.
 *
 * Rules out, as INDETERMINATE: an execution still running, whose status nobody knows, or of whose status its
 * sources disagree; an earlier launch that is not a clear FAIL (it may still be running beside its
 * successor); a SUCCEEDED execution with a launch that did not pass; one that did not succeed although all
 * that it needs passed. An execution that never launched anything is FAIL only when the state machine says
 * so itself; one that ended before it launched all that it needs, between two tasks that pass, is FAIL: what
 * is missing cannot have passed.
 */
export function judgeExecution(sources: ExecutionSources): ExecutionVerdict {
  const launches = [...sources.launches]
    .sort((one, other) => compareLaunchKeys(one.launchKey, other.launchKey))
    .map((launch) => ({ launchKey: launch.launchKey, ...judgeLaunch(launch) }));
  const conclude = (verdict: ExecutionVerdict['verdict'], cause: string, reasons: readonly string[]) => ({
    verdict,
    cause,
    reasons,
    exitCode: exitCodeOf(verdict, cause),
    launches,
  });
  if (sources.status === 'RUNNING') {
    return conclude('INDETERMINATE', 'running', ['the execution is still running']);
  }
  if (sources.status === 'UNKNOWN') {
    return conclude('INDETERMINATE', 'status-unknown', ['the status of the execution is unknown']);
  }
  if (sources.contradiction !== undefined) {
    return conclude('INDETERMINATE', 'contradiction', [sources.contradiction]);
  }
  const places = Map.groupBy(launches, ({ launchKey }) => placeOf(launchKey));
  const last = [...places.values()].flatMap((attempts) => attempts.at(-1) ?? []);
  if (last.length === 0) {
    const neverLaunched = sources.error === 'NotLaunched' || sources.error === 'RelaunchesExhausted';
    return neverLaunched || sources.status === 'ABORTED'
      ? conclude('FAIL', sources.status === 'ABORTED' ? 'stopped' : 'never-started', ['nothing was launched'])
      : conclude('INDETERMINATE', 'no-launch-known', [
          `the execution is ${sources.status}, and no launch is known`,
        ]);
  }
  const unsettled = [...places.values()]
    .flatMap((attempts) => attempts.slice(0, -1))
    .filter(({ verdict }) => verdict !== 'FAIL');
  if (unsettled.length > 0) {
    return conclude(
      'INDETERMINATE',
      'earlier-launch-unsettled',
      unsettled.map(({ launchKey, verdict }) => `launch ${launchKey} is ${verdict}, yet it was relaunched`),
    );
  }
  const failed = last.find(({ verdict }) => verdict === 'FAIL');
  const unknown = last.find(({ verdict }) => verdict === 'INDETERMINATE');
  const reasons = last.flatMap((launch) =>
    last.length === 1 ? launch.reasons : launch.reasons.map((reason) => `${launch.launchKey}: ${reason}`),
  );
  if (failed !== undefined && sources.status === 'SUCCEEDED') {
    const contradiction = 'the execution SUCCEEDED, yet its task did not';
    return conclude('INDETERMINATE', 'contradiction', [contradiction, ...reasons]);
  }
  if (failed !== undefined) return conclude('FAIL', failed.cause, reasons);
  if (unknown !== undefined) return conclude('INDETERMINATE', unknown.cause, reasons);
  const missing = statesNotLaunched(new Set(last.map(({ launchKey }) => stateOf(launchKey))))?.join(', ');
  if (missing === undefined) {
    return conclude('INDETERMINATE', 'contradiction', [
      `no workflow launches all of ${last.map(({ launchKey }) => launchKey).join(', ')}`,
    ]);
  }
  if (sources.status === 'SUCCEEDED') {
    return missing === ''
      ? conclude('PASS', 'done', [])
      : conclude('INDETERMINATE', 'no-launch-known', [
          `the execution SUCCEEDED, and no launch is known at ${missing}`,
        ]);
  }
  if (missing !== '') {
    return conclude('FAIL', endedEarly[sources.status], [
      `the execution is ${sources.status}, and launched nothing at ${missing}`,
    ]);
  }
  return conclude('INDETERMINATE', 'contradiction', [
    `every task ended well, yet the execution is ${sources.status}`,
  ]);
}

/**
 * What is said of an execution whose evidence is not complete, and so not sealed: a PASS without a seal is none
 * that anybody could prove later. Pure.
 */
export function withoutSeal(verdict: ExecutionVerdict): ExecutionVerdict {
  if (verdict.verdict !== 'PASS') return verdict;
  return {
    ...verdict,
    verdict: 'INDETERMINATE',
    cause: 'evidence-incomplete',
    reasons: ['every task ended well, and what the recorder writes about the execution is not there yet'],
    exitCode: exitCodes.internal,
  };
}

/** Why an execution is over before it launched all that it needs. */
const endedEarly = { ABORTED: 'stopped', FAILED: 'never-started', TIMED_OUT: 'deadline' } as const;

const stateOf = (launchKey: string) => splitLaunchKey(launchKey)?.state ?? launchKey;

function placeOf(launchKey: string): string {
  const parts = splitLaunchKey(launchKey);
  return parts === undefined ? launchKey : `${parts.state}/${Math.floor(parts.number / launchesPerPlace)}`;
}

/** Exit code of a command that ends with a verdict: 0 for PASS, the task's own class for FAIL, 70 for INDETERMINATE. */
function exitCodeOf(verdict: ExecutionVerdict['verdict'], cause: string): number {
  if (verdict === 'PASS') return exitCodes.done;
  if (verdict === 'INDETERMINATE') return exitCodes.internal;
  const known = Object.entries(exitCodes).find(([name]) => name === cause);
  return known !== undefined && exitNameOf(known[1]) !== 'done' ? known[1] : exitCodes.data;
}
