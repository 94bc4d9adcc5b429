import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { compileCacheFolder } from '../../lib/files/compile-cache.ts';
import { tallyVariable } from './reporter.ts';
import type { Suite } from './select-tests.ts';
import { runMark } from './survivors.ts';

export type TestRun = {
  readonly root: string;
  readonly runId: string;
  /** Becomes the folder of temporary files for every test. */
  readonly runFolder: string;
  readonly suite: Suite;
  readonly files: readonly string[];
  readonly flags: readonly string[];
};

/** Runs `node --test` to its end; its report goes to standard output as it comes. */
export async function runTests(
  run: TestRun,
): Promise<{ readonly passed: boolean; readonly testsRun: number }> {
  const tally = join(run.runFolder, 'tally');
  const child = spawn(
    process.execPath,
    [
      '--test',
      // A test that hangs must not take the whole run with it.
      '--test-timeout=240000',
      // Tests wait for processes and databases half of their time: one file more than cores keeps the cores busy.
      `--test-concurrency=${availableParallelism() + 1}`,
      `--test-reporter=${join(import.meta.dirname, 'reporter.ts')}`,
      '--test-reporter-destination=stdout',
      // What decides on data alone leaves nothing behind for the next: one process loads all of it once.
      ...(run.suite === 'unit' ? ['--test-isolation=none'] : []),
      ...run.flags,
      ...run.files,
    ],
    {
      cwd: run.root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        [runMark]: run.runId,
        [tallyVariable]: tally,
        TMPDIR: run.runFolder,
        // Every file is a process: what one has compiled, the others need not. A third of the suite's time.
        NODE_COMPILE_CACHE: compileCacheFolder,
        // Validation of templates is a gate of its own; in unit tests it only costs seconds.
        CDK_VALIDATION: 'false',
      },
    },
  );
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  process.off('SIGINT', forward).off('SIGTERM', forward);
  return { passed: code === 0, testsRun: existsSync(tally) ? Number(readFileSync(tally, 'utf8')) : 0 };
}
