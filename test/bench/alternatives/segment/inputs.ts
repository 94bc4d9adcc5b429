import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPolicies, type Policies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import { policyFolder } from '../../../lib/segment-5a/shipped-policies.ts';

/** The files of a world that the alternatives read; they trust its seal. */
export type WorldFiles = {
  readonly merchants: string;
  readonly zoneAlloc: string;
  readonly virtualClassification: string;
  readonly zoneOffsets: string;
  readonly scenarios: string;
  readonly calendar: string;
};

/** The files that an alternative leaves in its folder: the contract's columns, sorted by the contract's keys. */
export type OutputFiles = {
  readonly profile: string;
  readonly shape: string;
  readonly baseline: string;
  readonly classBaseline: string;
  readonly local: string;
  readonly factors: string;
  readonly utc: string;
};

export type AlternativeInput = {
  readonly world: WorldFiles;
  readonly output: OutputFiles;
  readonly scenarioId: string;
  readonly policies: Policies;
};

export function outputFiles(folder: string): OutputFiles {
  const file = (name: string) => join(folder, `${name}.parquet`);
  return {
    profile: file('profile'),
    shape: file('shape'),
    baseline: file('baseline'),
    classBaseline: file('class_baseline'),
    local: file('local'),
    factors: file('factors'),
    utc: file('utc'),
  };
}

/** Of `node <program> <world folder> <output folder>`. */
export async function alternativeInput(argv: readonly string[]): Promise<AlternativeInput> {
  const [, , world, folder] = argv;
  if (world === undefined || folder === undefined)
    throw new Error('give a world and a folder for the output');
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(world, 'data', `${name}.parquet`);
  const scenarioId = 'baseline_v1';
  return {
    world: {
      merchants: file('merchants'),
      zoneAlloc: file('zone_alloc'),
      virtualClassification: file('virtual_classification'),
      zoneOffsets: file('zone_offsets'),
      scenarios: file('scenarios'),
      calendar: file(`scenario_calendar/scenario_id=${scenarioId}/part-0`),
    },
    output: outputFiles(folder),
    scenarioId,
    policies: await loadPolicies(policyFolder),
  };
}

/** What a check that fails does: an alternative has no issue table, it stops. */
export function requireNone(check: string, violations: number): void {
  if (violations !== 0) throw new Error(`${check}: ${violations} violations`);
}
