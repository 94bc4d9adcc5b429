import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { scratchFolder } from '../../config/names.ts';
import { productVersion } from '../../config/product-version.ts';
import { homeAt } from '../../lib/local-cloud/home.ts';
import { type ContainerTool, findContainerTool, runTool } from '../../lib/operator/image/container-tool.ts';
import type { ImageRegistry } from '../../lib/operator/image/ecr-registry.ts';
import { pushImage, type RunContainerTool } from '../../lib/operator/image/push-image.ts';
import { probeContract } from '../../lib/task-contracts/probe.ts';
import { buildParameters } from '../../scripts/image/build-parameters.ts';
import { writeContext } from '../../scripts/image/write-context.ts';
import { startFakeRegistry } from '../fakes/fake-registry.ts';
import { type AwsEnvironment, createAwsEnvironment } from '../support/aws-environment.ts';
import { ranBurstSchema } from '../support/burst-commands.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';
import { boundsOf, definitionOf } from './container-limits.ts';
import { makeLocalBase } from './local-base.ts';
import { toolVariables } from './tool-variables.ts';

const root = join(import.meta.dirname, '..', '..');
const image = 'localhost/fraud-platform-test:latest';
let tool: ContainerTool;
let base: string;
let environment: TestEnvironment;
let aws: AwsEnvironment;
/** Images that were there before. */
let known: ReadonlySet<string>;

