import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildParameters } from '../../../scripts/image/build-parameters.ts';

const wish = {
  dockerfile: '/project/Dockerfile',
  context: '/project/build/image',
  base: 'node:24-bookworm-slim@sha256:0123',
  tag: 'fraud-platform:1.2.3',
  version: '1.2.3',
  contextSha256: 'abcd',
};
const common = [
  ...['--build-arg', 'BASE_IMAGE=node:24-bookworm-slim@sha256:0123'],
  ...['--build-arg', 'VERSION=1.2.3'],
  ...['--build-arg', 'CONTEXT_SHA256=abcd'],
  ...['--file', '/project/Dockerfile'],
  ...['--tag', 'fraud-platform:1.2.3'],
  '/project/build/image',
];

test('docker is told the time by an argument that its builder knows, podman by an option', () => {
  const docker = ['build', '--build-arg', 'SOURCE_DATE_EPOCH=0', ...common];
  assert.deepEqual(buildParameters({ ...wish, tool: 'docker' }), docker);
  assert.deepEqual(buildParameters({ ...wish, tool: 'podman' }), ['build', '--timestamp', '0', ...common]);
});
