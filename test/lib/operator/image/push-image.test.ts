import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type AccountClients, connectAccount } from '../../../../lib/operator/doctor/account-clients.ts';
import { findContainerTool, runTool } from '../../../../lib/operator/image/container-tool.ts';
import { ecrRegistry } from '../../../../lib/operator/image/ecr-registry.ts';
import { planPush, readInspection } from '../../../../lib/operator/image/plan-push.ts';
import { pushImage, type RunContainerTool } from '../../../../lib/operator/image/push-image.ts';
import { PlatformError } from '../../../../lib/vocabulary/failure.ts';
import { environmentNamed } from '../../../support/environments.ts';
import { type FakeAws, startFakeAws } from '../../../support/fake-aws.ts';
import {
  environmentOperations,
  type FakeEnvironment,
  fakeDigest,
  registryLogin,
  soundEnvironment,
} from '../../../support/fake-environment.ts';

const settings = environmentNamed('dev-min');
const environment: FakeEnvironment = soundEnvironment(settings);
const registry = '111122223333.dkr.ecr.eu-west-2.amazonaws.com';
const password = 'eyJwYXlsb2FkIjoi-and-so-on';
const id = 'a1b2c3d4e5f60718'.repeat(4);
const inspection = (changes: object = {}) => [
  {
    Id: `sha256:${id}`,
    Architecture: 'amd64',
    Os: 'linux',
    Config: {
      Labels: {
        'fraud-platform.context-sha256': 'c'.repeat(64),
        'org.opencontainers.image.version': '0.1.0',
      },
    },
    ...changes,
  },
];
const tag = '0.1.0-a1b2c3d4e5f60718';
const reference = `${registry}/fraud-platform-dev-min:${tag}`;

let fake: FakeAws;
let clients: AccountClients;
const asked: string[] = [];
const inputs: (string | undefined)[] = [];
/** A tool that pushes into the fake registry. */
const tool: RunContainerTool = async (parameters, options) => {
  asked.push(parameters.join(' '));
  inputs.push(options?.input);
  if (parameters[0] === 'push') environment.registry?.add(tag);
  return parameters[0] === 'image' ? JSON.stringify(inspection()) : '';
};
const ecr = () => ecrRegistry(clients.ecr, settings.name, new AbortController().signal);

before(async () => {
  fake = await startFakeAws({
    ...environmentOperations(settings, environment),
    ...registryLogin(password),
  });
  clients = connectAccount({ region: settings.region, loopback: { endpoint: fake.url, accessKey: 'fake' } });
});
beforeEach(() => {
  Object.assign(environment, soundEnvironment(settings));
  asked.length = 0;
  inputs.length = 0;
  fake.faults.length = 0;
});
after(async () => {
  clients.close();
  await fake.close();
});

test('a push logs in, tags, pushes and logs out; the digest is the registry’s', async () => {
  assert.deepEqual(await pushImage(tool, ecr(), 'dev-min', 'fraud-platform:0.1.0'), {
    reference,
    digest: fakeDigest,
    pushed: true,
  });
  assert.deepEqual(asked, [
    'image inspect fraud-platform:0.1.0',
    `login --username AWS --password-stdin ${registry}`,
    `tag fraud-platform:0.1.0 ${reference}`,
    `push ${reference}`,
    `logout ${registry}`,
  ]);
  assert.deepEqual(
    inputs.filter((input) => input !== undefined),
    [password],
  );
  assert.ok(!asked.join().includes(password));
});

test('what is there is not pushed again: an immutable tag would refuse even the same image', async () => {
  environment.registry?.add(tag);
  const { pushed, digest } = await pushImage(tool, ecr(), 'dev-min', 'x');
  assert.deepEqual([pushed, digest, asked.length], [false, fakeDigest, 2]);
  // One that was killed after its push has left its password with the tool.
  assert.equal(asked.at(-1), `logout ${registry}`);
});

test('a push that fails logs out; one that the registry knows nothing of is unproven', async () => {
  const failing: RunContainerTool = async (parameters, options) => {
    const text = await tool(parameters, options);
    if (parameters[0] === 'push') throw new Error('the connection broke');
    return text;
  };
  await assert.rejects(() => pushImage(failing, ecr(), 'dev-min', 'x'), /connection broke/);
  assert.equal(asked.at(-1), `logout ${registry}`);
  environment.registry?.clear();
  const forgetful: RunContainerTool = async (parameters) =>
    parameters[0] === 'image' ? JSON.stringify(inspection()) : '';
  await assert.rejects(() => pushImage(forgetful, ecr(), 'dev-min', 'x'), { name: 'IMAGE_PUSH_UNPROVEN' });
});

test('without an image, a repository or a login nothing is pushed', async () => {
  const empty: RunContainerTool = async () => {
    throw new Error('no such image');
  };
  await assert.rejects(() => pushImage(empty, ecr(), 'dev-min', 'x'), {
    name: 'IMAGE_NOT_BUILT',
    exitCode: 64,
  });
  environment.registry = undefined;
  await assert.rejects(() => pushImage(tool, ecr(), 'dev-min', 'x'), {
    name: 'REPOSITORY_ABSENT',
    exitCode: 64,
  });
  fake.faults.push({ operation: 'AmazonEC2ContainerRegistry', kind: 'denied' });
  await assert.rejects(() => pushImage(tool, ecr(), 'dev-min', 'x'), /AccessDenied/);
  assert.ok(asked.every((line) => line.startsWith('image inspect')));
});

test('only an image that npm run image made, for the machines that tasks run on', () => {
  for (const wrong of [
    inspection({ Config: { Labels: {} } }),
    inspection({ Config: { Labels: null } }),
    inspection({ Architecture: 'arm64' }),
    inspection({ Os: 'windows' }),
    [],
    {},
  ]) {
    assert.throws(() => readInspection('x', wrong), { name: 'IMAGE_FOREIGN', exitCode: 65 });
  }
});

test('another image never has the same tag', () => {
  const image = readInspection('x', inspection());
  const other = { ...image, id: 'b'.repeat(64) };
  assert.notEqual(planPush('dev-min', registry, image).tag, planPush('dev-min', registry, other).tag);
  assert.equal(planPush('dev-min', registry, image).reference, reference);
});

test('the tool gets the password on its standard input, and a failure shows its complaint but no input', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tool-'));
  const record = join(folder, 'record');
  const path = process.env.PATH;
  await writeFile(
    join(folder, 'docker'),
    `#!/bin/sh\n[ "$1" = info ] && exit 0\n[ "$1" = push ] && { echo denied: quota >&2; exit 1; }\n{ echo "$*"; cat; } > ${record}\n`,
  );
  await chmod(join(folder, 'docker'), 0o755);
  process.env.PATH = `${folder}:${path}`;
  try {
    assert.equal(findContainerTool(), 'docker');
    await runTool('docker', ['login', '--password-stdin', registry], { input: password });
    assert.equal(await readFile(record, 'utf8'), `login --password-stdin ${registry}\n${password}`);
    await assert.rejects(
      () => runTool('docker', ['push', reference], { input: password }),
      (error: unknown) => {
        assert.ok(error instanceof PlatformError);
        assert.equal(error.failure.code, 'CONTAINER_TOOL_FAILED');
        assert.match(error.failure.message, /denied: quota/);
        assert.ok(!JSON.stringify(error.failure).includes(password));
        return true;
      },
    );
    await assert.rejects(() => runTool('podman', ['x']), /CONTAINER_TOOL_FAILED|podman x failed/);
  } finally {
    process.env.PATH = path;
  }
});
