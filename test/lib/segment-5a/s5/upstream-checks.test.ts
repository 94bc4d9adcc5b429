import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CheckList } from '../../../../lib/segment-5a/s5/check.ts';
import { countIn, openEngine } from '../../../../lib/segment-5a/s5/engine.ts';
import { checkProfile } from '../../../../lib/segment-5a/s5/profile-checks.ts';
import { refusedWith } from '../../../support/refused-with.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const scratch = await mkdtemp(join(tmpdir(), 'upstream-checks-'));
const engine = await openEngine(scratch);
after(async () => {
  engine.close();
  await rm(scratch, { recursive: true });
});
const policies = await shippedPolicies();
const laws = {
  parameterHash: policies.parameterHash,
  classes: policies.merchant_class,
  scale: policies.demand_scale,
  tolerances: policies.validation.tolerances,
};
const nowhere = join(scratch, 'nowhere.parquet');
const files = {
  world: { merchants: nowhere, zoneAlloc: nowhere, virtualClassification: nowhere },
  classProfile: nowhere,
};
/** Those that look at the profile alone. */
const own = new Set(['S1_PK_VALID', 'S1_REQUIRED_FIELDS', 'S1_SCALE_NONNEG_FINITE']);

/** What the checks of S1 say to a profile of these rows; there is neither a world here nor another table. */
async function judged(...rows: readonly string[]) {
  await engine.run(`create or replace table profile as select * from (values ${rows.join(', ')})
    as row(merchant_id, legal_country_iso, tzid, channel_group, demand_class, weekly_volume_expected, scale_factor)`);
  const checks = new CheckList();
  await checkProfile(engine, checks, files, laws);
  return {
    statuses: Object.fromEntries(
      checks.records
        .filter(({ checkId }) => own.has(checkId))
        .map(({ checkId, status }) => [checkId, status]),
    ),
    issues: checks.issues
      .filter(({ checkId }) => own.has(checkId))
      .map(({ checkId, issueCode, context }) => [checkId, issueCode, context.rows]),
  };
}

const row = (change: { id?: string; tzid?: string; weekly?: string; scale?: string } = {}) => {
  const { id = '1', tzid = "'Europe/Berlin'", weekly = '10', scale = '1' } = change;
  return `(${id}::UBIGINT, 'DE', ${tzid}, 'card_present', 'office_hours', ${weekly}::DOUBLE, ${scale}::DOUBLE)`;
};

test('a profile with keys of its own, whole rows and lawful scales passes', async () => {
  assert.deepEqual(await judged(row(), row({ id: '2', weekly: '0' }), row({ tzid: "'Europe/Busingen'" })), {
    statuses: { S1_PK_VALID: 'PASS', S1_REQUIRED_FIELDS: 'PASS', S1_SCALE_NONNEG_FINITE: 'PASS' },
    issues: [],
  });
});

test('a key that stands twice is found, and how many rows repeat one', async () => {
  const { statuses, issues } = await judged(row(), row({ weekly: '11' }), row(), row({ id: '2' }));
  assert.equal(statuses.S1_PK_VALID, 'FAIL');
  assert.deepEqual(issues, [['S1_PK_VALID', 'S1_DUPLICATE_KEY', 2]]);
});

test('a row without a field is found', async () => {
  const { statuses, issues } = await judged(row(), row({ id: '2', tzid: 'null' }));
  assert.equal(statuses.S1_REQUIRED_FIELDS, 'FAIL');
  assert.deepEqual(issues, [['S1_REQUIRED_FIELDS', 'S1_FIELD_MISSING', 1]]);
});

for (const [what, change] of [
  ['a volume that is no number', { weekly: "'nan'" }],
  ['an infinite volume', { weekly: "'inf'" }],
  ['no volume', { weekly: 'null' }],
  ['a negative factor', { scale: '-1e-9' }],
] as const) {
  test(`${what} is no scale`, async () => {
    const { statuses, issues } = await judged(row(), row({ id: '2', ...change }));
    assert.equal(statuses.S1_SCALE_NONNEG_FINITE, 'FAIL');
    assert.deepEqual(issues, [['S1_SCALE_NONNEG_FINITE', 'S1_SCALE_INVALID', 1]]);
  });
}

test('the engine takes no other number of rows for one, and no text for a count', async () => {
  const violated = refusedWith('S5_INTERNAL_INVARIANT_VIOLATION');
  await assert.rejects(() => engine.one('select 1 where false'), violated);
  await assert.rejects(() => engine.one('select unnest([1, 2])'), violated);
  const one = await engine.one("select 'many' as rows, 2 as found");
  assert.equal(countIn(one, 'found'), 2);
  assert.throws(() => countIn(one, 'rows'), violated);
  assert.throws(() => countIn(one, 'column of nobody'), violated);
});
