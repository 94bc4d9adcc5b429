import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'smoke.md'), 'utf8');

test('every step says what it proves, and which test goes the same way without an account', () => {
  const steps = [...page.matchAll(/^\| (?<number>\d+) \|(?<cells>.*)\|$/gm)];
  assert.deepEqual(
    steps.map(({ groups }) => Number(groups?.number)),
    Array.from({ length: 18 }, (_, index) => index + 1),
  );
  for (const { groups } of steps) {
    const cells = (groups?.cells ?? '').split('|').map((cell) => cell.trim());
    assert.equal(cells.length, 3, groups?.number);
    assert.ok(cells.every((cell) => cell !== ''));
    const tests = [...(cells[2] ?? '').matchAll(/`(?<path>test\/[^`]+)`/g)].map(
      (found) => found.groups?.path,
    );
    assert.ok(tests.length > 0, groups?.number);
    for (const path of tests) assert.ok(existsSync(join(root, path ?? '')), path);
  }
});
