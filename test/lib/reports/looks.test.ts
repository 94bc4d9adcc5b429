import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { burstPage } from '../../../lib/reports/burst-page.ts';
import { burstReport } from '../../../lib/reports/burst-report.ts';
import { figure, html, page, table } from '../../../lib/reports/page.ts';
import { largeBurst } from '../../support/large-burst.ts';
import { assertGoodLook, findChromium, lookAt, screens, withBrowser } from '../../support/look-at-page.ts';

// Before the first test: what is awaited after one would be declared when that one, and the file with it, is over.
const browser = await findChromium('the page of a burst of 39 lanes and fifty million receipts');
const folder = await mkdtemp(join(tmpdir(), 'looks-'));
after(() => rm(folder, { recursive: true, force: true }));

const large = burstPage(burstReport(largeBurst()));

test('each chart of a page is drawn once for a desk and once for a phone, and bounded whatever the run', () => {
  const of = (pattern: RegExp) => large.match(pattern)?.length ?? 0;
  assert.ok(of(/<figure>/g) >= 3);
  assert.equal(of(/<div class="wide"><svg/g), of(/<figure>/g));
  assert.equal(of(/<div class="narrow"><svg/g), of(/<figure>/g));
  assert.ok(large.length < 300_000, `${large.length} characters`);
});

if (browser !== undefined) {
  test('a burst of 39 lanes and fifty million receipts fits a desk and a phone', () =>
    withBrowser(browser, async (opened) => {
      const path = join(folder, 'large.html');
      await writeFile(path, large);
      for (const screen of [screens[0], screens[3]]) {
        assertGoodLook(await lookAt(opened, path, 'large-burst', screen), screen.name);
      }
    }));

  test('a page that is bad to look at is found: each fault by its name', () =>
    withBrowser(browser, async (opened) => {
      const path = join(folder, 'bad.html');
      const chart = `<svg viewBox="0 0 300 60"><text x="280" y="20" style="fill:#000">cut off</text>
        <text x="10" y="50" style="fill:#000">one label</text><text x="30" y="50" style="fill:#000">another</text></svg>`;
      const wide = table([...'abcdefghijklmnopqrstuvwxyz'], [new Array<string>(26).fill('unbreakable')]);
      const body = html`<p style="color:#bbb;background:#fff">faint</p>${figure('Bad', 'caption', chart)}${wide}<div style="width:2000px">wide</div>`;
      await writeFile(path, page('Bad', body).replace('</main>', '<img src="https://127.0.0.1:9/x"></main>'));
      const look = await lookAt(opened, path, 'bad', screens[2]);
      assert.ok(look.overflow > 1_000);
      assert.equal(look.hidden.length, 1);
      assert.match(look.faint.join(), /^faint 1\.9/);
      assert.deepEqual(look.clipped, ['cut off']);
      assert.deepEqual(look.overlapping, ['one label over another']);
      assert.ok(
        look.trouble.some((line) => /Content Security Policy/.test(line)),
        look.trouble.join(),
      );
      assert.throws(() => assertGoodLook(look, 'bad'));
    }));
}
