import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { canonicalBytes } from '../../lib/evidence/format/canonical-json.ts';
import { sha256Of } from '../../lib/evidence/format/digest.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

let environment: TestEnvironment;
before(async () => {
  environment = await createTestEnvironment();
});
after(() => environment.close());

test('a phase of the data engine closes on a whole run; some of its states are refused, and closed nothing', async () => {
  const engine = join(environment.home, 'engine.yaml');
  await writeFile(
    engine,
    'version: v1\nphases: [{ id: T.4, title: a run, depends_on: [], closed_by: { workflow: segment-5a } }]\n',
  );
  const forPhase = ['--phase', 'T.4', '--phases', engine];
  const run = (...more: string[]) =>
    environment.fraudctl(
      ...['--json', 'segment', 'run', '--scale', '12', '--seed', '5', '--scenario', 'baseline_v1'],
      ...['--runs-root', join(environment.home, 'runs'), ...more],
    );
  const show = () => environment.fraudctl('phase', 'show', 'T.4', '--phases', engine);
  const part = await run('--states', 'S0', ...forPhase);
  assert.equal(part.exitCode, 78, part.stdout);
  assert.match(part.stdout, /PHASE_NOT_ADMITTED[\s\S]+task segment does not close T\.4/);

  // As it was recorded when a part was still admitted.
  const { execution_id, run_id, exit_code } = JSON.parse((await run('--states', 'S0')).stdout);
  assert.equal(exit_code, 0);
  const intent = await environment.evidence.get(`evidence/local/run_control/${execution_id}/intent.json`);
  assert.ok(intent !== undefined);
  await environment.evidence.putIfAbsent(
    `evidence/local/phases/T.4/attempts/${execution_id}.json`,
    canonicalBytes({
      schema: 'fraud-platform/phase-attempt/v1',
      phase_id: 'T.4',
      execution_id,
      run_id,
      task: 'segment',
      intent_sha256: sha256Of(intent),
      scope: null,
    }),
  );
  const open = await show();
  assert.match(open.stdout, /OPEN {2}T\.4[\s\S]+a whole run of segment-5a[\s\S]+attempts +1/);

  const whole = await run(...forPhase);
  assert.equal(whole.exitCode, 0, whole.stderr);
  const closed = await show();
  assert.match(closed.stdout, /CLOSED {2}T\.4[\s\S]+evidence +segment-5a_\w+: PASS/);
});
