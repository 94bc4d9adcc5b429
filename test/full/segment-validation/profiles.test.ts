import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merchantClassProfile, merchantZoneProfile } from '../../../lib/segment-5a/datasets.ts';
import type { Table } from '../../../lib/tables/columns.ts';
import { isPlatformError } from '../../../lib/vocabulary/failure.ts';
import {
  all,
  changedValue,
  doubled,
  flipped,
  named,
  picked,
  type Rows,
  removed,
  throughout,
  without,
} from './changes.ts';
import { createSpoilableRun, type Mutation } from './spoilable-run.ts';

const { copyOfRun, tamper, validate, refusedReport, assertFound } = await createSpoilableRun();

const mutations: readonly Mutation[] = [
  {
    what: 'profile: without a few of its rows',
    dataset: merchantZoneProfile,
    change: (found) => picked(found, all(found).slice(5)),
    check: 'S1_DOMAIN_PARITY',
    issue: 'S1_PAIR_MISSING',
  },
  {
    what: 'profile: of a merchant that nobody has',
    dataset: merchantZoneProfile,
    change: (found) => changedValue('merchant_id', () => 1)({ ...found, row: found.table.rows - 1 }),
    check: 'S1_DOMAIN_PARITY',
    issue: 'S1_PAIR_FOREIGN',
  },
  {
    what: 'profile: volumes twice as large',
    dataset: merchantZoneProfile,
    change: throughout('weekly_volume_expected', (value) => value * 2),
    check: 'S1_RECOMPOSITION',
    issue: 'S1_VOLUME_DIFFERS',
  },
  {
    what: 'profile: a volume, by one part in a billion',
    dataset: merchantZoneProfile,
    change: changedValue('weekly_volume_expected', (value) => value * (1 + 1e-9)),
    check: 'S1_RECOMPOSITION',
    issue: 'S1_VOLUME_DIFFERS',
  },
  {
    what: 'profile: a scale factor',
    dataset: merchantZoneProfile,
    change: changedValue('scale_factor', (value) => value + 1),
    check: 'S1_RECOMPOSITION',
    issue: 'S1_VOLUME_DIFFERS',
  },
  ...(
    [
      ['demand_class', 'travel_hospitality'],
      ['demand_subclass', 'tail_zone'],
      ['profile_id', 'somebody_else'],
      ['class_source', 'nonvirtual_branch.card_present.nobody'],
    ] as const
  ).map(
    ([column, text]): Mutation => ({
      what: `profile: another ${column}`,
      dataset: merchantZoneProfile,
      change: named(column, text),
      check: 'S1_RECOMPOSITION',
      issue: 'S1_CLASS_DIFFERS',
    }),
  ),
  ...['high_variability_flag', 'low_volume_flag', 'virtual_preferred_flag'].map(
    (column): Mutation => ({
      what: `profile: another ${column}`,
      dataset: merchantZoneProfile,
      change: changedValue(column, flipped),
      check: 'S1_RECOMPOSITION',
      issue: 'S1_CLASS_DIFFERS',
    }),
  ),
  {
    what: 'class profile: totals of 0',
    dataset: merchantClassProfile,
    change: throughout('weekly_volume_total_expected', () => 0),
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_TOTAL',
  },
  {
    what: 'class profile: another class',
    dataset: merchantClassProfile,
    change: named('primary_demand_class', 'low_volume_tail'),
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_CLASS',
  },
  {
    what: 'class profile: other classes seen',
    dataset: merchantClassProfile,
    change: named('classes_seen', 'office_hours;travel_hospitality'),
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_CLASS',
  },
  {
    what: 'class profile: a merchant removed',
    dataset: merchantClassProfile,
    change: removed,
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_KEYS',
  },
  {
    what: 'class profile: a merchant twice',
    dataset: merchantClassProfile,
    change: doubled,
    check: 'S1_CLASS_PROFILE',
    issue: 'S1_MERCHANT_KEYS',
  },
];

for (const mutation of mutations) {
  test(`FAIL, naming it: ${mutation.what}`, () => assertFound(mutation));
}

test('a profile without a row fails: nothing would be expected, and nothing found', async () => {
  const runs = await copyOfRun();
  await tamper(runs, merchantZoneProfile, (found) => picked(found, []));
  const report = await refusedReport(runs);
  assert.ok(report.blocking_reasons.includes('S5_EXPECTATION FAIL'), report.blocking_reasons.join());
  assert.ok(report.codes.includes('S5_NOTHING_EXPECTED'), report.codes.join());
});

const profiles: readonly (readonly [string, (found: Rows) => Table])[] = [
  ['a merchant-zone twice', doubled],
  ['no class', without('demand_class')],
  ['a negative volume', changedValue('weekly_volume_expected', (value) => -value)],
];
for (const [what, change] of profiles) {
  test(`refused before anything is checked: profile: ${what}`, async () => {
    const runs = await copyOfRun();
    await tamper(runs, merchantZoneProfile, change);
    await assert.rejects(
      validate(runs),
      (error) => isPlatformError(error) && error.failure.code === 'S5_GATE_RECEIPT_INVALID',
    );
  });
}
