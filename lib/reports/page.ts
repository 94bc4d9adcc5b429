import type { Provenance } from './provenance.ts';

/** A piece of HTML that is safe to put into a page: made by `html`, or by a chart. */
export type Html = { readonly html: string };

export const raw = (text: string): Html => ({ html: text });

/** HTML from a template; every value is escaped unless it is `Html` already. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  return raw(
    parts
      .map((part, index) => {
        const value = values[index];
        if (value === undefined) return part;
        if (typeof value === 'object')
          return (
            part + (Array.isArray(value) ? value.map((one: Html) => one.html).join('') : (value as Html).html)
          );
        return part + escaped(String(value));
      })
      .join(''),
  );
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

type Cell = string | number | Html;

/**
 * How a table is set: `numeric` columns to the right. A phone gets, instead of a table, with `cards` a card a row,
 * with `pairs` what is told below its name.
 */
export type TableForm = { readonly numeric?: readonly number[]; readonly phone?: 'cards' | 'pairs' };

export function table(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  { numeric = [], phone }: TableForm = {},
): Html {
  const cell = (tag: 'th' | 'td', value: Cell, column: number) => {
    const kind = numeric.includes(column) ? ' class="number"' : '';
    const title = tag === 'td' && phone === 'cards' ? ` data-title="${escaped(header[column] ?? '')}"` : '';
    return raw(`<${tag}${kind}${title}>${html`${value}`.html}</${tag}>`);
  };
  return html`<div class="scroll"><table class="${phone ?? 'rows'}"><thead><tr>${header.map((title, column) => cell('th', title, column))}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((value, column) => cell('td', value, column))}</tr>`,
  )}</tbody></table></div>`;
}

/** Checks with their outcome, in columns where there is room. */
export function checkList(checks: readonly { readonly mark: Html; readonly name: Cell }[]): Html {
  return html`<ul class="checks">${checks.map(({ mark, name }) => html`<li>${mark}<span>${name}</span></li>`)}</ul>`;
}

/** Where each part comes from. */
export function provenanceTable(provenance: readonly Provenance[]): Html {
  return table(
    ['part', 'source'],
    provenance.map(({ part, source }) => [html`<code>${part}</code>`, source]),
    { phone: 'pairs' },
  );
}

/** A chart with its title, what one sees in it, and its numbers for those who cannot see it. */
export function figure(title: string, caption: string, chart: string, numbers?: Html): Html {
  return html`<figure><h3>${title}</h3>${raw(chart)}<figcaption>${caption}</figcaption>${
    numbers === undefined ? raw('') : html`<details><summary>The numbers</summary>${numbers}</details>`
  }</figure>`;
}

export type Tone = 'good' | 'bad' | 'unsure' | 'plain';
export const badge = (tone: Tone, text: string) => html`<span class="badge ${tone}">${text}</span>`;

/** A figure that is to be seen at once. */
export const tile = (label: string, value: string, note = '') =>
  html`<div class="tile"><span class="label">${label}</span><span class="value">${value}</span><span class="note">${note}</span></div>`;

/** A whole page, self-contained: no script, no font, no image, nothing from anywhere. */
export function page(title: string, body: Html): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${styles}</style>
</head>
<body><main>${body.html}</main></body>
</html>
`;
}

