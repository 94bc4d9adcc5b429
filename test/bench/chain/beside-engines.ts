import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputFiles } from '../alternatives/segment/inputs.ts';
import { requireSameOutputs } from '../alternatives/segment/same-outputs.ts';
import type { BenchDefinition, ProcessCommand, Side } from '../definition.ts';
import {
  type FullScaleGround,
  prepareGround,
  programEnvironment,
  removeGround,
  statesCommand,
} from '../full-scale/ground.ts';

const states = ['S0', 'S1', 'S2', 'S3', 'S4', 'S5'] as const;

const engines = {
  duckdb: 'a DuckDB program',
  polars: 'a polars program',
} as const;
type Engine = keyof typeof engines;

const outputFolder = ({ root }: FullScaleGround, engine: Engine) => join(root, engine);

function engineCommand(ground: FullScaleGround, engine: Engine): ProcessCommand {
  const program = fileURLToPath(new URL(`../alternatives/segment/${engine}-chain.ts`, import.meta.url));
  return {
    file: process.execPath,
    args: [program, ground.world, outputFolder(ground, engine)],
    env: programEnvironment,
  };
}

const removeOutput = (ground: FullScaleGround, engine: Engine) =>
  rm(outputFolder(ground, engine), { recursive: true, force: true });

function engineSide(engine: Engine): Side<FullScaleGround> {
  return {
    kind: 'process',
    label: engines[engine],
    command: (ground) => engineCommand(ground, engine),
    afterwards: (ground) => removeOutput(ground, engine),
  };
}

/**
 * The whole chain on a world of a scale, beside the same tables made by one engine alone. Before anything is
 * measured each side makes them once, and every row of every table must be the same: another one fails the
 * bench.
 */
export function besideEngines(
  scale: 'small' | 'medium' | 'full',
): Pick<
  BenchDefinition<FullScaleGround>,
  'reading' | 'warm' | 'prepare' | 'cleanUp' | 'subject' | 'alternatives'
> {
  return {
    reading:
      'Ours also verifies the seal of the world, judges every row of what it reads and writes, draws the witness sample, and leaves receipts, digests and a sealed bundle; the programs trust the world, write the same tables, check them as far as SQL or expressions go, and leave files. On a small world most of the time is starting: both engines, the policies, a file and a receipt a bucket.',
    warm: true,
    prepare: async (signal) => {
      const ground = await prepareGround(states, scale);
      const runFolder = join(ground.runsRoot, ground.runId);
      for (const engine of Object.keys(engines) as Engine[]) {
        await runToEnd(engineCommand(ground, engine), signal);
        await requireSameOutputs(runFolder, outputFiles(outputFolder(ground, engine)));
        await removeOutput(ground, engine);
      }
      await rm(runFolder, { recursive: true, force: true });
      // Without a run to stage from, each run of the subject has a runs root of its own.
      return { ...ground, runId: '' };
    },
    cleanUp: removeGround,
    subject: { kind: 'process', label: 'S0 to S5', command: (ground) => statesCommand(ground, states) },
    alternatives: [engineSide('duckdb'), engineSide('polars')],
  };
}

async function runToEnd({ file, args, env }: ProcessCommand, signal: AbortSignal): Promise<void> {
  const child = spawn(file, args, {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    signal,
    killSignal: 'SIGKILL',
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args[0]} ended with ${String(code)}`);
}
