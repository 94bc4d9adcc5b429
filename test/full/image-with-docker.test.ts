import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { productVersion } from '../../config/product-version.ts';
import { createRecordingDocker } from '../support/recording-docker.ts';

const root = join(import.meta.dirname, '..', '..');
const docker = createRecordingDocker(productVersion);
beforeEach(() => docker.forget());
after(() => docker.remove());

/** `npm run image` where this docker is the only container tool. */
function image(...parameters: readonly string[]) {
  const main = join(root, 'scripts', 'image', 'main.ts');
  return spawnSync(process.execPath, [main, ...parameters], {
    encoding: 'utf8',
    env: { PATH: `${docker.folder}:/bin` },
  });
}

test('npm run image asks docker for one build of the context that it has written', () => {
  const authorities = join(docker.folder, 'authorities.pem');
  writeFileSync(authorities, `${rootCertificates[0]}\n`);
  const context = join(root, 'build', 'image');
  rmSync(context, { recursive: true, force: true });
  const { status, stdout, stderr } = image('--base', 'a-base@sha256:0123', '--authorities', authorities);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /fraudctl image push --env <environment> --image fraud-platform:/);
  const digest = /context (?<sha256>[0-9a-f]{64}); building with docker/.exec(stderr)?.groups?.sha256;
  assert.deepEqual(docker.asked(), [
    [
      'build',
      ...['--build-arg', 'SOURCE_DATE_EPOCH=0'],
      ...['--build-arg', 'BASE_IMAGE=a-base@sha256:0123'],
      ...['--build-arg', `VERSION=${productVersion}`],
      ...['--build-arg', `CONTEXT_SHA256=${digest}`],
      ...['--file', join(root, 'Dockerfile')],
      ...['--tag', `fraud-platform:${productVersion}`],
      context,
      'attestations: 1',
    ],
  ]);
  assert.ok(existsSync(join(context, 'app', 'tasks', 'main.mjs')));
});

test('without a base, or with authorities that are none, docker is not asked to build', () => {
  assert.equal(image().status, 64);
  const none = join(docker.folder, 'none.pem');
  writeFileSync(none, 'nothing\n');
  const refused = image('--base', 'a-base', '--authorities', none);
  assert.equal(refused.status, 78);
  assert.match(refused.stderr, /--authorities global-bundle\.pem/);
  assert.deepEqual(docker.asked(), []);
});
