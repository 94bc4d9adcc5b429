import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleReport, ItemReport } from '../evidence/format/judge-bundle.ts';
import { recomputeVerdict, verdictOf } from '../gates/verdict-document.ts';

const verdictPath = 'data/verdict.json';

/**
 * Computes the verdict of a verified bundle about an execution again, from the evidence in the bundle
 * alone, and adds what it found to the report: a verdict that does not follow from its evidence makes
 * the bundle broken, whatever its digests say. A bundle about anything else comes back as it is.
 */
export async function recheckVerdict(folder: string, report: BundleReport): Promise<BundleReport> {
  const payload = report.items.filter(({ path, state }) => state === 'ok' && path.startsWith('data/'));
  if (!payload.some(({ path }) => path === verdictPath)) return report;
  const files = new Map<string, Uint8Array>();
  for (const { path } of payload) {
    if (isAboutTheVerdict(path)) files.set(path.slice('data/'.length), await readFile(join(folder, path)));
  }
  const stated = files.get('verdict.json');
  const recomputed = recomputeVerdict(files);
  if (stated === undefined || recomputed === undefined) return report;
  const result = verdictOf(recomputed);
  if (Buffer.compare(stated, recomputed) !== 0) {
    return broken(report, `the evidence in this bundle says ${result}, in other words than this file`);
  }
  if (report.stated !== undefined && report.stated.result !== result) {
    return broken(report, `says ${result}, the statement ${report.stated.result}`);
  }
  return {
    ...report,
    items: report.items.map((item) =>
      item.path === verdictPath ? { ...item, detail: `${item.detail}, computed again: the same` } : item,
    ),
  };
}

function isAboutTheVerdict(path: string): boolean {
  return /^data\/(verdict|launches|execution-record)\.json$|^data\/launches\/[^/]+\/\d+\/[a-z-]+\.json$/.test(
    path,
  );
}

function broken(report: BundleReport, detail: string): BundleReport {
  const item: ItemReport = { path: verdictPath, state: 'malformed', detail };
  return {
    ...report,
    verdict: 'broken',
    items: report.items.map((other) => (other.path === verdictPath ? item : other)),
  };
}
