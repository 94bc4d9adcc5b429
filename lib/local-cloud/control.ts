import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { compileCacheFolder } from '../files/compile-cache.ts';
import { failureSchema } from '../runtime/result.ts';
import { fail, PlatformError } from '../vocabulary/failure.ts';
import { homeAt, prepareHome } from './home.ts';
import { isAlive, startTicksOf } from './process-identity.ts';
import type { StandIn } from './stand-in.ts';

const startTimeoutMillis = 60_000;
const answerTimeoutMillis = 2_000;
/** PostgreSQL may take twenty seconds to stop, and tasks their grace before it. */
const stopTimeoutMillis = 180_000;

/** What a local cloud says about itself to who connects to its control address. */
export const cloudStatusSchema = z.object({
  state: z.enum(['starting', 'ready', 'failed']),
  pid: z.number(),
  port: z.number(),
  started_at: z.string(),
  version: z.string(),
  home: z.string(),
  running_executions: z.number(),
  running_tasks: z.number(),
  postgres: z.object({ port: z.number(), pid: z.number() }).nullable(),
  failure: failureSchema.nullable(),
});
export type CloudStatus = z.infer<typeof cloudStatusSchema>;

/** How a cloud is started; of no effect on one that runs already. */
export type StartOptions = {
  readonly entryPoint?: readonly string[];
  readonly fsync?: boolean;
  readonly interference?: { readonly module: string; readonly argument: string };
  readonly standIn?: StandIn;
};

export type LocalCloud = { readonly port: number; readonly accessKey: string; readonly status: CloudStatus };

/**
 * Where the local cloud of a home can be asked and which only one process can hold: an address that the
 * kernel frees with its holder. A stale file can never say that a dead cloud lives.
 */
export function controlAddress(homeFolder: string): string {
  const name = createHash('sha256').update(resolve(homeFolder)).digest('hex').slice(0, 32);
  return process.platform === 'linux'
    ? `\0fraud-platform-${name}`
    : join(resolve(homeFolder), 'control.sock');
}

/** Asks the local cloud of a home how it is; `undefined` when none runs. Writes nothing. */
export async function localCloudStatus(homeFolder: string): Promise<CloudStatus | undefined> {
  const text = await ask(controlAddress(homeFolder), 'status');
  return text === undefined ? undefined : cloudStatusSchema.parse(JSON.parse(text));
}

/**
 * The running local cloud of a home, started if need be. Concurrent callers get the same one. The cloud
 * is detached: it does not end with its caller. Throws what kept it from starting.
 */
export async function ensureLocalCloud(
  homeFolder: string,
  options: StartOptions & { readonly progress?: (line: string) => void } = {},
): Promise<LocalCloud> {
  const home = homeAt(resolve(homeFolder));
  let running = await localCloudStatus(home.root);
  if (running?.state === 'ready' && !existsSync(home.layout)) {
    // A clone was removed with its cloud running, and is there again: that cloud serves files that nobody has.
    options.progress?.(`ending the local cloud of a home that was removed: ${home.root}`);
    await stopLocalCloud(home.root, true);
    running = undefined;
  }
  if (running?.state === 'ready') return await withAccessKey(home.accessKeyFile, running);
  await prepareHome(home);
  let started: ChildProcess | undefined;
  if (running === undefined) {
    options.progress?.(`starting the local cloud in ${home.root}`);
    started = startProcess(home.root, home.serverLog, options);
  }
  let sawProcess = running !== undefined;
  for (const until = performance.now() + startTimeoutMillis; performance.now() < until; ) {
    const status = await localCloudStatus(home.root);
    if (status?.state === 'ready') {
      // Somebody else's start won. Ours may still be coming up, and must not come up after that one is stopped.
      if (started !== undefined && started.pid !== status.pid) started.kill('SIGKILL');
      return await withAccessKey(home.accessKeyFile, status);
    }
    if (status?.state === 'failed' && status.failure !== null) {
      throw new PlatformError(status.failure as ConstructorParameters<typeof PlatformError>[0]);
    }
    if (status !== undefined) sawProcess = true;
    else if (sawProcess) break;
    await delay(15);
  }
  started?.kill('SIGKILL');
  const log = await readFile(home.serverLog, 'utf8').catch(() => '');
  return fail({
    exit: 'internal',
    code: 'LOCAL_CLOUD_DID_NOT_START',
    message: `the local cloud did not start: ${log.trim().split('\n').slice(-2).join(' | ')}`,
    where: home.serverLog,
    remedy: 'Read its log; then run fraudctl local up again.',
  });
}

