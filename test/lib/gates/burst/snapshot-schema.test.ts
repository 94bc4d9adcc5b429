import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { burstSnapshotJsonSchema } from '../../../../lib/gates/burst/snapshot.ts';

test('the published JSON Schema is the one that snapshots are held to', async () => {
  const path = new URL('../../../../docs/schemas/m10_f_burst_snapshot.schema.json', import.meta.url);
  assert.equal(await readFile(path, 'utf8'), burstSnapshotJsonSchema(), 'run node scripts/generate-docs.ts');
});
