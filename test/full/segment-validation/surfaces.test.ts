import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dataset } from '../../../lib/segment-5a/dataset.ts';
import {
  merchantZoneOverlayFactors,
  merchantZoneScenarioLocal,
  merchantZoneScenarioUtc,
} from '../../../lib/segment-5a/datasets.ts';
import { changedValue, doubled, nextDouble, removed, swapped } from './changes.ts';
import { createSpoilableRun, type Mutation } from './spoilable-run.ts';

const { copyOfRun, tamper, validate, assertFound } = await createSpoilableRun();

const surfaces: readonly [string, Dataset, string][] = [
  ['local', merchantZoneScenarioLocal, 'local_horizon_bucket_index'],
  ['factors', merchantZoneOverlayFactors, 'local_horizon_bucket_index'],
  ['utc', merchantZoneScenarioUtc, 'utc_horizon_bucket_index'],
];
const mutations: readonly Mutation[] = [
  ...surfaces.flatMap(([name, dataset, index]): Mutation[] => [
    {
      what: `${name}: a row removed`,
      dataset,
      change: removed,
      check: 'S4_HORIZON_COVERAGE',
      issue: 'S4_ROW_COUNT',
    },
    {
      what: `${name}: a row added`,
      dataset,
      change: doubled,
      check: 'S4_HORIZON_COVERAGE',
      issue: 'S4_ROW_COUNT',
    },
    {
      what: `${name}: two rows swapped`,
      dataset,
      change: swapped,
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
    {
      what: `${name}: another hour`,
      dataset,
      change: changedValue(index, (value) => value + 1),
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
    {
      what: `${name}: another merchant`,
      dataset,
      change: changedValue('merchant_id', () => 1),
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
    {
      what: `${name}: another zone`,
      dataset,
      change: changedValue('tzid', () => 0),
      check: 'S4_DOMAIN_PARITY',
      issue: 'S4_KEY_MISMATCH',
    },
  ]),
  {
    what: 'local: the last bit of an intensity',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('lambda_local_scenario', nextDouble),
    check: 'S4_RECOMPOSITION',
    issue: 'S4_LAMBDA_DIFFERS',
  },
  {
    what: 'utc: the last bit of an intensity',
    dataset: merchantZoneScenarioUtc,
    change: changedValue('lambda_utc_scenario', nextDouble),
    check: 'S4_RECOMPOSITION',
    issue: 'S4_LAMBDA_DIFFERS',
  },
  {
    what: 'local: NaN',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('lambda_local_scenario', () => Number.NaN),
    check: 'S4_LAMBDA_NONNEG_FINITE',
    issue: 'S4_LAMBDA_INVALID',
  },
  {
    what: 'utc: a negative intensity',
    dataset: merchantZoneScenarioUtc,
    change: changedValue('lambda_utc_scenario', (value) => -value),
    check: 'S4_LAMBDA_NONNEG_FINITE',
    issue: 'S4_LAMBDA_INVALID',
  },
  {
    what: 'local: a factor',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('overlay_factor_total', nextDouble),
    check: 'S4_OVERLAY_FACTORS',
    issue: 'S4_FACTOR_DIFFERS',
  },
  {
    what: 'factors: a factor',
    dataset: merchantZoneOverlayFactors,
    change: changedValue('overlay_factor_total', nextDouble),
    check: 'S4_OVERLAY_FACTORS',
    issue: 'S4_FACTOR_DIFFERS',
  },
  {
    what: 'factors: out of bounds',
    dataset: merchantZoneOverlayFactors,
    change: changedValue('overlay_factor_total', () => 6),
    check: 'S4_OVERLAY_FACTOR_HARD_BOUNDS',
    issue: 'S4_FACTOR_OUT_OF_BOUNDS',
  },
  {
    what: 'utc: another total',
    dataset: merchantZoneScenarioUtc,
    change: changedValue('lambda_utc_scenario', (value) => value * 2),
    check: 'S4_LOCAL_VS_UTC_TOTAL',
    issue: 'S4_TOTALS_DIFFER',
  },
  {
    what: 'local: beyond the guardrail',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('lambda_local_scenario', () => 2e7),
    check: 'S4_LAMBDA_SCENARIO_GUARDRAIL',
    issue: 'S4_LAMBDA_HIGH',
    status: 'WARN',
  },
  {
    what: 'local: a factor beyond the rail',
    dataset: merchantZoneScenarioLocal,
    change: changedValue('overlay_factor_total', () => 4.9),
    check: 'S4_OVERLAY_FACTOR_WARN_BOUNDS',
    issue: 'S4_FACTOR_BEYOND_RAIL',
    status: 'WARN',
  },
];

for (const mutation of mutations) {
  test(`${mutation.status ?? 'FAIL'}, naming it: ${mutation.what}`, () => assertFound(mutation));
}

for (const [name, dataset] of surfaces) {
  test(`${name}: the same rows by another writer pass as well, with the same bundle`, async () => {
    const honest = await validate(await copyOfRun());
    const runs = await copyOfRun();
    await tamper(runs, dataset, ({ table }) => table);
    const { states } = await validate(runs);
    assert.equal(states[0]?.publication, 'published');
    assert.equal(states[0]?.outcome.bundleDigest, honest.states[0]?.outcome.bundleDigest);
  });
}
