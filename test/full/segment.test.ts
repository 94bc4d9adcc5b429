import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';

let environment: TestEnvironment;
let world: string;
before(async () => {
  environment = await createTestEnvironment();
  world = join(environment.home, 'world');
  const made = await environment.fraudctl(
    'world',
    'generate',
    '--scale',
    '12',
    '--seed',
    '3',
    '--out',
    world,
  );
  assert.equal(made.exitCode, 0, made.stderr);
});
after(() => environment.close());

const stateSchema = z.looseObject({
  state: z.string(),
  scenario_id: z.string().nullable(),
  publication: z.enum(['published', 'identical']),
  launches: z.int(),
  counts: z.record(z.string(), z.int()),
});
const ranSchema = z.looseObject({
  schema: z.literal('fraudctl/verdict/v1'),
  verdict: z.string(),
  runs_root: z.string(),
  segment: z.looseObject({
    segment_run_id: segmentRunIdSchema,
    run_folder: z.string(),
    states: z.array(stateSchema),
    checks: z.record(z.string(), z.string()),
    validation_bundle_digest_sha256: z.string().length(64).nullable(),
  }),
});

const rootOf = (name: string) => join(environment.home, name);

async function ran(...parameters: string[]) {
  const run = await environment.fraudctl('--json', 'segment', 'run', ...parameters);
  assert.equal(run.exitCode, 0, run.stderr);
  return ranSchema.parse(JSON.parse(run.stdout));
}

test('one partition or eight: the same files, byte for byte', async () => {
  const bytes = async (partitions: string) => {
    const runsRoot = rootOf(`partitions-${partitions}`);
    const { segment } = await ran(
      ...['--world', world, '--runs-root', runsRoot],
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

test('a witness says that a build makes the same run, and how fast', async () => {
  const runsRoot = rootOf('witness');
  const { segment } = await ran('--world', world, '--runs-root', runsRoot);
  const witness = () =>
    environment.fraudctl(
      '--json',
      'segment',
      'witness',
      ...['--from', segment.segment_run_id, '--rerun', 'S4', '--world', world, '--runs-root', runsRoot],
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
  const same = await witness();
  assert.equal(same.exitCode, 0, same.stderr);
  const report = witnessSchema.parse(JSON.parse(same.stdout));
  assert.ok(report.equivalent);
  assert.ok(report.states.every(({ same: equal }) => equal));
  assert.match(same.stderr, /1\/4 preflight[\s\S]*2\/4 stage[\s\S]*3\/4 rerun[\s\S]*4\/4 score/);
  assert.deepEqual(
    (await readdir(runsRoot)).filter((name) => name.startsWith('preflight-')),
    [],
  );
});
