import { messageOf } from '../../vocabulary/failure.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import type { StateName } from '../frame/states.ts';
import type { ScenarioId } from '../identity.ts';
import type { ValidationPolicy } from '../policies/validation.ts';
import type { CheckId } from '../vocabulary.ts';

/** `ERROR` is a check that could not run: nothing is known about the data, and it blocks like a FAIL. */
export const checkStatuses = ['PASS', 'WARN', 'FAIL', 'ERROR'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

/** One finding of a check, a row of the issue table. */
export type Issue = {
  readonly scenarioId?: ScenarioId;
  readonly segment: StateName;
  readonly checkId: CheckId;
  readonly issueCode: string;
  readonly severity: 'ERROR' | 'WARN' | 'INFO';
  readonly context: JsonObject;
  readonly message: string;
};

export type CheckRecord = {
  readonly checkId: CheckId;
  readonly status: CheckStatus;
  readonly metrics: JsonObject;
};

/** What a check says; `findings` become issues. */
export type CheckFinding = {
  readonly issueCode: string;
  readonly context: JsonObject;
  readonly message: string;
  readonly severity?: 'ERROR' | 'WARN' | 'INFO';
};
export type CheckVerdict = {
  readonly status: Exclude<CheckStatus, 'ERROR'>;
  readonly metrics: JsonObject;
  readonly findings?: readonly CheckFinding[];
};

export const passed = (metrics: JsonObject = {}): CheckVerdict => ({ status: 'PASS', metrics });
export const failed = (metrics: JsonObject, ...findings: readonly CheckFinding[]): CheckVerdict => ({
  status: 'FAIL',
  metrics,
  findings,
});

/** PASS, or FAIL with the findings when there are any. */
export const unlessFound = (metrics: JsonObject, findings: readonly CheckFinding[]): CheckVerdict =>
  findings.length === 0 ? passed(metrics) : failed(metrics, ...findings);

/** Gathers checks. A check that throws is recorded as ERROR and the others go on. */
export class CheckList {
  readonly #records = new Map<CheckId, CheckRecord>();
  readonly #issues: Issue[] = [];

  get records(): readonly CheckRecord[] {
    return [...this.#records.values()].sort((one, other) => (one.checkId < other.checkId ? -1 : 1));
  }

  get issues(): readonly Issue[] {
    return this.#issues;
  }

  async run(
    checkId: CheckId,
    segment: StateName,
    check: () => CheckVerdict | Promise<CheckVerdict>,
    scenarioId?: ScenarioId,
  ): Promise<void> {
    try {
      this.record(checkId, segment, await check(), scenarioId);
    } catch (error) {
      this.#merge({ checkId, status: 'ERROR', metrics: {} }, scenarioId);
      this.#issues.push({
        ...(scenarioId === undefined ? {} : { scenarioId }),
        segment,
        checkId,
        issueCode: 'CHECK_COULD_NOT_RUN',
        severity: 'ERROR',
        context: {},
        message: firstLine(messageOf(error)),
      });
    }
  }

  record(checkId: CheckId, segment: StateName, verdict: CheckVerdict, scenarioId?: ScenarioId): void {
    this.#merge({ checkId, status: verdict.status, metrics: verdict.metrics }, scenarioId);
    for (const { issueCode, context, message, severity } of verdict.findings ?? []) {
      this.#issues.push({
        ...(scenarioId === undefined ? {} : { scenarioId }),
        segment,
        checkId,
        issueCode,
        severity: severity ?? (verdict.status === 'WARN' ? 'WARN' : 'ERROR'),
        context,
        message: firstLine(message),
      });
    }
  }

  /** The worst status stands; metrics of scenarios stand beside one another. */
  #merge(record: CheckRecord, scenarioId: ScenarioId | undefined): void {
    const before = this.#records.get(record.checkId);
    const metrics = scenarioId === undefined ? record.metrics : { [scenarioId]: record.metrics };
    const worse = Math.max(
      checkStatuses.indexOf(record.status),
      before === undefined ? 0 : checkStatuses.indexOf(before.status),
    );
    this.#records.set(record.checkId, {
      checkId: record.checkId,
      status: checkStatuses[worse] ?? 'ERROR',
      metrics: { ...before?.metrics, ...metrics },
    });
  }
}

/** Messages of engines have many lines and may name paths of this machine from the second on. */
function firstLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stay
  return (text.split('\n', 1)[0] ?? '').replaceAll(/[\u0000-\u001f\u007f]/g, ' ').slice(0, 1_024);
}

export type OverallStatus = 'PASS' | 'FAIL';

/**
 * PASS only when no blocking check failed, could not run, or was never run. A check that the policy
 * lists nowhere blocks; an advisory one never does, except when it could not run.
 */
export function overallStatus(records: readonly CheckRecord[], policy: ValidationPolicy): OverallStatus {
  return blockingReasons(records, policy).length === 0 ? 'PASS' : 'FAIL';
}

/** Why the overall status is not PASS, in order of the check ids. */
export function blockingReasons(
  records: readonly CheckRecord[],
  policy: ValidationPolicy,
): readonly string[] {
  const advisory = new Set(policy.advisory);
  const warnBlocks = new Set(policy.warn_is_blocking);
  const reasons = records
    .filter(({ checkId, status }) => {
      if (status === 'ERROR') return true;
      if (advisory.has(checkId)) return false;
      return status === 'FAIL' || (status === 'WARN' && warnBlocks.has(checkId));
    })
    .map(({ checkId, status }) => `${checkId} ${status}`);
  const ran = new Set(records.map(({ checkId }) => checkId));
  const missing = policy.blocking
    .filter((checkId) => !ran.has(checkId))
    .map((checkId) => `${checkId} NOT_RUN`);
  return [...reasons, ...missing].sort();
}
