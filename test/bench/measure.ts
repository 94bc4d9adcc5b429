import { spawn } from 'node:child_process';
import { z } from 'zod';
import { fail } from '../../lib/vocabulary/failure.ts';
import type { Sample } from './compare.ts';
import type { PreparedSide, ProcessCommand } from './definition.ts';
import {
  ownCpuSeconds,
  ownPeakBytes,
  resetOwnPeak,
  treeBytes,
  waitedChildrenCpuSeconds,
} from './process-usage.ts';

const measuredSchema = z.looseObject({ measured: z.number() });
const memoryPeriodMilliseconds = 20;

/** Runs one side once. The peak of a process is the highest of samples 20 ms apart, of a call exact. */
export async function measure(side: PreparedSide): Promise<Sample> {
  return side.kind === 'call' ? measureCall(side.call) : measureProcess(side.label, side.command());
}

async function measureCall(call: () => unknown): Promise<Sample> {
  resetOwnPeak();
  const cpuBefore = ownCpuSeconds();
  const began = performance.now();
  const returned = await call();
  const wallSeconds = (performance.now() - began) / 1000;
  const result = measuredSchema.safeParse(returned).data;
  return {
    ...(result === undefined ? {} : { measured: result.measured }),
    wallSeconds,
    cpuSeconds: ownCpuSeconds() - cpuBefore,
    peakBytes: ownPeakBytes(),
  };
}

async function measureProcess(label: string, command: ProcessCommand): Promise<Sample> {
  const cpuBefore = waitedChildrenCpuSeconds();
  const began = performance.now();
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: command.env ?? process.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  let peak = 0;
  const watch = () => {
    if (child.pid !== undefined) peak = Math.max(peak, treeBytes(child.pid));
  };
  const timer = setInterval(watch, memoryPeriodMilliseconds);
  try {
    const end = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? signal));
    });
    const wallSeconds = (performance.now() - began) / 1000;
    if (end !== 0) refuse(label, end, complaint);
    const cpuAfter = waitedChildrenCpuSeconds();
    return {
      wallSeconds,
      cpuSeconds: cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore,
      peakBytes: peak === 0 ? undefined : peak,
    };
  } finally {
    clearInterval(timer);
  }
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
