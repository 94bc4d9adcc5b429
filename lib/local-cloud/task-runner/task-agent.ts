import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The part of Fargate's agent: a process of its own beside one task. It starts the task in a process
 * group, ends it when told to, and writes down how it ended. It outlives the local cloud, so that the
 * death of the cloud costs neither the task nor its exit code. It imports nothing that is not needed
 * to start fast.
 *
 * Arguments: the folder of the task. Standard input: `AgentOrder` as JSON; secrets travel there and
 * nowhere else. SIGTERM: stop the task.
 */
export type AgentOrder = {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workFolder: string;
  readonly logFile: string;
  readonly stopTimeoutSeconds: number;
};

/** `agent.json` in the task's folder. Times are epoch milliseconds. */
export type AgentState = {
  readonly agent: number;
  readonly agentTicks: string;
  readonly pid: number;
  readonly pidTicks: string;
  readonly startedAt: number;
  readonly stoppedAt: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly failure: string | null;
};

let killTimer: NodeJS.Timeout | undefined;
// Before the task: a stop that comes while it is being started must not end the agent alone.
process.on('SIGTERM', () => {
  if (killTimer !== undefined) return;
  // Only the task itself is told to stop; its helpers are its own to end.
  child.kill('SIGTERM');
  killTimer = setTimeout(() => signalGroup('SIGKILL'), order.stopTimeoutSeconds * 1_000);
});

const [folder = ''] = process.argv.slice(2);
const order: AgentOrder = JSON.parse(readFileSync(0, 'utf8'));

function ticksOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function write(state: AgentState): void {
  const temporary = join(folder, `agent.json.${process.pid}`);
  writeFileSync(temporary, JSON.stringify(state), { flush: true });
  renameSync(temporary, join(folder, 'agent.json'));
}

mkdirSync(dirname(order.logFile), { recursive: true });
mkdirSync(order.workFolder, { recursive: true });
// Appended, never truncated: what a task wrote is kept whatever happens.
const log = openSync(order.logFile, 'a');
const [program = '', ...programArguments] = order.command;
const child = spawn(program, programArguments, {
  cwd: order.workFolder,
  env: order.environment,
  detached: true,
  stdio: ['ignore', log, log],
});
const started: AgentState = {
  agent: process.pid,
  agentTicks: ticksOf(process.pid),
  pid: child.pid ?? 0,
  pidTicks: child.pid === undefined ? '' : ticksOf(child.pid),
  startedAt: Date.now(),
  stoppedAt: null,
  exitCode: null,
  signal: null,
  failure: null,
};
if (child.pid !== undefined) write(started);

function signalGroup(signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}

child.on('error', (error) => {
  write({ ...started, stoppedAt: Date.now(), failure: error.message });
  process.exit(0);
});
child.on('exit', (exitCode, signal) => {
  clearTimeout(killTimer);
  // A container ends with its first process; whatever it left behind ends with it.
  signalGroup('SIGKILL');
  write({ ...started, stoppedAt: Date.now(), exitCode, signal });
  process.exit(0);
});
