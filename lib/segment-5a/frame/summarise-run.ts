import type { Sha256 } from '../../vocabulary/identifiers.ts';
import type { JsonObject } from '../../vocabulary/json.ts';
import type { ScenarioId } from '../identity.ts';
import type { SegmentOutput, StateOutput } from './segment-output.ts';
import { type StateName, stateNames } from './states.ts';

/** One state of a run, or S4 of one scenario, over all the launches that did parts of it. */
export type StateSummary = {
  readonly state: StateName;
  /** Where the state works scenario by scenario. */
  readonly scenarioId: ScenarioId | undefined;
  /** `identical` only when every part found its output there. */
  readonly publication: 'published' | 'identical';
  readonly launches: number;
  /** Of all launches together; launches that ran side by side count each. */
  readonly seconds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
};

export type RunSummary = Omit<SegmentOutput, 'states'> & {
  readonly states: readonly StateSummary[];
  /** S5's checks with their status; empty when S5 was not run. */
  readonly checks: Readonly<Record<string, string>>;
  /** Of the validation bundle. */
  readonly bundleDigest: Sha256 | undefined;
};

/** What a partition of the merchants has for itself; other counts are of the scenario or the world. */
const partitioned = new Set(['overlay_rows', 'scenario_rows']);

/**
 * The launches of one run as one table. Pure. `undefined` when there is no launch, or when launches
 * speak of different runs: then there is nothing to add up.
 */
export function summariseRun(outputs: readonly SegmentOutput[]): RunSummary | undefined {
  const [first] = outputs;
  if (first === undefined) return undefined;
  if (outputs.some((output) => identityOf(output) !== identityOf(first))) return undefined;
  const parts = outputs.flatMap(({ states }) => states);
  const { states: _, ...identity } = first;
  const s5 = parts.find(({ state }) => state === 'S5');
  return {
    ...identity,
    states: stateNames.flatMap((state) => summariesOf(state, parts)),
    checks: checksOf(s5),
    bundleDigest: s5?.bundle_digest_sha256 ?? undefined,
  };
}

function identityOf({ segment_run_id, manifest_fingerprint, parameter_hash }: SegmentOutput): string {
  return [segment_run_id, manifest_fingerprint, parameter_hash].join('|');
}

function summariesOf(state: StateName, all: readonly StateOutput[]): readonly StateSummary[] {
  const parts = all.filter((part) => part.state === state);
  const scenarios = new Set(
    state === 'S4' ? parts.map(({ scenario_ids }) => scenario_ids.join('+')) : parts.map(() => ''),
  );
  return [...scenarios].map((scenario) => {
    const own = state === 'S4' ? parts.filter((part) => part.scenario_ids.join('+') === scenario) : parts;
    const [only, ...others] = own[0]?.scenario_ids ?? [];
    return {
      state,
      scenarioId: state === 'S4' && others.length === 0 ? only : undefined,
      publication: own.every(({ publication }) => publication === 'identical') ? 'identical' : 'published',
      launches: own.length,
      seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
      counts: addedUp(own),
      warnings: [...new Set(own.flatMap(({ warnings }) => warnings.map(({ code }) => code)))],
    };
  });
}

function addedUp(parts: readonly StateOutput[]): Readonly<Record<string, number>> {
  const total: Record<string, number> = {};
  for (const [name, count] of parts.flatMap(({ counts }) => Object.entries(counts))) {
    const before = total[name];
    total[name] =
      before === undefined ? count : partitioned.has(name) ? before + count : Math.max(before, count);
  }
  return total;
}

function checksOf(s5: StateOutput | undefined): Readonly<Record<string, string>> {
  const checks = s5?.metrics.checks;
  if (typeof checks !== 'object' || checks === null || Array.isArray(checks)) return {};
  return Object.fromEntries(Object.entries(checks).map(([id, status]) => [id, String(status)]));
}

/** The summary as a command prints it for programs. */
export function runSummaryDocument(summary: RunSummary): JsonObject {
  const { states, checks, bundleDigest, scenarios: _, ...identity } = summary;
  return {
    ...identity,
    states: states.map(({ scenarioId, ...state }) => ({
      ...state,
      scenario_id: scenarioId ?? null,
      counts: { ...state.counts },
    })),
    checks: { ...checks },
    validation_bundle_digest_sha256: bundleDigest ?? null,
  };
}
