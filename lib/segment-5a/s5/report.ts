import { canonicalJson } from '../../evidence/format/canonical-json.ts';
import { encodeStrings, type Table, tableFrom } from '../../tables/columns.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import { type RunIdentity, specVersions } from '../frame/states.ts';
import type { ScenarioId } from '../identity.ts';
import type { CheckRecord, Issue, OverallStatus } from './check.ts';
import { type SealedReceipt, validationReportSchema } from './sealed-receipts.ts';

/** The issue table, in the order of its sort columns; issues without a scenario come first. */
export function issueTable(issues: readonly Issue[]): Table {
  const keyed = issues.map((issue) => ({
    issue,
    key: [issue.segment, issue.checkId, issue.issueCode, issue.scenarioId ?? '', issue.message],
  }));
  const sorted = keyed
    .sort(({ key: one }, { key: other }) => compareTexts(one, other))
    .map(({ issue }) => issue);
  const text = (pick: (issue: Issue) => string | null) => encodeStrings(sorted.map(pick));
  return tableFrom({
    scenario_id: text(({ scenarioId }) => scenarioId ?? null),
    segment: text(({ segment }) => segment),
    check_id: text(({ checkId }) => checkId),
    issue_code: text(({ issueCode }) => issueCode),
    severity: text(({ severity }) => severity),
    context: text(({ context }) => canonicalJson(context)),
    message: text(({ message }) => message),
  });
}

function compareTexts(one: readonly string[], other: readonly string[]): number {
  for (const [index, text] of one.entries()) {
    const beside = other[index] ?? '';
    if (text !== beside) return text < beside ? -1 : 1;
  }
  return 0;
}

/** The validation report; holds no clock and no path of the machine, so that a rerun gives the same bytes. */
export function validationReport(
  run: RunIdentity,
  scenarioIds: readonly ScenarioId[],
  records: readonly CheckRecord[],
  status: OverallStatus,
  reasons: readonly string[],
  issues: readonly Issue[],
  outputs: readonly SealedReceipt[],
): JsonObject {
  return {
    schema: validationReportSchema,
    segment_id: '5A',
    s5_spec_version: specVersions.S5,
    manifest_fingerprint: run.manifestFingerprint,
    parameter_hash: run.parameterHash,
    overall_status: status,
    blocking_reasons: [...reasons],
    scenarios: [...scenarioIds],
    checks: records.map(({ checkId, status: own, metrics }) => ({ check_id: checkId, status: own, metrics })),
    issues_path: 'issues/validation_issue_table_5A.parquet',
    issue_count: issues.length,
    outputs: outputs.map(({ name, files }) => ({ name, files: files.map((file) => ({ ...file })) })),
  };
}
