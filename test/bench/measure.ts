import { spawn } from 'node:child_process';
import { z } from 'zod';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { Sample } from './compare.ts';
import type { PreparedSide, ProcessCommand } from './definition.ts';
import {
  ownCpuSeconds,
  ownPeakBytes,
  resetOwnPeak,
  treesBytes,
  treesCpuSeconds,
  waitedChildrenCpuSeconds,
} from './process-usage.ts';

const measuredSchema = z.looseObject({ measured: z.number() });
const memoryPeriodMilliseconds = 20;
/** Looking at a large tree takes a while; it must not take the processor from what is looked at. */
const mostShareOfLooking = 0.05;

/**
 * Runs one side once. The peak of a call without servers is exact, of processes the highest of samples 20 ms
 * apart, more where they are many. When the signal aborts, a process is ended and the run throws.
 */
export async function measure(side: PreparedSide, signal?: AbortSignal): Promise<Sample> {
  signal?.throwIfAborted();
  await side.beforehand?.();
  const sample = side.kind === 'call' ? await measureCall(side, signal) : await measureProcess(side, signal);
  await side.afterwards?.();
  return sample;
}

async function measureCall(
  { call, servers }: Extract<PreparedSide, { kind: 'call' }>,
  signal: AbortSignal | undefined,
): Promise<Sample> {
  if (servers === undefined) {
    resetOwnPeak();
    const cpuBefore = ownCpuSeconds();
    const { returned, wallSeconds } = await timed(call, signal);
    const usage = { cpuSeconds: ownCpuSeconds() - cpuBefore, peakBytes: ownPeakBytes() };
    return { ...measuredOf(returned), wallSeconds, ...usage };
  }
  const watched = await watchServers(servers);
  try {
    const { returned, wallSeconds } = await timed(call, signal);
    const usage = { cpuSeconds: await watched.cpuSeconds(), peakBytes: watched.peakBytes() };
    return { ...measuredOf(returned), wallSeconds, ...usage };
  } finally {
    watched.stop();
  }
}

/** A call cannot be ended; who waits for it can be told. */
async function timed(call: () => unknown, signal: AbortSignal | undefined) {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const began = performance.now();
  try {
    const returned = await Promise.race([call(), aborted]);
    return { returned, wallSeconds: (performance.now() - began) / 1000 };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function measuredOf(returned: unknown): { readonly measured?: number } {
  const result = measuredSchema.safeParse(returned).data;
  return result === undefined ? {} : { measured: result.measured };
}

async function measureProcess(
  { label, command, servers = () => [] }: Extract<PreparedSide, { kind: 'process' }>,
  signal: AbortSignal | undefined,
): Promise<Sample> {
  const { file, args, cwd, env }: ProcessCommand = command();
  const watched = await watchServers(servers);
  const cpuBefore = waitedChildrenCpuSeconds();
  const began = performance.now();
  const child = spawn(file, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (child.pid !== undefined) watched.add(child.pid);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const abort = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const end = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? signal));
    });
    const wallSeconds = (performance.now() - began) / 1000;
    signal?.throwIfAborted();
    if (end !== 0) refuse(label, end, complaint);
    const served = await watched.cpuSeconds();
    const cpuAfter = waitedChildrenCpuSeconds();
    const known = cpuBefore !== undefined && cpuAfter !== undefined && served !== undefined;
    return {
      wallSeconds,
      cpuSeconds: known ? cpuAfter - cpuBefore + served : undefined,
      peakBytes: watched.peakBytes(),
    };
  } finally {
    signal?.removeEventListener('abort', abort);
    watched.stop();
  }
}

/** Follows servers, and a process of this run that is added, until it is stopped. */
async function watchServers(servers: () => Promise<readonly number[]> | readonly number[]) {
  const before = await servers();
  const cpuBefore = treesCpuSeconds(before);
  const looked = new Set(before);
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const began = performance.now();
    peak = Math.max(peak, treesBytes([...looked]));
    const took = performance.now() - began;
    timer = setTimeout(look, Math.max(memoryPeriodMilliseconds, took / mostShareOfLooking));
  };
  look();
  return {
    add: (pid: number) => looked.add(pid),
    /** Of the servers since the watch began, those that were started meanwhile from their beginning. */
    cpuSeconds: async () => {
      const after = await servers();
      for (const pid of after) looked.add(pid);
      peak = Math.max(peak, treesBytes([...looked]));
      const cpuAfter = treesCpuSeconds(after);
      return cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
    },
    peakBytes: () => (peak === 0 ? undefined : peak),
    stop: () => clearTimeout(timer),
  };
}

function refuse(label: string, end: number | NodeJS.Signals | null, complaint: string): never {
  fail({
    exit: 'internal',
    code: 'BENCH_PROCESS_FAILED',
    message: `The process of '${label}' did not exit 0; a failed run has no time. ${complaint.trim()}`,
    where: label,
    value: String(end),
    remedy: 'Run the command by hand and mend it, then measure again.',
  });
}
