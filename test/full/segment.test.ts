import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { isRunFolder } from '../../lib/gates/closure/plan-prune.ts';
import { policiesInBuckets } from '../lib/segment-5a/shipped-policies.ts';
import { openSegmentCommands, type SegmentCommands } from '../support/segment-commands.ts';

let commands: SegmentCommands;
before(async () => {
  commands = await openSegmentCommands();
});
after(() => commands.environment.close());

test('one partition or eight: the same files, byte for byte', async () => {
  const bytes = async (partitions: string) => {
    const runsRoot = commands.rootOf(`partitions-${partitions}`);
    const { segment } = await commands.ran(
      ...['--world', commands.world, '--runs-root', runsRoot],
      ...['--scenario', 'stress_v1', '--partitions', partitions],
    );
    const own = segment.states.filter(({ state }) => state === 'S4');
    assert.ok(own.every(({ launches }) => launches === Number(partitions)));
    const data = join(segment.run_folder, 'data');
    const entries = await readdir(data, { recursive: true, withFileTypes: true });
    const files = await Promise.all(
      entries
        .filter((entry) => entry.isFile() && entry.name !== 'statement.json')
        .map(async ({ parentPath, name }) => {
          const path = join(parentPath, name);
          return [path.slice(data.length), await readFile(path, 'base64')] as const;
        }),
    );
    return { counts: own.map(({ counts }) => counts), files: files.toSorted() };
  };
  const [one, eight] = [await bytes('1'), await bytes('8')];
  assert.deepEqual(
    one.files.map(([path]) => path),
    eight.files.map(([path]) => path),
  );
  // The tag manifest of S5's bundle covers its statement, which carries clocks.
  const timed = (path: string) => path.endsWith('/tagmanifest-sha256.txt');
  for (const [index, [path, content]] of one.files.entries()) {
    if (!timed(path)) assert.equal(content, eight.files[index]?.[1], path);
  }
  assert.deepEqual(one.counts, eight.counts);
});

test('a run of one scenario and that of its world lie side by side, and each can be gone on with by its id', async () => {
  const own = ['--world', commands.world, '--runs-root', commands.rootOf('scenarios')];
  const idOf = async (...more: string[]) => (await commands.ran(...own, ...more)).segment.segment_run_id;
  const part = await idOf('--scenario', 'stress_v1', '--states', 'S0');
  const whole = await idOf('--states', 'S0');
  assert.notEqual(part, whole);
  assert.equal(await idOf('--scenario', 'baseline_v1', 'stress_v1', '--states', 'S0'), whole);
  assert.equal(await idOf('--segment-run', part, '--states', 'S1'), part);
  await commands.ran(...own, '--segment-run', whole, '--states', 'S1..S3');
  const late = await commands.ran(
    ...[...own, '--segment-run', whole, '--states', 'S4', '--scenario', 'stress_v1'],
  );
  assert.deepEqual([late.segment.segment_run_id, late.segment.states[0]?.scenario_id], [whole, 'stress_v1']);
  const other = await commands.environment.fraudctl(
    ...['segment', 'run', ...own, '--segment-run', part, '--scenario', 'baseline_v1'],
  );
  assert.equal(other.exitCode, 64, other.stderr);
  assert.match(other.stderr, /error SCENARIOS_NOT_OF_RUN: .* it is a run of stress_v1/);
});

test('a witness says that a build makes the same run, and how fast, with policies of one’s own and of one scenario too', async () => {
  const runsRoot = commands.rootOf('witness');
  const policies = await policiesInBuckets(commands.rootOf('own-policies'), 30);
  const own = ['--world', commands.world, '--runs-root', runsRoot, '--policies', policies];
  const { segment } = await commands.ran(...own, '--scenario', 'baseline_v1');
  const witness = () =>
    commands.environment.fraudctl(
      ...['--json', 'segment', 'witness', '--from', segment.segment_run_id, '--rerun', 'S4', ...own],
    );
  const witnessSchema = z.looseObject({
    schema: z.literal('fraudctl/witness/v1'),
    verdict: z.literal('PASS'),
    equivalent: z.boolean(),
    differences: z.array(z.unknown()).length(0),
    states: z.array(
      z.looseObject({
        state: z.string(),
        same: z.boolean(),
        seconds_before: z.number(),
        seconds_after: z.number().nullable(),
      }),
    ),
  });
  // The preflight of a witness that was killed, in which its tasks are at work until this one has staged.
  const { pid = 0 } = spawnSync('true');
  const leftover = join(runsRoot, `preflight.partial-${pid}@${hostname()}`);
  const atWork = setInterval(() => mkdirSync(join(leftover, 'runs'), { recursive: true }), 20);
  const running = witness();
  const staged = setInterval(() => {
    if (readdirSync(runsRoot).filter(isRunFolder).length === 2) clearInterval(atWork);
  }, 20);
  const same = await running;
  clearInterval(staged);
  clearInterval(atWork);
  assert.equal(same.exitCode, 0, same.stderr);
  const report = witnessSchema.parse(JSON.parse(same.stdout));
  assert.ok(report.equivalent);
  assert.ok(report.states.every(({ same: equal }) => equal));
  assert.match(same.stderr, /1\/4 preflight[\s\S]*2\/4 stage[\s\S]*3\/4 rerun[\s\S]*4\/4 score/);
  assert.deepEqual(
    (await readdir(runsRoot)).filter((name) => name.startsWith('preflight')),
    [],
  );
});
