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

test('a phase of the data engine closes on a whole run; some of its states or scenarios are refused, and closed nothing', async () => {
  const engine = join(environment.home, 'engine.yaml');
  await writeFile(
    engine,
    'version: v1\nphases: [{ id: T.4, title: a run, depends_on: [], closed_by: { workflow: segment-5a } }]\n',
  );
  const forPhase = ['--phase', 'T.4', '--phases', engine];
  const run = (...more: string[]) =>
    environment.fraudctl(
      ...['--json', 'segment', 'run', '--scale', '12', '--seed', '5'],
      ...['--runs-root', join(environment.home, 'runs'), ...more],
    );
  /** Records an execution as an attempt after the fact. */
  const record = async (stdout: string) => {
    const { execution_id, run_id, exit_code } = JSON.parse(stdout);
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
  };
  const show = () => environment.fraudctl('phase', 'show', 'T.4', '--phases', engine);
  const part = await run('--states', 'S0', ...forPhase);
  assert.equal(part.exitCode, 78, part.stdout);
  assert.match(part.stdout, /PHASE_NOT_ADMITTED[\s\S]+task segment does not close T\.4/);

  // As it was recorded when a part was still admitted.
  await record((await run('--states', 'S0')).stdout);
  const open = await show();
  assert.match(open.stdout, /OPEN {2}T\.4[\s\S]+a whole run of segment-5a[\s\S]+attempts +1/);

  // Every state of a run of one scenario of two, which says PASS and is not the run of the world.
  await record((await run('--scenario', 'baseline_v1')).stdout);
  const ofOne = await show();
  assert.match(ofOne.stdout, /BLOCKED {2}T\.4[\s\S]+it is of baseline_v1 alone, without stress_v1/);

  const whole = await run(...forPhase);
  assert.equal(whole.exitCode, 0, whole.stderr);
  const closed = await show();
  assert.match(closed.stdout, /CLOSED {2}T\.4[\s\S]+evidence +segment-5a_\w+: PASS/);
});
