import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const fraudctl = fileURLToPath(new URL('../../../bin/fraudctl.mjs', import.meta.url));

/** Runs fraudctl into a reader that has left; its exit code and what it said beside that. */
function intoNobody(line: string) {
  const script = `"$0" "$1" ${line} | true; echo "exit \${PIPESTATUS[0]}"`;
  return spawnSync('bash', ['-c', script, process.execPath, fraudctl], { encoding: 'utf8' });
}

for (const [line, exit] of [
  ['completion fish', 0],
  ['--help', 0],
  ['--json task list', 0],
  ['--json task run nothing', 64],
] as const) {
  test(`fraudctl ${line} into a pipe that nobody reads is no crash`, () => {
    const run = intoNobody(line);
    assert.deepEqual([run.stdout.trim(), run.stderr], [`exit ${exit}`, '']);
  });
}
