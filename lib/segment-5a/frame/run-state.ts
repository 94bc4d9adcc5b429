import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, failureOf, messageOf } from '../../vocabulary/failure.ts';
import type { SegmentReport } from './phases.ts';
import { runReport, runReportPath, writeRunReport } from './run-report.ts';
import {
  publicationOf,
  type StateContext,
  type StateName,
  type StateOutcome,
  type StateProgram,
  type StateWork,
} from './states.ts';

export type FinishedState = {
  readonly state: StateName;
  readonly publication: 'published' | 'identical';
  readonly seconds: number;
  readonly outcome: StateOutcome;
};

export type StateRun = {
  readonly context: Omit<StateContext, 'scratch'>;
  readonly work: StateWork;
  /** How many scenarios the run has: a report of some of them has a place of its own. */
  readonly scenarios: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly report: SegmentReport;
  readonly load: () => Promise<StateProgram>;
};

/**
 * Runs one state with a scratch folder of its own, which it removes, and writes the run report of the
 * attempt, also of one that failed; the failure is thrown as it is.
 */
export async function runState({
  context,
  work,
  scenarios,
  startedAt,
  report,
  load,
}: StateRun): Promise<FinishedState> {
  const { state, run, runFolder, phases, world } = context;
  report('state-started', { segment: '5A', state });
  const scratch = join(runFolder, 'tmp', `${state}.${randomUUID()}`);
  await makeScratch(scratch, state);
  const path = runReportPath(state, run, work, scenarios);
  const measured = () => ({
    state,
    run,
    work,
    startedAt,
    wallMillis: phases.elapsedMillis(),
    markers: phases.markers(),
    tzDatabaseVersion: world.document.tz_database_version,
    peakRssBytes: process.resourceUsage().maxRSS * 1_024,
  });
  try {
    const program = await load();
    const outcome = await program({ ...context, scratch }, work);
    await writeRunReport(runFolder, path, runReport({ ...measured(), outcome }));
    return announced(
      {
        state,
        outcome,
        publication: publicationOf(outcome),
        seconds: Math.round(phases.elapsedMillis() * 1_000) / 1e6,
      },
      report,
    );
  } catch (error) {
    const failed = { ...measured(), failure: failureOf(error), phase: phases.current() };
    // The failure itself must reach the caller, whatever becomes of its report.
    await writeRunReport(runFolder, path, runReport(failed)).catch(() => undefined);
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function announced(finished: FinishedState, report: SegmentReport): FinishedState {
  const { state, publication, seconds, outcome } = finished;
  for (const { code, message } of outcome.warnings) {
    report('warning', { segment: '5A', state, code, message });
  }
  report('state-finished', { segment: '5A', state, publication, seconds, counts: { ...outcome.counts } });
  return finished;
}

async function makeScratch(scratch: string, state: StateName): Promise<void> {
  await mkdir(scratch, { recursive: true }).catch((error: unknown) =>
    fail(
      {
        exit: 'transient',
        code: `${state}_IO_WRITE_FAILED`,
        message: `the scratch folder cannot be made: ${messageOf(error)}`,
        where: scratch,
        remedy: 'Free disk space or make the run folder writable, then run again.',
      },
      error,
    ),
  );
}
