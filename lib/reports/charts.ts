import { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
import { GridComponent, VisualMapPiecewiseComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { sha256Of } from '../evidence/format/digest.ts';
import { html } from './page.ts';

echarts.use([BarChart, HeatmapChart, LineChart, GridComponent, SVGRenderer, VisualMapPiecewiseComponent]);

/** Widths that charts are drawn for: a page on a desk, and a phone held upright. */
export const chartWidths = { wide: 880, narrow: 327 } as const;
type Width = keyof typeof chartWidths;

/** Colours are variables of the page, so that one drawing serves light and dark. */
const ink = 'var(--ink-soft)';
const line = 'var(--rule)';
export const palette = [
  'var(--series-1)',
  'var(--series-2)',
  'var(--series-3)',
  'var(--series-4)',
  'var(--series-5)',
  'var(--series-6)',
  'var(--series-7)',
  'var(--series-8)',
  'var(--series-9)',
  'var(--series-10)',
] as const;
const steps = 8;
/** Labels stay inside of the drawing. */
const contained = { outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' } as const;

export type Series = {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly colour?: string;
};

export type TimeChart = {
  /** Of each place on the axis. */
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  readonly unit: string;
  readonly stacked?: boolean;
  readonly kind?: 'line' | 'bar';
};

/** One chart in both widths, as inline SVG; the page shows the one that fits. Deterministic. */
export function drawOverTime(chart: TimeChart): string {
  const colours = chart.series.map(
    ({ colour }, index) => colour ?? palette[index % palette.length] ?? palette[0],
  );
  const drawn = both(() => ({
    ...frame,
    grid: { ...contained, left: 8, right: 12, top: 28, bottom: 8 },
    xAxis: {
      type: 'category',
      data: [...chart.labels],
      boundaryGap: chart.kind === 'bar',
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      // The first and the last label stay inside of the drawing.
      axisLabel: {
        color: ink,
        fontSize: 11,
        hideOverlap: true,
        ...(chart.kind === 'bar' ? {} : { showMinLabel: true, showMaxLabel: true }),
        alignMinLabel: chart.kind === 'bar' ? 'center' : 'left',
        alignMaxLabel: chart.kind === 'bar' ? 'center' : 'right',
      },
    },
    yAxis: {
      type: 'value',
      name: chart.unit,
      nameTextStyle: { color: ink, fontSize: 11, align: 'left', padding: [0, 0, 0, -30] },
      splitLine: { lineStyle: { color: line } },
      axisLabel: { color: ink, fontSize: 11, formatter: shortNumber },
    },
    series: chart.series.map(({ name, values }, index) => ({
      name,
      type: chart.kind ?? 'line',
      data: values.map((value) => value ?? '-'),
      showSymbol: values.length === 1,
      lineStyle: { width: 2 },
      barMaxWidth: 18,
      itemStyle: { color: colours[index] },
      ...(chart.stacked === true ? { stack: 'all' } : {}),
      ...(chart.stacked === true && (chart.kind ?? 'line') === 'line'
        ? { areaStyle: { opacity: 0.8 }, lineStyle: { width: 0 } }
        : {}),
    })),
  }));
  return chart.series.length > 1
    ? legend(
        chart.series.map(({ name }) => name),
        colours,
      ) + drawn
    : drawn;
}

/** Names of series beside their colours; text of the page wraps where text of a drawing cannot. */
function legend(names: readonly string[], colours: readonly string[]): string {
  const entries = names.map(
    (name, index) => html`<span><i style="background:${colours[index] ?? ''}"></i>${name}</span>`,
  );
  return html`<div class="legend">${entries}</div>`.html;
}

/** More bars than this are read by nobody; the shorter ones become one. */
const mostBars = 14;

/** Horizontal bars, the longest on top; what is short beside many others is added up in the last. */
export function drawBars(
  rows: readonly { readonly label: string; readonly value: number }[],
  unit: string,
): string {
  const byValue = [...rows].sort((one, other) => other.value - one.value);
  const [shown, rest] =
    byValue.length > mostBars ? [byValue.slice(0, mostBars - 1), byValue.slice(mostBars - 1)] : [byValue, []];
  const others = {
    label: `the ${rest.length} others`,
    value: rest.reduce((sum, { value }) => sum + value, 0),
  };
  const bars = [...(rest.length === 0 ? [] : [others]), ...shown.toReversed()];
  const labels = bars.map(({ label }) => label);
  return both(
    (width) => ({
      ...frame,
      grid: { left: roomFor(labels, labelSize[width]), right: 56, top: 8, bottom: 8 },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        data: labels,
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: ink, fontSize: labelSize[width] },
      },
      series: [
        {
          type: 'bar',
          data: bars.map(({ value }) => value),
          barMaxWidth: 14,
          itemStyle: { color: palette[0], borderRadius: [0, 3, 3, 0] },
          label: {
            show: true,
            position: 'right',
            color: ink,
            fontSize: 11,
            formatter: ({ value }: { value?: unknown }) => `${shortNumber(Number(value))} ${unit}`,
          },
        },
      ],
    }),
    () => Math.max(120, bars.length * 24 + 24),
  );
}

/** Of labels that name a row, which take the place of what they name. */
const labelSize = { wide: 11, narrow: 9 } as const;

/**
 * Rows of numbers as shades, each row on a scale of its own: the form of a week, not its volume. A name has a
 * second part for what it shares with others; on a phone it stands below.
 */
export function drawHeatMap(
  rows: readonly { readonly label: readonly [string, string]; readonly values: readonly number[] }[],
  columns: readonly string[],
): string {
  const cells = rows.flatMap(({ values }, row) => {
    const largest = Math.max(...values, Number.MIN_VALUE);
    return values.map((value, column) => [
      column,
      row,
      Math.min(steps - 1, Math.floor((value / largest) * steps)),
    ]);
  });
  const drawn = both(
    (width) => ({
      ...frame,
      grid: {
        left: roomFor(
          width === 'wide' ? rows.map(({ label }) => label.join(' · ')) : rows.flatMap(({ label }) => label),
          labelSize[width],
        ),
        right: 8,
        top: 8,
        bottom: 24,
      },
      xAxis: {
        type: 'category',
        data: [...columns],
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          color: ink,
          fontSize: 11,
          interval: (index: number) => index % 24 === 12,
          formatter: (text: string) => text.slice(0, width === 'wide' ? 3 : 1),
        },
      },
      yAxis: {
        type: 'category',
        data: rows.map(({ label }) => label.join(width === 'wide' ? ' · ' : '\n')),
        inverse: true,
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { color: ink, fontSize: labelSize[width], lineHeight: 11 },
      },
      visualMap: {
        type: 'piecewise',
        show: false,
        dimension: 2,
        pieces: shades.map((color, value) => ({ value, color })),
      },
      series: [{ type: 'heatmap', data: cells, progressive: 0, label: { show: false } }],
    }),
    (width) => rows.length * (width === 'wide' ? 20 : 28) + 40,
  );
  return (
    html`<div class="legend scale"><span>least</span>${shades.map((shade) => html`<i style="background:${shade}"></i>`)}<span>most of the row</span></div>`
      .html + drawn
  );
}

