import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pages, proseOf } from '../support/docs.ts';

const root = join(import.meta.dirname, '..', '..');

/** Anchors of the headings of a page, as they are made on the web. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...proseOf(text).matchAll(/^#{1,6} +(?<title>.+)$/gm)];
  return new Set(
    headings.map(({ groups }) =>
      (groups?.title ?? '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

let links = 0;
for (const { path, text } of pages()) {
  test(`${path}: every link leads somewhere`, () => {
    for (const { groups } of proseOf(text).matchAll(/\]\((?<target>[^)\s]+)\)/g)) {
      const target = groups?.target ?? '';
      if (/^https?:/.test(target)) continue;
      links += 1;
      const [file = '', anchor] = target.split('#');
      const at = file === '' ? path : join(dirname(path), file);
      assert.ok(existsSync(join(root, at)), `${path} links to ${target}`);
      if (anchor === undefined || statSync(join(root, at)).isDirectory()) continue;
      assert.ok(anchorsOf(readFileSync(join(root, at), 'utf8')).has(anchor), `${path} links to ${target}`);
    }
  });
}

test('there were links to look at', () => assert.ok(links > 50, `${links} links`));
