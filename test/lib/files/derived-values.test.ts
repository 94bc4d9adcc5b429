import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DerivedValues } from '../../../lib/files/derived-values.ts';

const folder = mkdtempSync(join(tmpdir(), 'derived-'));
after(() => rmSync(folder, { recursive: true }));

test('the last value of a name is kept, whole, whatever the name is made of', () => {
  const values = new DerivedValues(join(folder, 'made', 'on demand'));
  assert.equal(values.recall('dev-min/tasks'), undefined);
  values.keep('dev-min/tasks', { one: 1 });
  values.keep('dev-min/tasks', { two: [2] });
  values.keep('../outside', 3);
  assert.deepEqual(values.recall('dev-min/tasks'), { two: [2] });
  assert.equal(values.recall('../outside'), 3);
  assert.equal(readdirSync(join(folder, 'made', 'on demand')).length, 2);
});

test('what is cut off, and a folder that is none, hold nothing and stop nobody', () => {
  const values = new DerivedValues(folder);
  values.keep('cut', { whole: true });
  writeFileSync(join(folder, 'cut.json'), '{"whole":');
  assert.equal(values.recall('cut'), undefined);
  writeFileSync(join(folder, 'file'), '');
  const nowhere = new DerivedValues(join(folder, 'file', 'below'));
  nowhere.keep('name', 1);
  assert.equal(nowhere.recall('name'), undefined);
});