const styles = `
:root {
  --paper: #f6f7f9; --card: #ffffff; --ink: #16202c; --ink-soft: #566373; --rule: #dfe4ea;
  --good: #0b7a4b; --good-soft: #dff5ea; --bad: #b3261e; --bad-soft: #fbe4e2; --unsure: #8a5a00; --unsure-soft: #fdf0d5;
  --series-1: #2563eb; --series-2: #d97706; --series-3: #0d9488; --series-4: #9333ea; --series-5: #dc2626;
  --series-6: #65a30d; --series-7: #0891b2; --series-8: #be185d; --series-9: #78716c; --series-10: #4338ca;
  --shade-0: #eef4ff; --shade-1: #d6e4ff; --shade-2: #b3ccff; --shade-3: #86aefc; --shade-4: #5a8df5; --shade-5: #356fe6; --shade-6: #1f55c4; --shade-7: #163f94;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f141a; --card: #171e26; --ink: #e6ebf1; --ink-soft: #9aa7b5; --rule: #2b3541;
    --good: #5fd6a0; --good-soft: #123526; --bad: #ff9d94; --bad-soft: #42191a; --unsure: #f3c66b; --unsure-soft: #3a2c10;
    --series-1: #6ea8fe; --series-2: #f5a94b; --series-3: #3fd0c0; --series-4: #c08bff; --series-5: #ff8078;
    --series-6: #a9d65c; --series-7: #5ccbe6; --series-8: #f48fbf; --series-9: #b8b0a8; --series-10: #a5a0ff;
    --shade-0: #1a2430; --shade-1: #1d3350; --shade-2: #214573; --shade-3: #2a5a98; --shade-4: #3a73bd; --shade-5: #5690dc; --shade-6: #82b0f0; --shade-7: #bcd6ff;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 32px 24px 64px; }
header h1 { overflow-wrap: anywhere; font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
header p { margin: 0; color: var(--ink-soft); overflow-wrap: anywhere; }
.verdict { display: flex; gap: 16px; align-items: center; flex-wrap: wrap; margin: 20px 0 4px; }
.verdict strong { font-size: 20px; padding: 6px 14px; border-radius: 8px; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 20px 20px 8px; margin-top: 20px; }
section > h2 { font-size: 17px; margin: 0 0 12px; }
section > p { margin: 0 0 12px; color: var(--ink-soft); }
h3 { font-size: 14px; margin: 0 0 6px; }
.tiles { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; margin-bottom: 12px; }
.tile { border: 1px solid var(--rule); border-radius: 10px; padding: 10px 12px; display: flex; flex-direction: column; min-width: 0; }
.tile .label { color: var(--ink-soft); font-size: 12px; }
.tile .value { font-size: 21px; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tile .note { color: var(--ink-soft); font-size: 12px; }
figure { margin: 0 0 20px; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { color: var(--ink-soft); font-size: 13px; margin-top: 4px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--ink-soft); font-size: 12px; margin-bottom: 4px; }
.legend span { display: inline-flex; align-items: center; gap: 6px; } .legend i { width: 10px; height: 10px; border-radius: 3px; }
.scale { gap: 0; align-items: center; } .scale i { width: 18px; border-radius: 0; } .scale span { padding: 0 8px; } .scale span:first-child { padding-left: 0; }
.narrow { display: none; }
.scroll { overflow-x: auto; margin-bottom: 12px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--ink-soft); font-weight: 500; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
table.cards { font-size: 12px; } table.cards th, table.cards td { padding-right: 9px; } table.cards th:last-child, table.cards td:last-child { padding-right: 0; }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; }
.badge { display: inline-block; padding: 1px 8px; border-radius: 999px; font-size: 12px; font-weight: 600; white-space: nowrap; }
.good { background: var(--good-soft); color: var(--good); } .bad { background: var(--bad-soft); color: var(--bad); }
.unsure { background: var(--unsure-soft); color: var(--unsure); } .plain { background: var(--rule); color: var(--ink-soft); }
.blocker { border-left: 3px solid var(--bad); padding: 2px 0 2px 12px; margin: 0 0 12px; }
.blocker p { margin: 4px 0 0; } .blocker ul { margin: 4px 0 0; padding-left: 18px; color: var(--ink-soft); }
.checks { list-style: none; margin: 0 0 12px; padding: 0; columns: 2; column-gap: 24px; font-size: 13px; }
.checks li { display: flex; gap: 10px; align-items: baseline; padding: 5px 0; break-inside: avoid; border-bottom: 1px solid var(--rule); }
.checks .badge { min-width: 52px; text-align: center; } .checks span { overflow-wrap: anywhere; }
details { margin: 6px 0 12px; } summary { cursor: pointer; color: var(--ink-soft); font-size: 13px; }
.detail { color: var(--ink-soft); overflow-wrap: anywhere; }
code { font: 12px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
footer { color: var(--ink-soft); font-size: 12px; margin-top: 24px; }
@media (max-width: 640px) {
  main { padding: 20px 14px 48px; } section { padding: 16px 14px 4px; border-radius: 10px; }
  header h1 { font-size: 20px; }
  .wide { display: none; } .narrow { display: block; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); } .tile .value { font-size: 18px; }
  .checks { columns: 1; }
  table.cards, table.cards tbody { display: block; } table.cards thead { display: none; }
  table.cards tr { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 6px 10px; padding: 8px 0; border-bottom: 1px solid var(--rule); }
  table.cards tr:last-child { border-bottom: 0; }
  table.cards td { border: 0; padding: 0; text-align: left; white-space: normal; overflow-wrap: anywhere; }
  table.cards td:first-child { font-weight: 600; }
  table.pairs thead { display: none; } table.pairs, table.pairs tbody, table.pairs tr, table.pairs td { display: block; }
  table.pairs tr { padding: 6px 0; border-bottom: 1px solid var(--rule); } table.pairs tr:last-child { border-bottom: 0; }
  table.pairs td { border: 0; padding: 0; } table.pairs td:first-child { color: var(--ink-soft); }
  table.cards td::before { font-weight: 400; content: attr(data-title); display: block; color: var(--ink-soft); font-size: 11px; }
}
@media print { body { background: #fff; } section { break-inside: avoid; border-color: #ccc; } details { display: none; } }
`;
