import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { selectTests } from '../../scripts/testing/select-tests.ts';
import { endSurvivors, findSurvivors } from '../../scripts/testing/survivors.ts';

const isPure = (path: string) => !path.endsWith('b.test.ts');
const tree = [
  'test/lib/a.test.ts',
  'test/lib/b.test.ts',
  'test/lib/helper.ts',
  'test/chaos/kill.test.ts',
  'test/bench/x.bench.ts',
  'test/image/image.test.ts',
  'test/aws/environment.test.ts',
];

test('suites take their files; words narrow them; flags and their values reach node', () => {
  const files = (...words: string[]) => selectTests(words, tree, isPure).files;
  assert.deepEqual(files(), ['test/lib/a.test.ts', 'test/lib/b.test.ts']);
  assert.deepEqual(files('unit'), ['test/lib/a.test.ts']);
  assert.deepEqual(files('chaos'), ['test/chaos/kill.test.ts']);
  assert.deepEqual(files('full').length, 3);
  // They need programs that this project does not bring.
  assert.deepEqual(files('image'), ['test/image/image.test.ts']);
  assert.deepEqual(files('aws'), ['test/aws/environment.test.ts']);
  assert.deepEqual(files('./test/lib/'), ['test/lib/a.test.ts', 'test/lib/b.test.ts']);
  assert.deepEqual(
    selectTests(['--test-name-pattern', 'seal', 'test/lib/b.test.ts', '--test-only'], tree, isPure),
    {
      suite: 'default',
      files: ['test/lib/b.test.ts'],
      flags: ['--test-name-pattern', 'seal', '--test-only'],
    },
  );
});

const runner = join(import.meta.dirname, '..', '..', 'scripts', 'test.ts');

/** Runs the real runner over one file with this body. */
function runBody(body: string, ...flags: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  try {
    const file = join(folder, 'sample.test.ts');
    writeFileSync(
      file,
      `import { test } from 'node:test';\nimport { spawn } from 'node:child_process';\n${body}`,
    );
    const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [runner, file, ...flags], {
      encoding: 'utf8',
      env,
    });
    return { status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a passing file passes and node has the last word', () => {
  const { status, stdout } = runBody(`test('fine', () => {});`);
  assert.equal(status, 0);
  assert.match(stdout, /slow .*sample\.test\.ts[\s\S]*pass 1[\s\S]*duration_ms [\d.]+\s*$/);
});

test('a failing test fails the run', () => {
  assert.equal(runBody(`test('broken', () => { throw new Error('on purpose'); });`).status, 1);
});

test('a run without a single test fails', () => {
  for (const outcome of [
    runBody(''),
    runBody(`test('fine', () => {});`, '--test-name-pattern', 'nothing like it'),
  ]) {
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /no test ran/);
  }
});

test('a process left behind is named, killed and fails the run, also one that dropped its environment', () => {
  const leaks = [
    `spawn('sleep', ['61'], { detached: true, stdio: 'ignore' }).unref();`,
    `spawn('sleep', ['62'], { detached: true, stdio: 'ignore', env: {}, cwd: process.env.TMPDIR }).unref();`,
  ];
  for (const leak of leaks) {
    const { status, stderr } = runBody(`test('leaks', () => { ${leak} });`);
    assert.equal(status, 1);
    const pid = Number(/left a process behind: (\d+) sleep/.exec(stderr)?.[1]);
    assert.ok(pid > 0, stderr);
  }
});

test('only processes of the run are survivors', async () => {
  const runFolder = mkdtempSync(join(tmpdir(), 'survivor-'));
  const run = { runId: `only-${process.pid}`, runFolder };
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  const ours = spawn('sleep', ['60'], { stdio: 'ignore', env: { TEST_RUN_ID: run.runId } });
  const ended = Promise.all(
    [other, ours].map((child) => new Promise((resolve) => child.on('close', resolve))),
  );
  try {
    await Promise.all(
      [other, ours].map((child) => child.pid ?? new Promise((resolve) => child.on('spawn', resolve))),
    );
    const survivors = findSurvivors(run);
    assert.deepEqual(
      survivors.map(({ pid }) => pid),
      [ours.pid],
    );
    endSurvivors(survivors);
  } finally {
    other.kill();
    ours.kill();
    await ended;
    rmSync(runFolder, { recursive: true });
  }
});
