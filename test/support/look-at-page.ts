import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { z } from 'zod';

/** Where a Chromium usually is; CHROMIUM names another place, and then no other is tried. */
const places =
  process.env.CHROMIUM === undefined
    ? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
    : [process.env.CHROMIUM];

/**
 * Where a Chromium is, or `undefined`, and then it is said that nobody looks: a test of looks is declared where
 * there is a browser alone, so that no pass is counted of looking that never was.
 */
export async function findChromium(pages: string): Promise<string | undefined> {
  for (const path of places) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  process.stderr.write(`NOT LOOKED AT: ${pages}; there is no Chromium here (${places.join(', ')})\n`);
  return undefined;
}

/** Screens that a report is read on. */
export const screens = [
  { name: 'wide-light', width: 1_200, colorScheme: 'light' },
  { name: 'wide-dark', width: 1_200, colorScheme: 'dark' },
  { name: 'phone-light', width: 375, colorScheme: 'light' },
  { name: 'phone-dark', width: 375, colorScheme: 'dark' },
] as const;

/** Runs in the page, which has no script of its own. */
const measure = `(() => {
  const shown = (element) => element.getBoundingClientRect().width > 0;
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paperOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const texts = [...document.querySelectorAll('body *')].filter((element) =>
    shown(element) && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''));
  const faint = texts.flatMap((element) => {
    const style = getComputedStyle(element);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const [one, other] = [light(ink), light(paperOf(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    return contrast < 4.5 ? [element.textContent.trim().slice(0, 40) + ' ' + contrast.toFixed(2)] : [];
  });
  const charts = [...document.querySelectorAll('figure svg')].filter(shown);
  const clipped = charts.flatMap((svg) => {
    const outer = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].flatMap((text) => {
      const inner = text.getBoundingClientRect();
      const inside = inner.left >= outer.left - 1 && inner.right <= outer.right + 1 &&
        inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
      return inside ? [] : [text.textContent];
    });
  });
  const overlapping = charts.flatMap((svg) => {
    const boxes = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
    return boxes.flatMap(([name, one], index) => boxes.slice(index + 1).flatMap(([other, two]) =>
      one.left < two.right - 1 && two.left < one.right - 1 && one.top < two.bottom - 2 && two.top < one.bottom - 2
        ? [name + ' over ' + other] : []));
  });
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    hidden: [...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth + 1)
      .map((one) => one.textContent.slice(0, 60)),
    charts: charts.length,
    figures: document.querySelectorAll('figure').length,
    faint, clipped, overlapping,
  };
})()`;
const measuredSchema = z.strictObject({
  /** Pixels that the page is wider than its screen. */
  overflow: z.number(),
  /** Tables of which a part is out of sight. */
  hidden: z.array(z.string()),
  charts: z.number(),
  figures: z.number(),
  /** Texts that stand out from their ground by less than 4.5 to 1 (WCAG AA). */
  faint: z.array(z.string()),
  /** Labels of charts that reach out of their drawing, or into each other. */
  clipped: z.array(z.string()),
  overlapping: z.array(z.string()),
});

export type Look = z.infer<typeof measuredSchema> & {
  /** What the page complained of, or asked the network for. */
  readonly trouble: readonly string[];
  readonly bytes: number;
};

/** Opens a page on a screen, measures what is seen, and keeps its picture in REPORT_SCREENSHOTS when that is set. */
export async function lookAt(
  browser: Browser,
  path: string,
  name: string,
  screen: (typeof screens)[number],
): Promise<Look> {
  const page = await browser.newPage({
    viewport: { width: screen.width, height: 900 },
    colorScheme: screen.colorScheme,
  });
  try {
    const trouble: string[] = [];
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) trouble.push(request.url());
    });
    await page.goto(pathToFileURL(path).href);
    const measured = measuredSchema.parse(await page.evaluate(measure));
    const shot = await page.screenshot({ fullPage: true });
    const keep = process.env.REPORT_SCREENSHOTS;
    if (keep !== undefined) await writeFile(join(keep, `${name}-${screen.name}.png`), shot);
    return { ...measured, trouble, bytes: shot.length };
  } finally {
    await page.close();
  }
}

/** A browser for as long as it is used. */
export async function withBrowser(
  executablePath: string,
  use: (browser: Browser) => Promise<void>,
): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

/** A page that is whole and readable as it is seen. */
export function assertGoodLook(look: Look, where: string): void {
  assert.deepEqual(look.trouble, [], `${where}: complaints and requests`);
  assert.equal(look.overflow, 0, `${where} is wider than its screen`);
  assert.deepEqual(look.hidden, [], `${where}: tables that are cut off`);
  assert.ok(look.figures > 0);
  assert.equal(look.charts, look.figures, `${where}: of each chart one width is shown`);
  assert.deepEqual(look.clipped, [], `${where}: labels that are cut off`);
  assert.deepEqual(look.overlapping, [], `${where}: labels over each other`);
  assert.deepEqual(look.faint, [], `${where}: texts that are hard to read`);
  assert.ok(look.bytes > 20_000, `${where}: there is something to see`);
}
