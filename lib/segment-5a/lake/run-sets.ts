import type { StateName } from '../frame/states.ts';
import { merchantBucketLabel } from '../laws/merchant-bucket.ts';

/** Which part of a kept run is wanted. */
export type RunSelection = {
  /** Receipts of these states, with their files. */
  readonly states: readonly StateName[];
  /** Where a receipt is of a scenario, only of these; all without it. */
  readonly scenarioIds?: readonly string[];
  /** Where a receipt is of a merchant bucket, only of these; all without it. */
  readonly buckets?: readonly number[];
  /** Which states the two limits hold for; the others are wanted whole. */
  readonly limited?: readonly StateName[];
  readonly validation: boolean;
  readonly reports: boolean;
};

/** Names of the sets of a run, in the words of its folder. */
export const runReceiptSet = 'run';
export const receiptSet = (receiptPath: string) =>
  `receipts/${receiptPath.replace(/^data\/layer2\/5A\/receipts\//, '').replace(/\/receipt\.json$/, '')}`;
export const validationSet = (folder: string) => folder.replace(/^data\/layer2\/5A\//, '');
/** A state leaves a report at every attempt; `at` orders them. */
export const reportSet = (reportPath: string, at: string) =>
  `${reportPath.replace(/^reports\/layer2\/5A\//, 'reports/').replace(/\/run_report\.json$/, '')}/at=${at}`;

/** Whether a set of a run is part of a selection. Pure. */
export function isWanted(name: string, selection: RunSelection): boolean {
  if (name === runReceiptSet) return true;
  if (name.startsWith('validation')) return selection.validation;
  if (name.startsWith('reports/')) return selection.reports;
  const facts = new Map(
    name
      .split('/')
      .slice(1)
      .map((part): [string, string] => {
        const [key = '', ...value] = part.split('=');
        return [key, value.join('=')];
      }),
  );
  const state = selection.states.find((one) => one === facts.get('state'));
  if (state === undefined) return false;
  if (selection.limited !== undefined && !selection.limited.includes(state)) return true;
  const [scenario, bucket] = [facts.get('scenario_id'), facts.get('mbucket')];
  return (
    (scenario === undefined || (selection.scenarioIds?.includes(scenario) ?? true)) &&
    (bucket === undefined || (selection.buckets?.some((one) => merchantBucketLabel(one) === bucket) ?? true))
  );
}

/** Of the reports of one part of a state, the last; everything else as it is. Pure. */
export function latestReports(names: readonly string[]): readonly string[] {
  const latest = new Map<string, string>();
  for (const name of names.toSorted()) {
    latest.set(name.startsWith('reports/') ? name.replace(/\/at=[^/]*$/, '') : name, name);
  }
  return [...latest.values()];
}
