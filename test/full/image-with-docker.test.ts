import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { productVersion } from '../../config/product-version.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'docker-'));
after(() => rmSync(folder, { recursive: true }));
const record = join(folder, 'record');

/** A docker that builds nothing and writes down what it was asked, one argument a line. */
writeFileSync(
  join(folder, 'docker'),
  `#!/bin/sh
for word; do echo "$word" >> ${record}; done
echo "attestations: $BUILDX_NO_DEFAULT_ATTESTATIONS" >> ${record}
[ "$1" = build ] && [ ! -s "\${REQUIRED_FILE}" ] && { echo no context >&2; exit 1; }
exit 0
`,
);
chmodSync(join(folder, 'docker'), 0o755);

/** `npm run image` where this docker is the only container tool. */
function image(...parameters: readonly string[]) {
  rmSync(record, { force: true });
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts', 'image', 'main.ts'), ...parameters],
    {
      encoding: 'utf8',
      env: {
        PATH: `${folder}:/bin`,
        REQUIRED_FILE: join(root, 'build', 'image', 'app', 'tasks', 'main.mjs'),
      },
    },
  );
  return { status, stdout, stderr };
}

test('npm run image asks docker for one build of the context that it has written', () => {
  const authorities = join(folder, 'authorities.pem');
  writeFileSync(authorities, `${rootCertificates[0]}\n`);
  const { status, stdout, stderr } = image('--base', 'a-base@sha256:0123', '--authorities', authorities);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /fraudctl image push --env <environment> --image fraud-platform:/);
  const digest = /context (?<sha256>[0-9a-f]{64}); building with docker/.exec(stderr)?.groups?.sha256;
  assert.deepEqual(readFileSync(record, 'utf8').trim().split('\n'), [
    'info',
    'attestations: ',
    'build',
    ...['--build-arg', 'SOURCE_DATE_EPOCH=0'],
    ...['--build-arg', 'BASE_IMAGE=a-base@sha256:0123'],
    ...['--build-arg', `VERSION=${productVersion}`],
    ...['--build-arg', `CONTEXT_SHA256=${digest}`],
    ...['--file', join(root, 'Dockerfile')],
    ...['--tag', `fraud-platform:${productVersion}`],
    join(root, 'build', 'image'),
    'attestations: 1',
  ]);
});

test('without a base, or with authorities that are none, docker is not asked to build', () => {
  assert.equal(image().status, 64);
  writeFileSync(join(folder, 'none.pem'), 'nothing\n');
  const refused = image('--base', 'a-base', '--authorities', join(folder, 'none.pem'));
  assert.equal(refused.status, 78);
  assert.match(refused.stderr, /--authorities global-bundle\.pem/);
  assert.ok(!readFileSync(record, 'utf8').includes('build'));
});
