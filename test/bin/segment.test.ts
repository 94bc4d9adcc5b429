import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { policiesInBuckets } from '../lib/segment-5a/shipped-policies.ts';
import { openSegmentCommands, type SegmentCommands } from '../support/segment-commands.ts';

let commands: SegmentCommands;
before(async () => {
  commands = await openSegmentCommands();
});
after(() => commands.environment.close());

test('a world of a scale is drawn and run; again, everything is identical', async () => {
  const parameters = ['--scale', '12', '--seed', '3', '--runs-root', commands.rootOf('scale')];
  const first = await commands.ran(...parameters);
  assert.equal(first.verdict, 'PASS');
  assert.deepEqual(
    first.segment.states.map(({ state, scenario_id }) => [state, scenario_id]),
    [
      ['S0', null],
      ['S1', null],
      ['S2', null],
      ['S3', null],
      ['S4', 'baseline_v1'],
      ['S4', 'stress_v1'],
      ['S5', null],
    ],
  );
  assert.ok(first.segment.states.every(({ publication }) => publication === 'published'));
  const checks = Object.values(first.segment.checks);
  assert.ok(checks.length >= 30 && checks.every((status) => status === 'PASS'));

  const second = await commands.ran(...parameters);
  assert.ok(second.segment.states.every(({ publication }) => publication === 'identical'));
  assert.equal(second.segment.segment_run_id, first.segment.segment_run_id);
  assert.equal(second.segment.validation_bundle_digest_sha256, first.segment.validation_bundle_digest_sha256);
});

test('a witness with other policies or another world than the run’s is refused before anything is run', async () => {
  const runsRoot = commands.rootOf('witness');
  const own = await policiesInBuckets(commands.rootOf('own-policies'), 30);
  const parameters = ['--world', commands.world, '--runs-root', runsRoot];
  const { segment } = await commands.ran(...parameters, '--policies', own, '--states', 'S0');
  const entries = await readdir(runsRoot);
  const witness = (...more: string[]) =>
    commands.environment.fraudctl(
      ...['segment', 'witness', '--from', segment.segment_run_id, '--rerun', 'S4'],
      ...['--runs-root', runsRoot, ...more],
    );
  const shipped = await witness('--world', commands.world);
  assert.equal(shipped.exitCode, 64, shipped.stderr);
  assert.match(shipped.stderr, /error WITNESS_OF_ANOTHER: .* than those of this version/);
  const { parameter_hash } = JSON.parse(await readFile(join(segment.run_folder, 'run_receipt.json'), 'utf8'));
  assert.ok(shipped.stderr.includes(parameter_hash), shipped.stderr);
  const another = commands.rootOf('another-world');
  const made = await commands.environment.fraudctl(
    ...['world', 'generate', '--scale', '12', '--seed', '4', '--out', another],
  );
  assert.equal(made.exitCode, 0, made.stderr);
  const elsewhere = await witness('--world', another, '--policies', own);
  assert.equal(elsewhere.exitCode, 64, elsewhere.stderr);
  assert.match(elsewhere.stderr, /error WITNESS_OF_ANOTHER: .* of another world/);
  assert.deepEqual(await readdir(runsRoot), entries);
});

test('states can be run one range at a time', async () => {
  const parameters = ['--world', commands.world, '--runs-root', commands.rootOf('ranges')];
  const early = await commands.ran(...parameters, '--states', 'S0..S3');
  assert.deepEqual(
    early.segment.states.map(({ state }) => state),
    ['S0', 'S1', 'S2', 'S3'],
  );
  assert.equal(early.segment.validation_bundle_digest_sha256, null);
  const late = await commands.ran(...parameters, '--states', 'S4');
  assert.deepEqual(
    late.segment.states.map(({ state }) => state),
    ['S4'],
  );
});

const refusals: readonly (readonly [what: string, parameters: readonly string[], code: string])[] = [
  ['no world', ['run', '--runs-root', '/tmp/none'], 'WORLD_NOT_CHOSEN'],
  ['two worlds', ['run', '--runs-root', '/tmp/none', '--world', 'w', '--scale', 'small'], 'WORLD_NOT_CHOSEN'],
  ['no runs root', ['run', '--scale', 'small'], 'RUNS_ROOT_MISSING'],
  ['an unknown scale', ['run', '--runs-root', '/tmp/none', '--scale', 'huge'], 'SCALE_UNKNOWN'],
  [
    'an unknown state',
    ['run', '--runs-root', '/tmp/none', '--scale', 'small', '--states', 'S9'],
    'STATE_UNKNOWN',
  ],
  [
    'a range that ends before it begins',
    ['run', '--runs-root', '/tmp/none', '--scale', 'small', '--states', 'S3..S1'],
    'STATES_MALFORMED',
  ],
  [
    'a scenario that the world has not',
    ['run', '--runs-root', '/tmp/none', '--world', '<world>', '--scenario', 'nobody_v1'],
    'SCENARIO_UNKNOWN',
  ],
  [
    'scenarios of a run for a phase',
    ['run', '--runs-root', '/tmp/none', '--scale', 'small', '--scenario', 'baseline_v1', '--phase', 'M10.C'],
    'PHASE_TAKES_ALL_SCENARIOS',
  ],
  [
    'nine partitions',
    ['run', '--runs-root', '/tmp/none', '--scale', 'small', '--partitions', '9'],
    'PARTITIONS_MALFORMED',
  ],
  [
    'a deadline above the maximum',
    ['run', '--runs-root', '/tmp/none', '--scale', 'small', '--deadline', '9h'],
    'DEADLINE_BEYOND_MAXIMUM',
  ],
  [
    'a witness of a run that is not there',
    ['witness', '--from', '0'.repeat(32), '--rerun', 'S4', '--scale', 'small', '--runs-root', '/tmp/none'],
    'RUN_NOT_FOUND',
  ],
];
for (const [what, parameters, code] of refusals) {
  test(`refuses ${what} with ${code} before anything is written`, async () => {
    const before = await readdir(commands.environment.home);
    const given = parameters.map((one) => (one === '<world>' ? commands.world : one));
    const refused = await commands.environment.fraudctl('segment', ...given);
    assert.equal(refused.exitCode, 64, refused.stderr);
    assert.ok(refused.stderr.includes(code), refused.stderr);
    assert.deepEqual(await readdir(commands.environment.home), before);
    await assert.rejects(readdir('/tmp/none'));
  });
}
