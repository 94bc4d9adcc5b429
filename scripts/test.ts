import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPurity, readBelow } from './testing/pure-tests.ts';
import { runTests } from './testing/run-tests.ts';
import { selectTests } from './testing/select-tests.ts';
import { endSurvivors, findSurvivors } from './testing/survivors.ts';

/**
 * Runs a suite: `node scripts/test.ts [unit|chaos|full] [file …] [--test-…]`. Everything a test makes lies in
 * this run's own folder, everything it starts carries this run's mark, so what stays behind is known and
 * fails the run.
 */
const root = join(import.meta.dirname, '..');
const runFolder = mkdtempSync(join(tmpdir(), 'test-run-'));
// Run as root, PostgreSQL is another user and must be able to pass through.
chmodSync(runFolder, 0o711);
const runId = `${process.pid}-${Date.now()}`;

const everyFile = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).map((path) =>
  join('test', path),
);
const selection = selectTests(process.argv.slice(2), everyFile, createPurity(readBelow(root)));
let exitCode: number;
if (selection.files.length === 0) {
  console.error(`tests: nothing to run in suite ${selection.suite}`);
  exitCode = 1;
} else {
  try {
    const report = await runTests({ root, runId, runFolder, ...selection });
    exitCode = report.passed ? 0 : 1;
    if (report.testsRun === 0) {
      console.error('tests: no test ran; a pattern that matches nothing proves nothing');
      exitCode = 1;
    }
  } finally {
    const survivors = findSurvivors({ runId, runFolder });
    for (const { pid, command } of survivors)
      console.error(`tests: left a process behind: ${pid} ${command}`);
    endSurvivors(survivors);
    if (survivors.length > 0) exitCode = 1;
    rmSync(runFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}
process.exitCode = exitCode;
