import { exitCodes, exitNameOf } from '../vocabulary/exit-codes.ts';
import { splitLaunchKey } from '../vocabulary/identifiers.ts';
import { judgeLaunch, type LaunchSources, type LaunchVerdict } from './launch-verdict.ts';

/** Status of the state machine's execution, as Step Functions names it; `UNKNOWN` when it cannot be asked. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'UNKNOWN';

export type ExecutionSources = {
  readonly status: ExecutionStatus;
  /** Error name of a failed execution (`NotLaunched`, `RelaunchesExhausted`, …). */
  readonly error: string | undefined;
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

/**
 * The verdict on a one-shot execution: that of its last launch, once the execution is over and every
 * earlier launch is known to have failed. Pure.
 *
 * Rules out, as INDETERMINATE: an execution still running or whose status nobody knows; an earlier
 * launch that is not a clear FAIL (it may still be running beside its successor); a SUCCEEDED
 * execution whose task failed. An execution that never launched anything is FAIL only when the state
 * machine says so itself.
 */
export function judgeExecution(sources: ExecutionSources): ExecutionVerdict {
  const launches = [...sources.launches]
    .sort((one, other) => numberOf(one.launchKey) - numberOf(other.launchKey))
    .map((launch) => ({ launchKey: launch.launchKey, ...judgeLaunch(launch) }));
  const conclude = (verdict: ExecutionVerdict['verdict'], cause: string, reasons: readonly string[]) => ({
    verdict,
    cause,
    reasons,
    exitCode: exitCodeOf(verdict, cause),
    launches,
  });
  const last = launches.at(-1);
  if (sources.status === 'RUNNING')
    return conclude('INDETERMINATE', 'running', ['the execution is still running']);
  if (sources.status === 'UNKNOWN') {
    return conclude('INDETERMINATE', 'status-unknown', ['the status of the execution is unknown']);
  }
  if (last === undefined) {
    const neverLaunched = sources.error === 'NotLaunched' || sources.error === 'RelaunchesExhausted';
    return neverLaunched || sources.status === 'ABORTED'
      ? conclude('FAIL', sources.status === 'ABORTED' ? 'stopped' : 'never-started', ['nothing was launched'])
      : conclude('INDETERMINATE', 'no-launch-known', [
          `the execution is ${sources.status}, and no launch is known`,
        ]);
  }
  const unsettled = launches.slice(0, -1).filter(({ verdict }) => verdict !== 'FAIL');
  if (unsettled.length > 0) {
    return conclude(
      'INDETERMINATE',
      'earlier-launch-unsettled',
      unsettled.map(({ launchKey, verdict }) => `launch ${launchKey} is ${verdict}, yet it was relaunched`),
    );
  }
  if (last.verdict === 'PASS' && sources.status !== 'SUCCEEDED') {
    return conclude('INDETERMINATE', 'contradiction', [
      `the task ended well, yet the execution is ${sources.status}`,
    ]);
  }
  if (last.verdict === 'FAIL' && sources.status === 'SUCCEEDED') {
    return conclude('INDETERMINATE', 'contradiction', [
      'the execution SUCCEEDED, yet its task did not',
      ...last.reasons,
    ]);
  }
  return conclude(last.verdict, last.cause, last.reasons);
}

/** Exit code of a command that ends with a verdict: 0 for PASS, the task's own class for FAIL, 70 for INDETERMINATE. */
function exitCodeOf(verdict: ExecutionVerdict['verdict'], cause: string): number {
  if (verdict === 'PASS') return exitCodes.done;
  if (verdict === 'INDETERMINATE') return exitCodes.internal;
  const known = Object.entries(exitCodes).find(([name]) => name === cause);
  return known !== undefined && exitNameOf(known[1]) !== 'done' ? known[1] : exitCodes.data;
}

function numberOf(launchKey: string): number {
  return splitLaunchKey(launchKey)?.number ?? -1;
}