/** The local cloud starts this instead of the tasks' program. */
const entryPoint = (home: string) => [
  '/usr/bin/env',
  `PATH=${process.env.PATH}`,
  'HOME=/root',
  ...toolVariables.flatMap((name) =>
    process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`],
  ),
  process.execPath,
  join(import.meta.dirname, 'run-in-container.ts'),
  ...[tool, image, home],
];

before(async () => {
  const found = findContainerTool();
  assert.ok(found !== undefined, 'npm run test:image looks for one first');
  tool = found;
  // A task in a container is a user of its own, who must be able to write into folders of the operator.
  process.umask(0);
  environment = await createTestEnvironment({ entryPoint });
  await mkdir(join(environment.home, 'runs'), { recursive: true });
  await chmod(join(environment.home, 'runs'), 0o777);
  await environment.open();
  // The cloud has closed it to others, of whom a task in a container is one.
  await chmod(homeAt(environment.home).evidence, 0o777);
  aws = await createAwsEnvironment({ entryPoint });
  known = new Set(await imageIds());
  base = process.env.FRAUD_PLATFORM_BASE_IMAGE ?? (await makeLocalBase(tool, root));
  await build([]);
});
after(async () => {
  await aws.close();
  await environment.close();
  await runTool(tool, ['rmi', '--force', image]).catch(() => undefined);
  // Stages of the build have no name.
  for (const id of await imageIds()) {
    if (!known.has(id)) await runTool(tool, ['rmi', '--force', id]).catch(() => undefined);
  }
});

const imageIds = async () => (await runTool(tool, ['images', '--all', '--quiet', '--no-trunc'])).split(/\s+/);

/** Builds the image with more options, and returns the digest of its context. */
async function build(options: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'image-context-'));
  const authorities = await readFile(join(environment.home, 'postgres', 'authority.pem'), 'utf8');
  const { sha256 } = await writeContext(root, folder, authorities);
  const [command = '', ...wish] = buildParameters({
    ...{ tool, base, tag: image, version: productVersion },
    ...{ dockerfile: join(root, 'Dockerfile'), context: folder, contextSha256: sha256 },
  });
  await runTool(tool, [command, ...options, ...wish]);
  await rm(folder, { recursive: true });
  return sha256;
}

const inspect = async (name: string, format: string) =>
  (await runTool(tool, ['inspect', '--type', 'image', '--format', format, name])).trim();

test('it adds at most 260 MB to its base, and says what it is made of', async (context) => {
  const [whole, below] = await Promise.all([image, base].map((name) => inspect(name, '{{.Size}}')));
  const added = (Number(whole) - Number(below)) / 1e6;
  context.diagnostic(`${added.toFixed(0)} MB on a base of ${(Number(below) / 1e6).toFixed(0)} MB`);
  assert.ok(added > 50 && added <= 260, `${added} MB`);
  assert.equal(await inspect(image, '{{.Config.User}}'), '65532:65532');
  assert.equal(await inspect(image, '{{json .Config.Volumes}}'), JSON.stringify({ [scratchFolder]: {} }));
  assert.equal(await inspect(image, '{{json .Config.Entrypoint}}'), '["node","tasks/main.mjs"]');
  assert.match(
    await inspect(image, '{{index .Config.Labels "fraud-platform.context-sha256"}}'),
    /^[0-9a-f]{64}$/,
  );
  const materials = await runTool(tool, [
    'run',
    '--rm',
    '--entrypoint',
    'node',
    image,
    '-p',
    'require("fs").readFileSync("sbom.cdx.json", "utf8")',
  ]);
  const names = JSON.parse(materials).components.map(({ name }: { name: string }) => name);
  for (const name of ['nodejs-polars', 'pg', 'fastify', 'zod', '@duckdb/node-api'])
    assert.ok(names.includes(name), name);
  assert.ok(!names.includes('aws-cdk-lib'));
});

/** Every file of the image with its mode, time and SHA-256, as the image itself reads them. */
const files = () => {
  const look = [
    "const { createHash } = require('crypto'); const { lstatSync, readFileSync, readdirSync } = require('fs');",
    "const digest = createHash('sha256');",
    "for (const folder of ['/app', '/opt', '/scratch']) for (const path of readdirSync(folder, { recursive: true }).sort()) {",
    "const full = folder + '/' + path; const { mode, mtimeMs } = lstatSync(full);",
    "if (lstatSync(full).isFile()) digest.update([full, mode, mtimeMs, createHash('sha256').update(readFileSync(full)).digest('hex')].join());",
    "} console.log(digest.digest('hex'));",
  ].join(' ');
  return runTool(tool, ['run', '--rm', '--network', 'none', '--entrypoint', 'node', image, '-e', look]);
};

test('the same sources make the same image, without anything remembered: layer by layer, or file by file', async () => {
  // The builder that docker has without BuildKit gives folders the time of the build.
  const content = () => (tool === 'podman' ? inspect(image, '{{.Id}} {{json .RootFS.Layers}}') : files());
  const first = await content();
  const one = await build(['--no-cache']);
  assert.equal(await build(['--no-cache']), one);
  assert.equal(await content(), first);
});

test('it runs as a plain user who can write to the scratch volume alone, within the memory of its definition', async () => {
  const definition = definitionOf(probeContract, image);
  const [container] = definition.containerDefinitions;
  const look = [
    "const { writeFileSync } = require('fs');",
    'const tries = (path) => { try { writeFileSync(path, "x"); return "written"; } catch (error) { return error.code; } };',
    'console.log(JSON.stringify({ user: [process.getuid(), process.getgid()], memory: process.constrainedMemory(),',
    "root: tries('/x'), app: tries('/app/x'), tmp: tries('/tmp/x'), scratch: tries('/scratch/x') }));",
  ].join(' ');
  const said = await runTool(tool, [
    ...['run', '--rm', '--network', 'none', '--entrypoint', 'node'],
    ...boundsOf(tool, definition),
    ...[image, '-e', look],
  ]);
  const { tmp, ...others } = JSON.parse(said);
  assert.deepEqual(others, {
    user: container.user.split(':').map(Number),
    memory: Number(definition.memory) * 2 ** 20,
    root: 'EROFS',
    app: 'EROFS',
    scratch: 'written',
  });
  // A base may have no such folder.
  assert.ok(['EROFS', 'ENOENT'].includes(tmp), tmp);
});

test('a task that does not end is killed when the stop timeout of its definition is over', async () => {
  const definition = definitionOf(probeContract, image);
  const [{ stopTimeout }] = definition.containerDefinitions;
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";
  const id = (
    await runTool(tool, [
      ...['run', '--detach', '--network', 'none', '--entrypoint', 'node'],
      ...boundsOf(tool, definition),
      ...[image, '-e', deaf],
    ])
  ).trim();
  try {
    for (let wait = 0; !(await runTool(tool, ['logs', id])).includes('up'); wait += 1) assert.ok(wait < 100);
    const began = performance.now();
    await runTool(tool, ['stop', id]);
    const seconds = (performance.now() - began) / 1_000;
    assert.ok(seconds >= stopTimeout - 1 && seconds < stopTimeout + 15, `${seconds} s of ${stopTimeout}`);
    assert.equal((await runTool(tool, ['inspect', '--format', '{{.State.ExitCode}}', id])).trim(), '137');
  } finally {
    await runTool(tool, ['rm', '--force', '--volumes', id]);
  }
});

test('it says something within a second of its start', async (context) => {
  const times: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    const began = performance.now();
    const child = spawn(tool, ['run', '--rm', '--network', 'none', image, 'probe'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    times.push(performance.now() - began);
    const [code] = await once(child, 'close');
    assert.equal(code, 78, 'without its launch environment it refuses');
  }
  const median = times.sort((one, other) => one - other)[2] ?? Number.NaN;
  context.diagnostic(`first line after ${median.toFixed(0)} ms (median of 5)`);
  assert.ok(median <= 1_000, `${median} ms`);
});

test('migrate, probe, the small chain and a query run in it as their definitions say', async () => {
  const up = await environment.fraudctl('local', 'up');
  assert.equal(up.exitCode, 0, up.stderr);
  const probe = await environment.fraudctl('--json', 'task', 'run', 'probe', '--params', '{"note":"hello"}');
  assert.equal(probe.exitCode, 0, probe.stdout + probe.stderr);
  const runsRoot = join(environment.home, 'runs');
  const segment = await environment.fraudctl(
    ...['--json', 'segment', 'run', '--scale', 'small', '--seed', '42', '--runs-root', runsRoot],
  );
  assert.equal(segment.exitCode, 0, segment.stdout + segment.stderr);
  const checks = Object.values(JSON.parse(segment.stdout).segment.checks);
  assert.ok(checks.length >= 30 && checks.every((status) => status === 'PASS'));
  const query = await environment.fraudctl('query', 'schema_status', '--format', 'csv');
  assert.equal(query.exitCode, 0, query.stderr);
  assert.match(query.stdout, /version/);
});

test('the gate in it becomes well, as it asks itself, and takes a burst', async () => {
  const runsRoot = join(environment.home, 'runs');
  const [bundle = ''] = (await readdir(runsRoot)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const burst = await environment.fraudctl(
    ...['--json', 'burst', 'run', 'rehearsal', '--bundle', join(runsRoot, bundle)],
  );
  assert.equal(burst.exitCode, 0, burst.stdout + burst.stderr);
  const { verdict, measures } = ranBurstSchema.parse(JSON.parse(burst.stdout));
  assert.equal(verdict, 'PASS');
  assert.ok((measures.database?.admitted ?? 0) > 100, JSON.stringify(measures));
});

test('with its evidence in S3 it runs as it does with a folder', async () => {
  const migrated = await aws.fraudctl('task', 'run', 'migrate', '--json');
  const logs = await aws.fraudctl('logs', JSON.parse(migrated.stdout).execution_id);
  assert.equal(migrated.exitCode, 0, logs.stdout + logs.stderr);
  const probe = await aws.fraudctl('task', 'run', 'probe', '--json');
  assert.equal(JSON.parse(probe.stdout).verdict, 'PASS', probe.stdout + probe.stderr);
});

test('it is pushed with a password on standard input, once, and known by the digest of the registry', async () => {
  const registry = await startFakeRegistry('AWS', 'the-password-of-twelve-hours');
  const configuration = join(environment.home, 'registries.conf');
  // Loopback speaks plain HTTP here; a real registry never does.
  await writeFile(configuration, `[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`);
  process.env.CONTAINERS_REGISTRIES_CONF = configuration;
  const ecr: ImageRegistry = {
    login: async () => ({ registry: registry.host, user: 'AWS', password: 'the-password-of-twelve-hours' }),
    digestOf: async (repository, tag) => registry.tags.get(`${repository}:${tag}`),
  };
  const run: RunContainerTool = (parameters, options) => runTool(tool, parameters, options);
  try {
    const first = await pushImage(run, ecr, 'dev-min', image);
    assert.equal(first.pushed, true);
    assert.match(first.digest, /^sha256:[0-9a-f]{64}$/);
    assert.equal(registry.tags.size, 1);
    assert.ok([...registry.blobs.values()].reduce((sum, size) => sum + size, 0) > 50e6);
    const again = await pushImage(run, ecr, 'dev-min', image);
    assert.deepEqual(again, { ...first, pushed: false });
    await assert.rejects(() => pushImage(run, ecr, 'dev-min', 'localhost/no-such-image'), {
      name: 'IMAGE_NOT_BUILT',
    });
    await assert.rejects(() => pushImage(run, ecr, 'dev-min', base), { name: 'IMAGE_FOREIGN' });
    await runTool(tool, ['rmi', first.reference]);
  } finally {
    delete process.env.CONTAINERS_REGISTRIES_CONF;
    await registry.close();
  }
});

test('asked to stop, a task in it ends with its grace', async () => {
  const started = await environment.fraudctl(
    ...['--json', 'task', 'run', 'probe', '--detach', '--params', '{"linger_ms":60000}'],
  );
  const { execution_id: id } = JSON.parse(started.stdout);
  for (let wait = 0; !(await environment.fraudctl('logs', id)).stdout.includes('"started"'); wait += 1) {
    assert.ok(wait < 60, 'it starts');
  }
  const stopped = await environment.fraudctl('--json', 'stop', id);
  const verdict = JSON.parse(stopped.stdout);
  assert.deepEqual([verdict.cause, verdict.exit_code], ['stopped', 143]);
});

test('without the image nothing runs: it is what ran above', async () => {
  await runTool(tool, ['rmi', '--force', image]);
  const probe = await environment.fraudctl('--json', 'task', 'run', 'probe');
  assert.notEqual(probe.exitCode, 0);
  assert.notEqual(JSON.parse(probe.stdout).verdict, 'PASS');
});
