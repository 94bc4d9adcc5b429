import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeStaleScratch } from '../../../../lib/segment-5a/frame/stale-scratch.ts';

test('scratch without an owner is removed, scratch in use is not', async () => {
  const run = await mkdtemp(join(tmpdir(), 'run-'));
  try {
    await removeStaleScratch(run, Date.now());
    const now = Date.now();
    for (const [name, hours] of [
      ['S3.left', 8],
      ['S4.working', 5],
    ] as const) {
      await mkdir(join(run, 'tmp', name), { recursive: true });
      await writeFile(join(run, 'tmp', name, 'part-0.parquet'), 'x');
      const at = new Date(now - hours * 3_600_000);
      await utimes(join(run, 'tmp', name), at, at);
    }
    await removeStaleScratch(run, now);
    assert.deepEqual(await readdir(join(run, 'tmp')), ['S4.working']);
  } finally {
    await rm(run, { recursive: true });
  }
});