/**
 * Ends the local cloud and its PostgreSQL; when it returns, the process is gone. Throws `EXECUTIONS_RUNNING` (75)
 * while executions run, unless forced; then they are stopped first. Throws `LOCAL_CLOUD_DID_NOT_STOP` (75) for a
 * process that says it will end and does not. `false` when none ran.
 */
export async function stopLocalCloud(
  homeFolder: string,
  force: boolean,
  timeoutMillis = stopTimeoutMillis,
): Promise<boolean> {
  const text = await ask(controlAddress(homeFolder), force ? 'stop-forced' : 'stop', 120_000);
  if (text === undefined) return false;
  const status = cloudStatusSchema.parse(JSON.parse(text));
  if (!force && status.running_executions > 0) {
    return fail({
      exit: 'transient',
      code: 'EXECUTIONS_RUNNING',
      message: `${status.running_executions} executions are running`,
      where: resolve(homeFolder),
      remedy: 'Wait for them, stop them with fraudctl stop, or use --force.',
    });
  }
  // The address is free before the process is: it still writes its compile cache, and a home that is removed then
  // would have it die in a folder that is not there.
  const stopping = { pid: status.pid, startTicks: startTicksOf(status.pid) ?? '' };
  for (const until = performance.now() + timeoutMillis; isAlive(stopping); ) {
    if (performance.now() > until) refuseSurvivor(homeAt(resolve(homeFolder)).serverLog, status.pid);
    await delay(15);
  }
  return true;
}

function refuseSurvivor(serverLog: string, pid: number): never {
  return fail({
    exit: 'transient',
    code: 'LOCAL_CLOUD_DID_NOT_STOP',
    message: `the local cloud was asked to stop and still runs, as process ${pid}`,
    where: serverLog,
    value: String(pid),
    remedy: 'Read its log; wait for its tasks, then run fraudctl local down again.',
  });
}

async function withAccessKey(file: string, status: CloudStatus): Promise<LocalCloud> {
  return { port: status.port, accessKey: await readFile(file, 'utf8'), status };
}

function startProcess(
  homeFolder: string,
  logFile: string,
  { entryPoint, fsync, interference, standIn }: StartOptions,
): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./main.ts', import.meta.url)), homeFolder],
      {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: homeFolder,
        env: {
          PATH: '/usr/bin:/bin',
          NODE_COMPILE_CACHE: compileCacheFolder,
          FRAUD_PLATFORM_OPTIONS: JSON.stringify({ entryPoint, fsync, interference, standIn }),
        },
      },
    );
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** One question on the control address; `undefined` when nobody answers there. */
async function ask(
  address: string,
  question: string,
  timeoutMillis = answerTimeoutMillis,
): Promise<string | undefined> {
  const answer = await new Promise<string | undefined>((answered) => {
    const socket = connectSocket({ path: address });
    let text = '';
    socket.setTimeout(timeoutMillis, () => socket.destroy());
    socket.on('connect', () => socket.end(`${question}\n`));
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
    });
    socket.on('error', () => answered(undefined));
    socket.on('close', () => answered(text === '' ? undefined : text));
  });
  if (answer === undefined && !address.startsWith('\0')) await rm(address, { force: true });
  return answer;
}
