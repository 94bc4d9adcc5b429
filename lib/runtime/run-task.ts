import { launchPrefix } from '../../config/names.ts';
import { canonicalBytes, canonicalJson } from '../evidence/format/canonical-json.ts';
import { sha256Of } from '../evidence/format/digest.ts';
import { publishObject } from '../evidence/publish-object.ts';
import { refuseCredentials } from '../evidence/refuse-credentials.ts';
import type { TaskContract } from '../task-contracts/define-task.ts';
import { exitCodes } from '../vocabulary/exit-codes.ts';
import { failureOf } from '../vocabulary/failure.ts';
import { instantFromMillis } from '../vocabulary/instant.ts';
import type { JsonObject } from '../vocabulary/json.ts';
import { type BootstrapEdge, bootstrap, type ReadyLaunch } from './bootstrap.ts';
import { classifyEnd, type LaunchEnd, type ProgramEnd } from './classify-end.ts';
import { type EndOfTime, watchEndOfTime } from './end-of-time.ts';
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
 * After a refusal nothing was written but the record on standard output. In every other case this
 * launch's `result.json` exists before the marker line is written, and the marker is the last line.
 */
export async function runTask<Contract extends TaskContract>(
  contract: Contract,
  program: TaskProgram<Contract>,
  edge: TaskEdge,
): Promise<number> {
  const log: TaskLog = (event, fields = {}) =>
    edge.writeLine(JSON.stringify({ time: instantFromMillis(edge.now()), event, ...fields }));
  const startedAt = edge.now();
  const earlyStop = new AbortController();
  let terminate = () => earlyStop.abort('stop-requested' satisfies StopReason);
  edge.onTerminate(() => terminate());

  const outcome = await bootstrap(contract, edge, earlyStop.signal).catch((error: unknown) => ({
    kind: 'refused' as const,
    refusals: [failureOf(error)],
  }));
  if (outcome.kind === 'refused') {
    if (earlyStop.signal.aborted) {
      log('stopped-before-start');
      return exitCodes.stopped;
    }
    log('bootstrap-refused', { task: contract.name, refusals: outcome.refusals });
    return exitCodes.refused;
  }
  const { ready } = outcome;
  log('started', {
    task: contract.name,
    launch_key: ready.launch.launchKey,
    deadline: ready.launch.deadline,
  });

  const end = watchEndOfTime(ready.launch.deadline, edge.now(), contract.stopGrace);
  terminate = () => end.stop('stop-requested');
  if (earlyStop.signal.aborted) terminate();
  const scratch = await makeScratch(ready.scratch);
  try {
    const programEnd: ProgramEnd =
      scratch.kind === 'made' ? await runProgram(program, ready, scratch.folder, end, log) : scratch;
    const reason: StopReason | undefined = end.signal.aborted ? end.signal.reason : undefined;
    const launchEnd = auditEnd(classifyEnd(programEnd, reason), ready);
    const { outcome, exitCode, failure } = launchEnd;
    log('ended', { outcome, exit_code: exitCode, ...(failure === null ? {} : { failure }) });
    return await writeResult(contract, ready, launchEnd, startedAt, edge, log);
  } finally {
    // The result stands, and its marker was the last line: what becomes of the folder changes neither, and is
    // waited for no longer than the launch may live.
    if (scratch.kind === 'made') await Promise.race([removeScratch(scratch.folder), end.overrun]);
    end.dispose();
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
