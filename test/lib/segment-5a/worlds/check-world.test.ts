import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPolicies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import { openWorld } from '../../../../lib/segment-5a/s0/open-world.ts';
import { checkWorld } from '../../../../lib/segment-5a/worlds/check-world.ts';
import { sealWorld as sealContent } from '../../../../lib/segment-5a/worlds/seal-world.ts';
import { worldContent } from '../../../../lib/segment-5a/worlds/world-content.ts';
import { type Column, encodeStrings, type Table, textAt } from '../../../../lib/tables/columns.ts';
import { badBundles, badTables, goodWorld } from '../../../support/bad-worlds.ts';
import { sealWorld, type WorldOptions, type WorldTables } from '../make-world.ts';
import { policyFolder } from '../shipped-policies.ts';

const policies = await loadPolicies(policyFolder);

async function faultsOf(tables: WorldTables, options: WorldOptions = {}) {
  const folder = await sealWorld(tables, options);
  try {
    return (await checkWorld(folder, policies)).faults;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('a good world has no fault', async () => {
  assert.deepEqual(await faultsOf(goodWorld), []);
});

// What keeps a run from its first states is found without a run.
for (const [name, tables, , says] of badTables) {
  test(`found: ${name}`, async () => {
    const faults = await faultsOf(tables);
    const texts = faults.map(({ where, value, message }) => `${where} ${value ?? ''} ${message}`);
    assert.ok(
      texts.some((text) => says.test(text)),
      texts.join('\n'),
    );
    assert.ok(faults.every(({ remedy, where }) => remedy.length > 0 && where !== undefined));
  });
}

for (const [name, options, , says] of badBundles) {
  test(`found: ${name}`, async () => {
    const faults = await faultsOf(goodWorld, options);
    const texts = faults.map(({ where, value, message }) => `${where} ${value ?? ''} ${message}`);
    assert.ok(
      texts.some((text) => says.test(text) || /FAIL/.test(text)),
      texts.join('\n'),
    );
  });
}

type Event = Readonly<Record<string, string | number | boolean | null>>;

const lawful: Event = {
  event_id: `EVT-${'a'.repeat(24)}`,
  event_type: 'HOLIDAY',
  start_utc: '2026-01-05T00:00:00.000000Z',
  end_utc: '2026-01-06T00:00:00.000000Z',
  shape_kind: 'constant',
  amplitude: 0.85,
  amplitude_peak: null,
  ramp_in_buckets: null,
  ramp_out_buckets: null,
  scope_global: false,
  country_iso: 'DE',
  tzid: null,
  demand_class: 'office_hours',
  merchant_id: null,
  notes: null,
};

function calendarOf(events: readonly Event[]): Table {
  const of = (name: string) => events.map((event) => event[name] ?? null);
  const text = (name: string) =>
    encodeStrings(of(name).map((value) => (value === null ? null : String(value))));
  const nulls = (name: string) => Uint8Array.from(of(name), (value) => (value === null ? 1 : 0));
  const float = (name: string): Column => ({
    type: 'f64',
    values: Float64Array.from(of(name), Number),
    nulls: nulls(name),
  });
  const count = (name: string): Column => ({
    type: 'i32',
    values: Int32Array.from(of(name), Number),
    nulls: nulls(name),
  });
  return {
    rows: events.length,
    columns: new Map<string, Column>([
      ...['event_id', 'event_type', 'start_utc', 'end_utc', 'shape_kind'].map(
        (name) => [name, text(name)] as const,
      ),
      ['amplitude', float('amplitude')],
      ['amplitude_peak', float('amplitude_peak')],
      ['ramp_in_buckets', count('ramp_in_buckets')],
      ['ramp_out_buckets', count('ramp_out_buckets')],
      ['scope_global', { type: 'boolean', values: Uint8Array.from(of('scope_global'), Number) }],
      ...['country_iso', 'tzid', 'demand_class'].map((name) => [name, text(name)] as const),
      [
        'merchant_id',
        { type: 'u64', values: BigUint64Array.from(events, () => 1n), nulls: nulls('merchant_id') },
      ],
      ['notes', text('notes')],
    ]),
  };
}

const withEvents = (...events: readonly Event[]): WorldTables => ({
  ...goodWorld,
  calendars: { ...goodWorld.calendars, baseline_v1: calendarOf(events) },
});

const ramp = { shape_kind: 'ramp', amplitude: null, event_type: 'PAYDAY' };
const badEvents: readonly (readonly [what: string, change: Event, says: RegExp])[] = [
  ['an unknown type', { event_type: 'PARTY' }, /PARTY/],
  ['an unknown shape', { shape_kind: 'wave' }, /wave/],
  ['an unknown class', { demand_class: 'anything' }, /anything/],
  ['an id that is none', { event_id: 'EVT-1' }, /EVT-1/],
  ['an empty scope', { country_iso: null, demand_class: null }, /scope is empty/],
  ['global and a country', { scope_global: true }, /global event has no predicate/],
  ['a merchant and a country', { merchant_id: 1 }, /only predicate/],
  ['a holiday everywhere', { scope_global: true, country_iso: null, demand_class: null }, /no global scope/],
  ['a window before the horizon', { start_utc: '2025-12-31T23:00:00.000000Z' }, /leaves the horizon/],
  ['a window after the horizon', { end_utc: '2026-01-16T00:00:00.000000Z' }, /leaves the horizon/],
  ['an end before the start', { end_utc: '2026-01-04T00:00:00.000000Z' }, /empty or leaves/],
  ['a day that is none', { start_utc: '2026-02-30T00:00:00.000000Z' }, /2026-02-30/],
  ['an amplitude above its bounds', { amplitude: 1.06 }, /\[0\.5, 1\.05\]/],
  ['an amplitude below its bounds', { amplitude: 0.49 }, /\[0\.5, 1\.05\]/],
  ['an amplitude that is no number', { amplitude: Number.NaN }, /amplitude/],
  ['an amplitude without end', { amplitude: Number.POSITIVE_INFINITY }, /amplitude/],
  ['a peak beside a constant', { amplitude_peak: 0.9 }, /makes no use/],
  ['a ramp beside a constant', { ramp_in_buckets: 1 }, /makes no use/],
  ['a ramp without a peak', ramp, /a ramp has a peak/],
  ['a ramp too long', { ...ramp, amplitude_peak: 1.2, ramp_in_buckets: 49 }, /at most 48/],
  ['a ramp that shrinks', { ...ramp, amplitude_peak: 1.2, ramp_out_buckets: -1 }, /-1/],
  ['an amplitude beside a ramp', { ...ramp, amplitude: 1.1, amplitude_peak: 1.2 }, /makes no use/],
];

for (const [what, change, says] of badEvents) {
  test(`found: an event with ${what}`, async () => {
    const faults = await faultsOf(withEvents({ ...lawful, ...change }));
    const texts = faults.map(({ where, value, message }) => `${where} ${value ?? ''} ${message}`);
    assert.ok(
      texts.some((text) => says.test(text)),
      texts.join('\n') || 'no fault',
    );
  });
}

const idOf = (index: number) => `EVT-${index.toString(16).padStart(24, '0')}`;

test('a lawful event is no fault', async () => {
  assert.deepEqual(await faultsOf(withEvents(lawful)), []);
});

test('found: more events than the policy allows, and more than ten on one row', async () => {
  const many = Array.from({ length: 11 }, (_, index) => ({
    ...lawful,
    event_id: idOf(index),
    demand_class: null,
  }));
  const faults = await faultsOf(withEvents(...many));
  assert.match(faults.map(({ message }) => message).join(), /overlap|more than 10/);
  const flood = Array.from({ length: 5_001 }, (_, index) => ({ ...lawful, event_id: idOf(index) }));
  assert.match((await faultsOf(withEvents(...flood))).map(({ message }) => message).join(), /more than 5000/);
});

test('a calendar is told with all its bad events, each with its file and row', async () => {
  const tables = withEvents(
    { ...lawful, event_id: idOf(1), amplitude: 9 },
    { ...lawful, event_id: idOf(2) },
    { ...lawful, event_id: idOf(3), end_utc: '2026-01-04T00:00:00.000000Z' },
    { ...lawful, event_id: idOf(4), country_iso: 'ZZ' },
    { ...lawful, event_id: idOf(5), tzid: 'Europe/Berlim', country_iso: null },
    { ...lawful, event_id: idOf(6), event_type: 'CAMPAIGN', amplitude: 1.2, country_iso: null },
    { ...lawful, event_id: idOf(7), merchant_id: 5, country_iso: null, demand_class: null },
  );
  const both = {
    ...tables,
    calendars: { baseline_v1: tables.calendars.baseline_v1, stress_v1: tables.calendars.baseline_v1 },
  } as WorldTables;
  const found = (await faultsOf(both)).map(({ where = '' }) => {
    const [, scenario, row, column] = /scenario_id=(\w+)\/.* row (\d+), column (\S+)/.exec(where) ?? [];
    return `${scenario} ${row} ${column}`;
  });
  const expected = ['baseline_v1', 'stress_v1'].flatMap((scenario) =>
    ['0 amplitude', '2 start_utc,', '3 country_iso', '4 tzid', '6 event_type', '6 merchant_id'].map(
      (place) => `${scenario} ${place}`,
    ),
  );
  assert.deepEqual(found.toSorted(), expected);
});

test('a table is told with all its bad columns, else with all its bad rows', async () => {
  const columns = new Map(goodWorld.merchants.columns);
  columns.delete('mcc');
  columns.delete('channel');
  columns.set('surplus', encodeStrings(Array.from({ length: goodWorld.merchants.rows }, () => 'x')));
  const misshapen = await faultsOf({ ...goodWorld, merchants: { ...goodWorld.merchants, columns } });
  assert.deepEqual(
    misshapen.map(({ code, where }) => `${code} ${where?.split('.').at(-1)}`),
    ['TABLE_COLUMN_MISSING mcc', 'TABLE_COLUMN_MISSING channel', 'TABLE_COLUMN_UNKNOWN surplus'],
  );
  const mcc = goodWorld.merchants.columns.get('mcc');
  const channel = goodWorld.merchants.columns.get('channel');
  assert.ok(mcc?.type === 'i32' && channel?.type === 'string');
  const channels = Array.from({ length: goodWorld.merchants.rows }, (_, row) => textAt(channel, row));
  const spoilt = new Map<string, Column>([
    ...goodWorld.merchants.columns,
    ['mcc', { ...mcc, values: mcc.values.with(2, -1).with(7, 10_000) }],
    ['channel', encodeStrings(channels.with(7, 'post').with(11, null))],
  ]);
  const rows = await faultsOf({ ...goodWorld, merchants: { ...goodWorld.merchants, columns: spoilt } });
  assert.deepEqual(
    rows.map(({ where = '', value }) => `${where.split('.').at(-1)} ${value}`),
    ['mcc[2] -1', 'mcc[7] 10000', 'channel[7] post', 'channel[11] null'],
  );
  assert.ok(rows.every(({ where }) => where?.includes('merchants.parquet: merchants.')));
});

test('of a column that is wrong throughout, the first twenty rows are told', async () => {
  const { zoneAlloc } = goodWorld;
  const counts = zoneAlloc.columns.get('zone_site_count');
  assert.ok(counts?.type === 'i32');
  const columns = new Map<string, Column>([
    ...zoneAlloc.columns,
    ['zone_site_count', { ...counts, values: counts.values.map(() => -1) }],
  ]);
  assert.ok(zoneAlloc.rows > 20);
  assert.equal((await faultsOf({ ...goodWorld, zoneAlloc: { ...zoneAlloc, columns } })).length, 20);
});

for (const [name, column] of [
  ['merchants', 'home_country_iso'],
  ['zoneAlloc', 'legal_country_iso'],
] as const) {
  test(`found: a country that there is not, in ${column}`, async () => {
    const table = goodWorld[name];
    const codes = table.columns.get(column);
    assert.ok(codes?.type === 'string');
    const spoilt = { ...codes, dictionary: codes.dictionary.map((code) => (code === 'DE' ? 'DX' : code)) };
    const columns = new Map<string, Column>([...table.columns, [column, spoilt]]);
    const faults = await faultsOf({ ...goodWorld, [name]: { ...table, columns } });
    assert.ok(
      faults.some(({ value, where }) => value === 'DX' && where?.endsWith(`column ${column}`)),
      JSON.stringify(faults),
    );
  });
}

test('several faults are told at once', async () => {
  const columns = new Map(goodWorld.merchants.columns);
  columns.delete('mcc');
  const faults = await faultsOf({
    ...withEvents({ ...lawful, amplitude: 5 }),
    merchants: { ...goodWorld.merchants, columns },
  });
  assert.equal(faults.length, 2);
});

test('a world altered after sealing is found, with the file', async () => {
  const folder = await sealWorld(goodWorld);
  const other = await sealWorld(badTables[0]?.[1] ?? goodWorld);
  try {
    await cp(join(other, 'data', 'merchants.parquet'), join(folder, 'data', 'merchants.parquet'));
    const { faults } = await checkWorld(folder, policies);
    assert.ok(faults.some(({ where, value }) => where?.endsWith('merchants.parquet') && value === 'altered'));
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(other, { recursive: true, force: true });
  }
});

test('tables that are not sealed yet are checked in the same way', async () => {
  const folder = await sealWorld(goodWorld);
  const plain = await mkdtemp(join(tmpdir(), 'tables-'));
  try {
    await cp(join(folder, 'data'), plain, { recursive: true });
    assert.deepEqual(await checkWorld(plain, policies).then(({ faults, sealed }) => [faults, sealed]), [
      [],
      false,
    ]);
    // Sealed, it would say something else than its maker wrote.
    const document = JSON.parse(await readFile(join(plain, 'world.json'), 'utf8'));
    const latin1 = Buffer.from(JSON.stringify({ ...document, made_by: 'José' }), 'latin1');
    await writeFile(join(plain, 'world.json'), latin1);
    assert.deepEqual(
      (await checkWorld(plain, policies)).faults.map(({ code, message }) => [code, message]),
      [['WORLD_DOCUMENT_MALFORMED', 'it is no JSON in UTF-8']],
    );
    await rm(join(plain, 'world.json'));
    const { faults } = await checkWorld(plain, policies);
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['WORLD_DOCUMENT_MALFORMED'],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(plain, { recursive: true, force: true });
  }
});

test('the bundles that tables come from are checked, and sealed with them', async () => {
  const [folder, upstream] = [await sealWorld(goodWorld), await sealWorld(goodWorld)];
  const plain = await mkdtemp(join(tmpdir(), 'tables-'));
  const out = join(plain, 'sealed');
  try {
    await cp(join(folder, 'data'), plain, { recursive: true });
    await cp(upstream, join(plain, 'upstream', '3A'), { recursive: true });
    const document = JSON.parse(await readFile(join(plain, 'world.json'), 'utf8'));
    document.upstream = [{ segment: '3A', path: 'upstream/3A' }];
    document.made_by = 'a team';
    // As people write it: canonical it becomes when it is sealed.
    await writeFile(join(plain, 'world.json'), JSON.stringify(document, null, 2));
    assert.deepEqual((await checkWorld(plain, policies)).faults, []);
    const watch = { progress: () => undefined, signal: new AbortController().signal };
    const sealed = await sealContent(await worldContent(plain), out, watch);
    const world = await openWorld(out);
    assert.equal(world.bundle.bundleDigest, sealed.bundleDigest);
    assert.deepEqual(
      world.upstream.map(({ segment }) => segment),
      ['3A'],
    );
    assert.equal(JSON.parse(await readFile(join(out, 'data', 'world.json'), 'utf8')).made_by, 'a team');
    assert.deepEqual((await checkWorld(out, policies)).faults, []);
    await writeFile(join(plain, 'upstream', '3A', 'data', 'merchants.parquet'), 'other');
    const { faults } = await checkWorld(plain, policies);
    assert.ok(faults.every(({ code }) => code === 'S0_UPSTREAM_NOT_PASS'));
    assert.ok(
      faults.some(({ where, value }) => where?.endsWith('3A/data/merchants.parquet') && value === 'altered'),
    );
  } finally {
    for (const one of [folder, upstream, plain]) await rm(one, { recursive: true, force: true });
  }
});
