import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { derivedValuesFolder } from '../../lib/files/derived-values.ts';
import { environments } from '../support/environments.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'synth-'));
after(() => rmSync(folder, { recursive: true }));

/** The CDK's command line with nothing of this machine: no credentials, no docker, no home. */
function cdk(...parameters: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', 'cdk'), parameters, {
    cwd: root,
    encoding: 'utf8',
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: folder,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DOCKER: '/nonexistent/docker',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  return { status, said: stdout + stderr };
}

const stacks = environments.flatMap(({ name }) =>
  ['foundation', 'network', 'database', 'tasks', 'workflows', 'observability'].map(
    (stack) => `${name}/${stack}`,
  ),
);

test('every environment is synthesized with no word but of success, whether or not anything is remembered', () => {
  rmSync(derivedValuesFolder, { recursive: true, force: true });
  const reports = ['first', 'again'].map((name) => {
    const output = join(folder, name);
    const { status, said } = cdk('synth', '**', '--no-lookups', '--strict', '--output', output);
    assert.equal(status, 0, said);
    assert.equal(
      said.replaceAll(/^Bundling asset .*\n/gm, '').trim(),
      `Successfully synthesized to ${output}\nSupply a stack id (${stacks.join(', ')}) to display its template.`,
    );
    const gate = spawnSync(process.execPath, [join(root, 'scripts', 'synth-gate.ts'), output], {
      encoding: 'utf8',
    });
    assert.equal(gate.status, 0, gate.stdout + gate.stderr);
    return readFileSync(join(output, 'validation-report.json'), 'utf8');
  });
  assert.equal(reports[0], reports[1]);
});

test('its stacks are listed, and nothing else is said', () => {
  const { status, said } = cdk('ls', '--output', join(folder, 'list'));
  assert.equal(status, 0, said);
  assert.deepEqual(
    said
      .trim()
      .split('\n')
      .map((line) => line.replace(/ \(.*\)$/, '')),
    stacks,
  );
});
