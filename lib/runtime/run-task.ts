import { launchPrefix } from '../../config/names.ts';
import { canonicalBytes, canonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { refuseCredentials } from '../evidence/refuse-credentials.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { exitCodes } from '../vocabulary/exit-codes.ts';
import { failureOf } from '../vocabulary/failure.ts';
import { type Instant, instantFromMillis } from '../vocabulary/instant.ts';
import type { JsonObject } from '../vocabulary/json.ts';
import { type BootstrapEdge, type BootstrapOutcome, bootstrap, type ReadyLaunch } from './bootstrap.ts';
import { classifyEnd, exitOfStop, type LaunchEnd, type ProgramEnd } from './classify-end.ts';
import { type EndOfTime, watchEndOfTime } from './end-of-time.ts';
import { checkLaunchIdentity } from './launch-identity.ts';
import { markerPrefix, resultSchemaName } from './result.ts';
import { makeScratch, removeScratch } from './scratch-folder.ts';
import type { StopReason, TaskContext, TaskLog, TaskProgram } from './task-program.ts';

/** The process around a task, so that tests can stand in for it. */
export type TaskEdge = BootstrapEdge & {
  /** Writes one line to standard output and does not return before it is handed to the system. */
  readonly writeLine: (line: string) => void;
  /** Calls back once per SIGTERM. */
  readonly onTerminate: (handler: () => void) => void;
};

/**
 * One launch, whole: bootstrap, program, result, marker. Returns the exit code; never throws.
 *
 * After a refusal, or an end of time before the start, nothing was written but the record on standard output.
 * In every other case this launch's `result.json` exists before the marker line is written, and the marker is the
 * last line.
 */
export async function runTask<Contract extends TaskContract>(
  contract: Contract,
  program: TaskProgram<Contract>,
  edge: TaskEdge,
): Promise<number> {
  const log: TaskLog = (event, fields = {}) =>
    edge.writeLine(JSON.stringify({ time: instantFromMillis(edge.now()), event, ...fields }));
  const startedAt = edge.now();
  const end = watchEndOfTime(endOfLaunch(contract, edge, startedAt), startedAt, contract.stopGrace);
  edge.onTerminate(() => end.stop('stop-requested'));
  try {
    const outcome = await Promise.race([
      bootstrap(contract, edge, end.signal).catch(
        (error: unknown): BootstrapOutcome => ({ kind: 'refused', refusals: [failureOf(error)] }),
      ),
      // A store need not heed the signal.
      end.overrun.then((): BootstrapOutcome => ({ kind: 'refused', refusals: [] })),
    ]);
    if (outcome.kind === 'ready')
      return await runReady(contract, program, outcome.ready, startedAt, end, edge, log);
    const reason = stopReasonOf(end);
    if (reason !== undefined) {
      log('stopped-before-start', { reason });
      return exitCodes[exitOfStop[reason]];
    }
    log('bootstrap-refused', { task: contract.name, refusals: outcome.refusals });
    return exitCodes.refused;
  } finally {
    end.dispose();
  }
}

/** A launch without a lawful deadline is refused; being refused takes no longer than any launch may live. */
function endOfLaunch(contract: TaskContract, { environment }: TaskEdge, now: number): Instant {
  const { launch, failures } = checkLaunchIdentity(environment, contract, now);
  return launch === undefined || failures.length > 0
    ? instantFromMillis(now + contract.deadline.maximum)
    : launch.deadline;
}

function stopReasonOf({ signal }: EndOfTime): StopReason | undefined {
  return signal.aborted ? signal.reason : undefined;
}

async function runReady<Contract extends TaskContract>(
  contract: Contract,
  program: TaskProgram<Contract>,
  ready: ReadyLaunch,
  startedAt: number,
  end: EndOfTime,
  edge: TaskEdge,
  log: TaskLog,
): Promise<number> {
  log('started', {
    task: contract.name,
    launch_key: ready.launch.launchKey,
    deadline: ready.launch.deadline,
  });

  const scratch = await makeScratch(ready.scratch);
  try {
    const programEnd: ProgramEnd =
      scratch.kind === 'made' ? await runProgram(program, ready, scratch.folder, end, log) : scratch;
    const launchEnd = auditEnd(classifyEnd(programEnd, stopReasonOf(end)), ready);
    const { outcome, exitCode, failure } = launchEnd;
    log('ended', { outcome, exit_code: exitCode, ...(failure === null ? {} : { failure }) });
    return await writeResult(contract, ready, launchEnd, startedAt, edge, log);
  } finally {
    // The result stands, and its marker was the last line: what becomes of the folder changes neither, and is
    // waited for no longer than the launch may live.
    if (scratch.kind === 'made') await Promise.race([removeScratch(scratch.folder), end.overrun]);
  }
}

async function runProgram<Contract extends TaskContract>(
  program: TaskProgram<Contract>,
  ready: ReadyLaunch,
  scratch: string,
  end: EndOfTime,
  log: TaskLog,
): Promise<ProgramEnd> {
  const context: TaskContext<Contract> = {
    // The contract's own schema made this value; its type is known to the contract alone.
    parameters: ready.parameters as TaskContext<Contract>['parameters'],
    settings: ready.settings,
    secrets: ready.secrets,
    launch: ready.launch,
    evidence: ready.evidence,
    ...(ready.databaseAuthorities === undefined ? {} : { databaseAuthorities: ready.databaseAuthorities }),
    scratch,
    signal: end.signal,
    log,
  };
  return await Promise.race([
    program(context).then(
      (outcome): ProgramEnd => ({ kind: 'returned', outcome }),
      (error: unknown): ProgramEnd => ({ kind: 'threw', error }),
    ),
    end.overrun.then((reason): ProgramEnd => ({ kind: 'overran', reason })),
  ]);
}

/** A result that carries a credential is not published; that it did is. */
function auditEnd(end: LaunchEnd, ready: ReadyLaunch): LaunchEnd {
  const text = JSON.stringify({ output: end.output, failure: end.failure });
  try {
    refuseCredentials('result.json', new TextEncoder().encode(text), Object.values(ready.secrets));
    return end;
  } catch (error) {
    const failure = failureOf(error);
    return { outcome: 'failed', exitCode: exitCodes[failure.exit], output: null, failure };
  }
}

async function writeResult(
  contract: TaskContract,
  ready: ReadyLaunch,
  end: LaunchEnd,
  startedAt: number,
  edge: TaskEdge,
  log: TaskLog,
): Promise<number> {
  const key = `${launchPrefix(ready.launch.environment, ready.launch.launchKey)}result.json`;
  const result: JsonObject = {
    schema: resultSchemaName,
    task: contract.name,
    environment: ready.launch.environment,
    run_id: ready.launch.runId,
    launch_key: ready.launch.launchKey,
    outcome: end.outcome,
    exit_code: end.exitCode,
    output: end.output,
    failure: end.failure,
    started_at: instantFromMillis(startedAt),
    ended_at: instantFromMillis(edge.now()),
    image_digest: ready.launch.imageDigest,
    parameters_sha256: ready.parametersDigest,
    configuration_sha256: ready.configurationDigest,
  };
  try {
    const content = canonicalBytes(result);
    const published = await publishObject(ready.evidence, key, content);
    if (published.kind === 'conflict') {
      log('result-conflict', { key });
      return exitCodes.conflict;
    }
    edge.writeLine(
      markerPrefix + canonicalJson({ schema: resultSchemaName, key, sha256: sha256Of(content) }),
    );
    return end.exitCode;
  } catch (error) {
    const failure = failureOf(error);
    log('result-not-written', { key, failure });
    // Without a result nobody can vouch for the end, whatever it was.
    return exitCodes[failure.exit];
  }
}
