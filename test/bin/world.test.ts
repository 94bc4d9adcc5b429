import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const program = fileURLToPath(new URL('../../bin/fraudctl.mjs', import.meta.url));

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'world-commands-'));
});
after(() => rm(home, { recursive: true, force: true }));

function fraudctl(...parameters: string[]) {
  return spawnSync(process.execPath, [program, ...parameters], {
    env: { ...process.env, FRAUD_PLATFORM_HOME: home, NO_COLOR: '1' },
    encoding: 'utf8',
  });
}

const generated = z.object({
  schema: z.literal('fraudctl/generated-world/v1'),
  publication: z.enum(['published', 'identical']),
  bundle_digest_sha256: z.string().length(64),
  counts: z.object({ merchants: z.int(), pairs: z.int(), events: z.record(z.string(), z.int()) }),
});
const checked = z.object({
  good: z.boolean(),
  sealed: z.boolean(),
  faults: z.array(z.object({ code: z.string(), where: z.string(), remedy: z.string() })),
  sealed_as: z.object({ bundle_digest_sha256: z.string() }).nullable(),
});

test('generate, check and describe a world; again is identical, another is a conflict', async () => {
  const out = join(home, 'world');
  const first = fraudctl('--json', 'world', 'generate', '--scale', 'small', '--seed', '7', '--out', out);
  assert.equal(first.status, 0, first.stderr);
  const world = generated.parse(JSON.parse(first.stdout));
  assert.equal(world.publication, 'published');
  assert.deepEqual([world.counts.merchants, world.counts.pairs], [40, 740]);
  assert.match(first.stderr, /drawing a world of 40 merchants\n(.*\n)*writing zone_alloc.parquet/);

  const second = fraudctl('world', 'generate', '--scale', 'small', '--seed', '7', '--out', out);
  assert.equal(second.status, 0, second.stderr);
  assert.match(second.stdout, /^identical a small world from seed 7\n/);
  assert.ok(second.stdout.includes(world.bundle_digest_sha256));

  const other = fraudctl('world', 'generate', '--scale', 'small', '--seed', '8', '--out', out);
  assert.equal(other.status, 73);
  assert.match(other.stderr, /WORLD_OUTPUT_CONFLICT/);
  assert.deepEqual(
    (await readdir(home)).filter((name) => name.includes('partial')),
    [],
  );

  const check = fraudctl('--json', 'world', 'check', out);
  assert.equal(check.status, 0, check.stdout);
  assert.deepEqual(checked.parse(JSON.parse(check.stdout)), {
    good: true,
    sealed: true,
    faults: [],
    sealed_as: null,
  });

  const description = fraudctl('world', 'describe', out);
  assert.equal(description.status, 0, description.stderr);
  assert.match(description.stdout, /merchant-zones +740/);
  assert.match(description.stdout, /calendar baseline_v1\n +events +120/);

  // A team's own tables are the payload without its seal; sealed, they are the very same world.
  const plain = join(home, 'plain');
  await cp(join(out, 'data'), plain, { recursive: true });
  await rm(join(plain, 'items.json'));
  const sealed = fraudctl('--json', 'world', 'check', plain, '--seal', join(home, 'own'));
  assert.equal(sealed.status, 0, sealed.stdout);
  const { sealed_as: own } = checked.parse(JSON.parse(sealed.stdout));
  assert.equal(own?.bundle_digest_sha256, world.bundle_digest_sha256);

  await truncate(join(plain, 'merchants.parquet'), 100);
  await rm(join(plain, 'zone_offsets.parquet'));
  const bad = fraudctl('--json', 'world', 'check', plain, '--seal', join(home, 'bad'));
  assert.equal(bad.status, 65);
  const report = checked.parse(JSON.parse(bad.stdout));
  assert.deepEqual(
    report.faults.map(({ code, where }) => [code, where.split('/').at(-1)]),
    [
      ['TABLE_UNREADABLE', 'merchants.parquet'],
      ['TABLE_MISSING', 'zone_offsets.parquet'],
    ],
  );
  assert.equal(report.sealed_as, null);
  assert.ok(!(await readdir(home)).includes('bad'), 'what is not good is not sealed');
  const text = fraudctl('world', 'check', plain);
  assert.equal(text.status, 65);
  assert.match(text.stdout, /error TABLE_MISSING: .*\n {2}where {2}.*\n(.*\n)* {2}next/);
});

for (const [what, parameters, exit, code] of [
  ['a scale that is none', ['generate', '--scale', 'huge', '--out', 'x'], 64, 'SCALE_UNKNOWN'],
  [
    'a seed that is none',
    ['generate', '--scale', 'small', '--seed', 'x', '--out', 'x'],
    64,
    'SEED_MALFORMED',
  ],
  ['a world that is not there', ['describe', '/nowhere'], 65, 'TABLE_MISSING'],
] as const) {
  test(`refuses ${what} with ${code}`, () => {
    const run = fraudctl('--json', 'world', ...parameters);
    const failure = z.object({ code: z.string(), remedy: z.string().min(1) }).parse(JSON.parse(run.stdout));
    assert.deepEqual([run.status, failure.code], [exit, code]);
  });
}
