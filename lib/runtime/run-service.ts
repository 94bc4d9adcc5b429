import type { ServiceContract } from '../task-contracts/define-task.ts';
import { platformVariables } from '../task-contracts/launch-environment.ts';
import { exitCodes } from '../vocabulary/exit-codes.ts';
import { type Failure, failureOf } from '../vocabulary/failure.ts';
import { instantFromMillis } from '../vocabulary/instant.ts';
import { checkDatabaseRequirement } from './check-database.ts';
import { checkScratch } from './check-scratch.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkSettings } from './check-settings.ts';
import type { Environment } from './launch-identity.ts';
import type { TaskEdge } from './run-task.ts';
import type { ServiceContext, ServiceProgram } from './service-program.ts';
import type { TaskLog } from './task-program.ts';
import { startWatchdog } from './watchdog.ts';

/**
 * A service, whole: every requirement checked before anything is done, then the program until SIGTERM.
 * Returns the exit code, never throws: 78 with all refusals in one record, 143 after an orderly end,
 * else the code of what went wrong. A drain that outlives the contract's grace is cut off.
 */
export async function runService(
  contract: ServiceContract,
  program: ServiceProgram,
  edge: TaskEdge,
): Promise<number> {
  const log: TaskLog = (event, fields = {}) =>
    edge.writeLine(JSON.stringify({ time: instantFromMillis(edge.now()), event, ...fields }));
  const stop = new AbortController();
  let callOff: (() => void) | undefined;
  edge.onTerminate(() => {
    if (stop.signal.aborted) return;
    callOff = startWatchdog(contract.stopGrace);
    stop.abort('stop-requested');
  });
  try {
    const checked = await checkService(contract, edge.environment);
    if (checked.kind === 'refused') {
      log('bootstrap-refused', { service: contract.name, refusals: checked.refusals });
      return exitCodes.refused;
    }
    await program({ ...checked.ready, signal: stop.signal, log });
    log('ended', { outcome: stop.signal.aborted ? 'stopped' : 'done' });
    return stop.signal.aborted ? exitCodes.stopped : exitCodes.done;
  } catch (error) {
    const failure = failureOf(error);
    log('ended', { outcome: 'failed', failure });
    return exitCodes[failure.exit];
  } finally {
    callOff?.();
  }
}

type ServiceCheck =
  | { readonly kind: 'ready'; readonly ready: Omit<ServiceContext, 'signal' | 'log'> }
  | { readonly kind: 'refused'; readonly refusals: readonly Failure[] };

async function checkService(contract: ServiceContract, environment: Environment): Promise<ServiceCheck> {
  const name = environment[platformVariables.environment] ?? '';
  const imageDigest = environment[platformVariables.imageDigest] ?? '';
  const port = Number(environment[platformVariables.port] ?? '');
  const settings = checkSettings(contract, environment, name);
  const secrets = checkSecrets(contract, environment);
  const [database, scratch] = await Promise.all([
    checkDatabaseRequirement(contract, environment, secrets.values),
    checkScratch(environment),
  ]);
  const refusals: Failure[] = [
    ...(name.trim() === '' ? [missing(platformVariables.environment)] : []),
    ...(imageDigest.trim() === '' ? [missing(platformVariables.imageDigest)] : []),
    ...(Number.isInteger(port) && port > 0 && port < 65_536 ? [] : [missing(platformVariables.port)]),
    ...settings.failures,
    ...secrets.failures,
    ...database.failures,
    ...scratch.failures,
  ];
  if (refusals.length > 0) return { kind: 'refused', refusals };
  return {
    kind: 'ready',
    ready: {
      environment: name,
      imageDigest,
      settings: settings.values,
      secrets: secrets.values,
      ...(database.authorities === undefined ? {} : { databaseAuthorities: database.authorities }),
      port,
      scratch: scratch.folder,
    },
  };
}

function missing(variable: string): Failure {
  return {
    exit: 'refused',
    code: 'SERVICE_ENVIRONMENT_MALFORMED',
    message: `${variable} is missing or malformed`,
    where: variable,
    remedy: 'Deploy the environment again: the task definition of a service sets it.',
  };
}
