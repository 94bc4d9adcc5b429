import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFolderStore } from '../../../lib/evidence/stores/folder-store.ts';
import { refusedWith } from '../../support/refused-with.ts';
import { openFaultyStore } from './faulty-store.ts';
import { schedulePatience } from './schedule-pace.ts';
import { isTriedAgain, type StoreDeed, type StoreFault, storeDeeds } from './store-fault.ts';

test('a store with faults tells what the one behind it holds, and what was lost was put once', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'faulty-store-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const real = createFolderStore(folder);
  const open = (faults: readonly StoreFault[]) => openFaultyStore(real, faults, schedulePatience);
  const first = (does: StoreDeed, on: StoreFault['on'], times = 1): StoreFault => ({
    on,
    when: { call: 1, times },
    does,
  });
  const content = Buffer.from('what was said');
  for (const does of storeDeeds.filter(isTriedAgain)) {
    const { store, counts } = open([first(does, 'put'), first(does, 'get'), first(does, 'list')]);
    const key = `told/${does}.json`;
    const put = await store.putIfAbsent(key, content);
    // An answer that was lost after its effect is found to have been a yes.
    assert.equal(put.kind, does === 'lost-reply' || does === 'failing-late' ? 'exists' : 'stored', does);
    assert.deepEqual(Buffer.from((await store.get(key)) ?? []), content, does);
    const listed: string[] = [];
    for await (const item of store.list('told/')) listed.push(item.key);
    assert.ok(listed.includes(key), does);
    assert.equal(counts().struck, 3, does);
  }
  const closed = open([first('denied', 'every request', 100)]);
  await assert.rejects(closed.store.get('told/reset.json'), refusedWith('EVIDENCE_STORE_NOT_PERMITTED'));
  closed.heal();
  assert.deepEqual(Buffer.from((await closed.store.get('told/reset.json')) ?? []), content);
  const down = open([first('failing', 'every request', 100)]);
  await assert.rejects(down.store.get('told/reset.json'), refusedWith('EVIDENCE_STORE_UNAVAILABLE'));
});
