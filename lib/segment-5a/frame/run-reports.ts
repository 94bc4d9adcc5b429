import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCodeOf, messageOf } from '../../vocabulary/failure.ts';
import { type Attempt, type CurrentAttempts, currentAttempts } from './current-attempts.ts';
import { dataFault } from './segment-failure.ts';
import type { StateName } from './states.ts';

/** What readers of a run report need of it; what a state tells at its end alone is empty of one that failed. */
const runReportSchema = z.looseObject({
  status: z.enum(['PASS', 'FAIL']),
  started_utc: z.string(),
  scenario_ids: z.array(z.string()),
  merchant_buckets: z.array(z.int()),
  durations: z.looseObject({ wall_ms: z.number().min(0) }),
  peak_rss_bytes: z.number().min(0),
  tz_database_version: z.string(),
  phases: z.array(z.looseObject({ lane: z.string(), seconds: z.number(), rows: z.number().nullish() })),
  counts: z.record(z.string(), z.number()).default({}),
  metrics: z.record(z.string(), z.json()).default({}),
  warnings: z.array(z.looseObject({ code: z.string(), detail: z.json().default(null) })).default([]),
  error: z.looseObject({ code: z.string() }).nullable(),
});
export type RunReport = z.infer<typeof runReportSchema>;

/** A run report as it lies in the folder of a run. */
export type FoundReport = Attempt & {
  /** Below the folder of the state's reports. */
  readonly path: string;
  readonly report: RunReport;
};

/** A report that tells nothing: then nobody knows which attempts at its state count. */
export type UnreadableReport = { readonly unreadable: string; readonly why: string };

const reportsOf = (runFolder: string, state: StateName) =>
  join(runFolder, 'reports/layer2/5A', `state=${state}`);

/** The reports of a state that count, those of its whole by path; or the first that cannot be read, by its own. */
export async function findCurrentReports(
  runFolder: string,
  state: StateName,
): Promise<CurrentAttempts<FoundReport> | UnreadableReport> {
  const root = reportsOf(runFolder, state);
  const entries = await readdir(root, { recursive: true }).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const paths = entries.filter((path) => path.endsWith('run_report.json')).sort();
  const reports: FoundReport[] = [];
  for (const path of paths) {
    const found = reportIn(path, await readFile(join(root, path), 'utf8'));
    if ('unreadable' in found) return found;
    reports.push(found);
  }
  const { whole, failed } = currentAttempts(state, reports);
  return { whole: whole?.toSorted((one, other) => (one.path < other.path ? -1 : 1)), failed };
}

/** The reports of a state that count. Throws `RUN_REPORT_UNREADABLE` (65), naming the first that tells nothing. */
export async function readCurrentReports(
  runFolder: string,
  state: StateName,
): Promise<CurrentAttempts<FoundReport>> {
  const found = await findCurrentReports(runFolder, state);
  if (!('unreadable' in found)) return found;
  return dataFault({
    code: 'RUN_REPORT_UNREADABLE',
    message: `a run report of ${state} is empty, cut or of another shape: ${found.why}`,
    where: join(reportsOf(runFolder, state), found.unreadable),
    remedy: `Run ${state} again: it finds its outputs identical, and leaves a new report.`,
  });
}

function reportIn(path: string, text: string): FoundReport | UnreadableReport {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { unreadable: path, why: messageOf(error) };
  }
  const { data, error } = runReportSchema.safeParse(document);
  if (data === undefined) {
    const [issue] = error.issues;
    return { unreadable: path, why: `${issue?.path.join('.')}: ${issue?.message}` };
  }
  return {
    path,
    report: data,
    scenarioIds: data.scenario_ids,
    buckets: data.merchant_buckets,
    startedAt: data.started_utc,
    status: data.status,
  };
}
