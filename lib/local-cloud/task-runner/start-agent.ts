import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileCacheFolder } from '../../files/compile-cache.ts';
import type { AgentOrder } from './task-agent.ts';

/** An agent that this process started. */
export type Agent = {
  /** Asks it to stop its task; asking twice is asking once. */
  readonly stop: () => void;
};

/** How an agent's end is told. `ended` comes after its last word is in `agent.json`. */
export type AgentEvents = {
  readonly failed: (error: Error) => void;
  readonly ended: () => void;
};

/** Starts the agent of one task; `folder` is the task's own, where the agent keeps `agent.json`. */
export type StartAgent = (folder: string, order: AgentOrder, events: AgentEvents) => Agent;

const agentProgram = fileURLToPath(new URL('./task-agent.ts', import.meta.url));

/** An agent as a process of its own: neither it nor its task ends with this one. */
export const startAgentProcess: StartAgent = (folder, order, { failed, ended }) => {
  const agent = spawn(process.execPath, [agentProgram, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // For the agent alone; the task gets its own environment and nothing of this.
    env: { NODE_COMPILE_CACHE: compileCacheFolder },
  });
  agent.on('error', failed);
  agent.on('exit', ended);
  agent.stdin?.on('error', () => undefined);
  agent.stdin?.end(JSON.stringify(order));
  // Neither agent nor task keeps this process alive, nor does its end touch them.
  agent.unref();
  return { stop: () => void agent.kill('SIGTERM') };
};
