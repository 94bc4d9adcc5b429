import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { choosePort } from '../../../lib/local-cloud/postgres/choose-port.ts';
import { ensurePostgres } from '../../../lib/local-cloud/postgres/postgres-server.ts';
import {
  accountAmong,
  chooseServerPlace,
  copyBinaries,
  nativeFolder,
} from '../../../lib/local-cloud/postgres/server-place.ts';
import { openSecretFiles } from '../../../lib/local-cloud/secret-files.ts';
import { exitCodes } from '../../../lib/vocabulary/exit-codes.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'postgres-'));
  // Run as root, PostgreSQL is another user and must be able to pass through.
  await chmod(root, 0o711);
});
after(() => rm(root, { recursive: true, force: true }));

async function assertRefused(
  work: () => unknown,
  code: string,
  exitCode: number,
  told: RegExp,
): Promise<void> {
  await assert.rejects(
    async () => work(),
    (error) => {
      assert.ok(isPlatformError(error), String(error));
      assert.deepEqual([error.failure.code, error.exitCode], [code, exitCode]);
      assert.match(error.failure.message, told);
      return true;
    },
  );
}

test('a cluster that cannot be made is told with the words of initdb, and leaves no password behind', async () => {
  const folder = join(root, 'no-password');
  const secrets = { ...openSecretFiles(join(root, 'secrets')), obtain: async () => '' };
  await assertRefused(
    () => ensurePostgres({ folder, secrets }),
    'POSTGRESQL_INITDB_FAILED',
    exitCodes.internal,
    /password file .* is empty/,
  );
  assert.ok(!(await readdir(folder)).includes('bootstrap-password'));
});

test('a server that ends at once is told with the end of its log', async () => {
  const folder = join(root, 'broken');
  const place = await chooseServerPlace(folder, await nativeFolder());
  await mkdir(join(place.folder, 'data'), { recursive: true });
  await writeFile(join(place.folder, 'data', 'initialised'), '');
  await assertRefused(
    () => ensurePostgres({ folder, secrets: openSecretFiles(join(root, 'secrets')) }),
    'POSTGRESQL_DID_NOT_START',
    exitCodes.internal,
    /did not start: .*(?:FATAL|postgres:)/,
  );
});

test('the port of last time is kept while it is free; on an address that is not ours there is none', async () => {
  const file = join(root, 'port');
  const server = createServer();
  const taken = await new Promise<number>((resolve) =>
    server.listen({ host: '127.0.0.1', port: 0 }, () => resolve(Object(server.address()).port)),
  );
  await writeFile(file, String(taken));
  assert.notEqual(await choosePort('127.0.0.1', file), taken);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await choosePort('127.0.0.1', file), taken);
  // TEST-NET-1 is nobody's.
  await assertRefused(
    () => choosePort('192.0.2.1', file),
    'NO_FREE_PORT',
    exitCodes.transient,
    /EADDRNOTAVAIL/,
  );
});

test('where there is no account but root, nor a copy that another account can reach, it says so', async () => {
  const root0 = 'root:x:0:0:root:/root:/bin/bash\n';
  assert.deepEqual(accountAmong(`${root0}nobody:x:65534:65534::/:/bin/false\n`), {
    uid: 65_534,
    gid: 65_534,
  });
  for (const passwd of ['', root0, 'postgres:x:0:0::/:/bin/sh\n', 'nobody\n']) {
    await assertRefused(
      () => accountAmong(passwd),
      'NO_UNPRIVILEGED_ACCOUNT',
      exitCodes['not-permitted'],
      /no account to run it under/,
    );
  }
  await assertRefused(
    () => copyBinaries(join(root, 'nowhere'), { uid: 65_534, gid: 65_534 }, join(root, 'copies')),
    'POSTGRESQL_UNREACHABLE',
    exitCodes['not-permitted'],
    /65534 cannot reach PostgreSQL.*ENOENT/,
  );
  await assertRefused(
    () => nativeFolder('plan9-mips'),
    'POSTGRESQL_NOT_INSTALLED',
    exitCodes.internal,
    /no PostgreSQL for this platform/,
  );
});
