import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { productVersion } from '../../config/product-version.ts';
import { type ContainerTool, findContainerTool, runTool } from '../../lib/operator/image/container-tool.ts';
import { buildParameters } from '../../scripts/image/build-parameters.ts';
import { writeContext } from '../../scripts/image/write-context.ts';
import { createTestEnvironment, type TestEnvironment } from '../support/local-environment.ts';
import { makeLocalBase } from './local-base.ts';

const root = join(import.meta.dirname, '..', '..');
const image = 'localhost/fraud-platform-test:latest';
let tool: ContainerTool;
let base: string;
let environment: TestEnvironment;

before(async () => {
  const found = findContainerTool();
  assert.ok(found !== undefined, 'npm run test:image looks for one first');
  tool = found;
  // A task in a container is a user of its own, who must be able to write into folders of the operator.
  process.umask(0);
  environment = await createTestEnvironment({
    entryPoint: (home) => [
      '/usr/bin/env',
      `PATH=${process.env.PATH}`,
      'HOME=/root',
      ...(process.env.CONTAINERS_CONF === undefined
        ? []
        : [`CONTAINERS_CONF=${process.env.CONTAINERS_CONF}`]),
      process.execPath,
      join(import.meta.dirname, 'run-in-container.ts'),
      ...[tool, image, home],
    ],
  });
  await mkdir(join(environment.home, 'runs'), { recursive: true });
  await chmod(join(environment.home, 'runs'), 0o777);
  await environment.open();
  const authorities = join(environment.home, 'postgres', 'authority.pem');
  base = process.env.FRAUD_PLATFORM_BASE_IMAGE ?? (await makeLocalBase(tool, root));
  await build(await readFile(authorities, 'utf8'));
});
after(async () => {
  await environment.close();
  await runTool(tool, ['rmi', '--force', image]).catch(() => undefined);
});

async function build(authorities: string): Promise<string> {
  const folder = join(tmpdir(), 'image-context');
  const { sha256 } = await writeContext(root, folder, authorities);
  await runTool(
    tool,
    buildParameters({
      ...{ tool, base, tag: image, version: productVersion },
      ...{ dockerfile: join(root, 'Dockerfile'), context: folder, contextSha256: sha256 },
    }),
  );
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

test('the same sources make the same image', async () => {
  const authorities = await readFile(join(environment.home, 'postgres', 'authority.pem'), 'utf8');
  const before = await inspect(image, '{{.Id}}');
  const one = await build(authorities);
  assert.equal(await build(authorities), one);
  assert.equal(await inspect(image, '{{.Id}}'), before);
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
