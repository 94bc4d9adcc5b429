import type { Table } from '../../tables/columns.ts';
import { encodeStrings } from '../../tables/columns.ts';
import { booleanColumn, tableOf } from '../frame/build-columns.ts';
import { epochMinutes } from '../frame/instants.ts';
import { cell, dataFault } from '../frame/segment-failure.ts';
import type { RunIdentity } from '../frame/states.ts';
import { strings, textOf } from '../frame/table-access.ts';
import type { ScenarioId } from '../identity.ts';
import { type Horizon, horizonBetween } from '../laws/horizon.ts';
import type { ScenarioDeclaration, ScenarioHorizonPolicy } from '../policies/scenario-horizon.ts';

/** A scenario of a run: what the policy declares, in the horizon that the world gives it. */
export type ScenarioPlan = {
  readonly scenarioId: ScenarioId;
  readonly declaration: ScenarioDeclaration;
  readonly horizon: Horizon;
  readonly startUtc: string;
  readonly endUtc: string;
};

const minutesPerDay = 1_440;

/**
 * The scenarios of a world, in ascending order. Throws `S0_REQUIRED_SCENARIO_MISSING` (65) for one that
 * the horizon policy does not declare, `S4_HORIZON_GRID_INVALID` (65) for a horizon that is no whole
 * number of buckets, too short, or outside the policy's bounds.
 */
export function scenarioPlans(scenarios: Table, policy: ScenarioHorizonPolicy): readonly ScenarioPlan[] {
  const ids = strings(scenarios, 'scenario_id');
  const starts = strings(scenarios, 'horizon_start_utc');
  const ends = strings(scenarios, 'horizon_end_utc');
  if (scenarios.rows === 0) return undeclared(0, '', 'the world has no scenario');
  return Array.from({ length: scenarios.rows }, (_, row) => {
    const id = textOf(ids, row);
    const declaration = policy.scenarios.find(({ scenario_id }) => scenario_id === id);
    if (declaration === undefined) {
      return undeclared(row, id, 'the horizon policy does not declare this scenario');
    }
    const [startUtc, endUtc] = [textOf(starts, row), textOf(ends, row)];
    const [start, end] = [epochMinutes(startUtc), epochMinutes(endUtc)];
    const earliest = Date.parse(policy.earliest_start) / 60_000;
    const latest = Date.parse(policy.latest_end) / 60_000;
    if (!(start >= earliest)) outside(row, 'horizon_start_utc', startUtc, `before ${policy.earliest_start}`);
    if (!(end <= latest)) outside(row, 'horizon_end_utc', endUtc, `after ${policy.latest_end}`);
    if (!(end - start >= policy.minimum_days * minutesPerDay)) {
      outside(row, 'horizon_end_utc', endUtc, `less than ${policy.minimum_days} days after the start`);
    }
    if (start % policy.bucket_minutes !== 0) outside(row, 'horizon_start_utc', startUtc, 'off the grid');
    const horizon = horizonBetween(start, end, policy.bucket_minutes);
    return { scenarioId: declaration.scenario_id, declaration, horizon, startUtc, endUtc };
  });
}

/** Those of a world's scenarios that a run has. */
export function plansOfRun(
  { scenarioIds }: Pick<RunIdentity, 'scenarioIds'>,
  plans: readonly ScenarioPlan[],
): readonly ScenarioPlan[] {
  return plans.filter(({ scenarioId }) => scenarioIds?.includes(scenarioId) ?? true);
}

/** The scenario manifest of a run. */
export function scenarioManifestTable(plans: readonly ScenarioPlan[]): Table {
  const text = (of: (plan: ScenarioPlan) => string) => encodeStrings(plans.map(of));
  const isKind = (kind: ScenarioDeclaration['kind']) =>
    booleanColumn(Uint8Array.from(plans, ({ declaration }) => (declaration.kind === kind ? 1 : 0)));
  return tableOf(plans.length, {
    scenario_id: text(({ scenarioId }) => scenarioId),
    scenario_version: text(({ declaration }) => declaration.scenario_version),
    horizon_start_utc: text(({ startUtc }) => startUtc),
    horizon_end_utc: text(({ endUtc }) => endUtc),
    is_baseline: isKind('baseline'),
    is_stress: isKind('stress'),
    labels: text(({ declaration }) => declaration.labels.join(';')),
  });
}

function undeclared(row: number, value: string, message: string): never {
  return dataFault({
    code: 'S0_REQUIRED_SCENARIO_MISSING',
    message,
    where: cell('scenarios', row, 'scenario_id'),
    value,
    remedy: 'Declare the scenario in scenario_horizon.yaml, or remove it from the world.',
  });
}

function outside(row: number, column: string, value: string, what: string): never {
  return dataFault({
    code: 'S4_HORIZON_GRID_INVALID',
    message: `the horizon of a scenario is ${what}`,
    where: cell('scenarios', row, column),
    value,
    remedy: 'Let the horizon be whole buckets within the bounds of scenario_horizon.yaml.',
  });
}