const shades = Array.from({ length: steps }, (_, step) => `var(--shade-${step})`);

const frame = { animation: false, textStyle: { fontFamily: 'inherit' } } as const;

/** Where there is no screen to measure on, a letter is taken for six tenths of its height. */
function roomFor(labels: readonly string[], fontSize: number): number {
  return Math.ceil(Math.max(0, ...labels.map((label) => label.length)) * fontSize * 0.6) + 12;
}

/** 12,345,678 as 12.3M: an axis is read, not copied. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  for (const [from, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (size >= from) return `${trimmed(value / from)}${letter}`;
  }
  return trimmed(value);
}

const trimmed = (value: number) =>
  value === 0 ? '0' : Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3)).toString();

function both(
  option: (width: Width) => echarts.EChartsCoreOption,
  heightOf: (width: Width) => number = () => 240,
): string {
  return (Object.keys(chartWidths) as Width[])
    .map((width) => `<div class="${width}">${draw(option(width), chartWidths[width], heightOf(width))}</div>`)
    .join('');
}

function draw(option: echarts.EChartsCoreOption, width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    const drawn = chart
      .renderToSVGString()
      .replaceAll(/zr\d+-/g, 'zr-')
      .replace(/^<svg width="\d+" height="\d+"/, '<svg aria-hidden="true"')
      // Only hovering would need them, and nothing runs in the page.
      .replaceAll(/ class="zr-[^"]*"| pointer-events="visible"/g, '')
      .replace(/<style[\s\S]*?<\/style>/, '')
      .replaceAll('\n', '');
    // Ids count up in a process; named after the drawing they are the same in every one, and its own.
    return drawn.replaceAll('zr-', `c${sha256Of(drawn).slice(0, 8)}-`);
  } finally {
    chart.dispose();
  }
}
