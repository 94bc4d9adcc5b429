import type { Summary } from './compare.ts';
import type { Measure } from './definition.ts';

/** What a measure is called where people read it. */
export const measureNames: Readonly<Record<Measure, string>> = {
  wallSeconds: 'wall',
  cpuSeconds: 'CPU',
  peakBytes: 'peak memory',
  measured: 'measured',
  wallRatio: 'wall ratio',
  cpuRatio: 'CPU ratio',
  peakRatio: 'memory ratio',
};

/** A value with its unit: seconds, MiB, or none. Three figures that count. */
export function shown(measure: Measure, value: number): string {
  if (measure === 'peakBytes') return `${count(value / 2 ** 20)} MiB`;
  return measure === 'wallSeconds' || measure === 'cpuSeconds' ? `${figures(value)} s` : figures(value);
}

/** Median, then the smallest and the largest. */
export function shownRange(summary: Summary | undefined): string {
  if (summary === undefined) return 'unknown';
  const [median, min, max] = [summary.median, summary.min, summary.max].map(figures);
  return summary.runs === 1 ? String(median) : `${median} (${min} … ${max})`;
}

function figures(value: number): string {
  if (value >= 1_000) return count(value);
  return value === 0
    ? '0'
    : value.toFixed(Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(Math.abs(value))))));
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
