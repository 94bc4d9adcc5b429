import type { StateProgram } from '../../../lib/segment-5a/frame/states.ts';
import type { Table } from '../../../lib/tables/columns.ts';
import { fail } from '../../../lib/vocabulary/failure.ts';
import { judgeRun } from './judge-run.ts';
import { sealValidation } from './seal-validation.ts';

/**
 * S5: judges every row of the run with an engine and code that the other states do not share, and seals
 * the outcome. A run that does not pass leaves a bundle without a flag and throws `S5_VALIDATION_FAILED` (65).
 */
export const runS5: StateProgram = async (context, work) => {
  const judged = await judgeRun(context, work);
  const counts = profileCounts(judged.profile);
  context.phases.complete('recomposition_checks', judged.buckets * counts.s1_rows);
  const sealed = await sealValidation(context, work.scenarioIds, judged);
  const { status, reasons } = sealed;
  if (status === 'FAIL') {
    fail({
      exit: 'data',
      code: 'S5_VALIDATION_FAILED',
      message: `the run does not pass: ${reasons.slice(0, 5).join(', ')}`,
      where: sealed.folder,
      value: `${reasons.length} checks`,
      remedy:
        'Read reports/validation_report_5A.json and the issue table of the bundle, and run the state at fault again in a clean candidate.',
    });
  }
  return {
    counts: { ...counts, issues: judged.checks.issues.length, checks: judged.checks.records.length },
    metrics: {
      overall_status: status,
      checks: Object.fromEntries(judged.checks.records.map(({ checkId, status: found }) => [checkId, found])),
    },
    warnings: [],
    publications: [{ kind: sealed.kind, receipt: sealed.receipt }],
    bundleDigest: sealed.bundleDigest,
  };
};

function profileCounts(profile: Table) {
  const distinct = (name: string) => {
    const column = profile.columns.get(name);
    if (column?.type === 'string') return column.dictionary.length;
    return column?.type === 'u64' ? new Set(column.values).size : 0;
  };
  return {
    s1_rows: profile.rows,
    s1_merchants: distinct('merchant_id'),
    s1_countries: distinct('legal_country_iso'),
    s1_tzids: distinct('tzid'),
  };
}
