import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { fetchWhole } from '../../../../lib/evidence/stores/s3/read-object.ts';

test('a body that breaks off before anyone reads it is a failed read, and leaves no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'read-object-'));
  const body = new Readable({ read: () => undefined });
  const fetched = fetchWhole({ body, size: 5, sha256: undefined }, join(folder, 'copy'), 'key');
  body.destroy(new Error('aborted'));
  await assert.rejects(fetched, /aborted/);
  assert.deepEqual(await readdir(folder), []);
  await rm(folder, { recursive: true });
});
