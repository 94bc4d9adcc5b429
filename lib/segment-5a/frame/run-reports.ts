import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCodeOf } from '../../vocabulary/failure.ts';
import { type Attempt, type CurrentAttempts, currentAttempts } from './current-attempts.ts';
import type { StateName } from './states.ts';

const attemptSchema = z.looseObject({
  status: z.enum(['PASS', 'FAIL']),
  started_utc: z.string(),
  scenario_ids: z.array(z.string()),
  merchant_buckets: z.array(z.int()),
});

/** A run report as it lies in the folder of a run. */
export type FoundReport = Attempt & {
  /** Below the folder of the state's reports. */
  readonly path: string;
  /** All that it says, for a reader that parses what it needs. */
  readonly document: unknown;
};

/** The reports of a state that count, those of its whole by path. */
export async function readCurrentReports(
  runFolder: string,
  state: StateName,
): Promise<CurrentAttempts<FoundReport>> {
  const root = join(runFolder, 'reports/layer2/5A', `state=${state}`);
  const entries = await readdir(root, { recursive: true }).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const paths = entries.filter((path) => path.endsWith('run_report.json')).sort();
  const reports = await Promise.all(
    paths.map(async (path): Promise<FoundReport> => {
      const document: unknown = JSON.parse(await readFile(join(root, path), 'utf8'));
      const attempt = attemptSchema.parse(document);
      return {
        path,
        document,
        scenarioIds: attempt.scenario_ids,
        buckets: attempt.merchant_buckets,
        startedAt: attempt.started_utc,
        status: attempt.status,
      };
    }),
  );
  const { whole, failed } = currentAttempts(state, reports);
  return { whole: whole?.toSorted((one, other) => (one.path < other.path ? -1 : 1)), failed };
}
