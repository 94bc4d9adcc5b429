import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { epochMinutes } from '../../../../lib/segment-5a/frame/instants.ts';
import { runSegment } from '../../../../lib/segment-5a/frame/run-segment.ts';
import { i32Values, strings, textOf, u64Values } from '../../../../lib/segment-5a/frame/table-access.ts';
import { loadPolicies } from '../../../../lib/segment-5a/policies/load-policies.ts';
import { zonesOf } from '../../../../lib/segment-5a/s4/scenario-input.ts';
import { checkWorld } from '../../../../lib/segment-5a/worlds/check-world.ts';
import { describeWorld } from '../../../../lib/segment-5a/worlds/describe-world.ts';
import { drawWorld } from '../../../../lib/segment-5a/worlds/draw-world.ts';
import { generateWorld } from '../../../../lib/segment-5a/worlds/generate-world.ts';
import { scaleOf } from '../../../../lib/segment-5a/worlds/scale.ts';
import { offsetsBetween, zonesOfCountry } from '../../../../lib/segment-5a/worlds/zone-database.ts';
import { columnOf, textAt } from '../../../../lib/tables/columns.ts';
import { isPlatformError } from '../../../../lib/vocabulary/failure.ts';
import { statePrograms } from '../../../../tasks/segment/programs.ts';
import { policyFolder } from '../shipped-policies.ts';

const policies = await loadPolicies(policyFolder);
const quiet = () => undefined;
const watch = { progress: quiet, signal: new AbortController().signal };

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'worlds-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const drawnWorlds = new Map<string, ReturnType<typeof drawWorld>>();

/** A world as it is drawn; a full one takes a second, and no test changes it. */
function drawn(scale: string, seed: string): ReturnType<typeof drawWorld> {
  const world = drawnWorlds.get(`${scale} ${seed}`) ?? drawWorld(scaleOf(scale), seed);
  drawnWorlds.set(`${scale} ${seed}`, world);
  return world;
}

const sizes = [
  ['small', 40, 12, 60, 740, 336, 120],
  ['medium', 222, 40, 190, 4_130, 672, 600],
  ['full', 886, 53, 268, 16_528, 2_160, 2_000],
] as const;

for (const [name, merchants, countries, tzids, pairs, hours, events] of sizes) {
  for (const seed of ['42', '7']) {
    test(`${name} from seed ${seed} has exactly its sizes`, () => {
      const world = drawn(name, seed);
      const distinct = (column: string) => new Set(strings(world.zoneAlloc, column).codes).size;
      assert.equal(world.merchants.rows, merchants);
      assert.equal(distinct('legal_country_iso'), countries);
      assert.equal(distinct('tzid'), tzids);
      assert.equal(world.zoneAlloc.rows, pairs);
      assert.equal(world.calendars.get('baseline_v1')?.rows, events);
      assert.ok((world.calendars.get('stress_v1')?.rows ?? 0) > events);
      const minute = (column: string) => epochMinutes(textOf(strings(world.scenarios, column), 0));
      assert.equal((minute('horizon_end_utc') - minute('horizon_start_utc')) / 60, hours);
    });
  }
}

test('a world holds what breaks careless code: wide and narrow ids, odd offsets, changes of clocks', () => {
  for (const { name } of [{ name: 'small' }, { name: 'full' }]) {
    const world = drawn(name, '42');
    const ids = u64Values(world.merchants, 'merchant_id');
    assert.ok(ids.some((id) => id >= 2n ** 63n) && ids.some((id) => id < 2n ** 32n), name);
    const zones = zonesOf(world.zoneOffsets);
    assert.deepEqual([...(zones.get('Asia/Kolkata')?.offsetMinutes ?? [])], [330]);
    assert.deepEqual([...(zones.get('Asia/Kathmandu')?.offsetMinutes ?? [])], [345]);
    const changes = (tzid: string) => [...(zones.get(tzid)?.fromMinute ?? [])].slice(1).map(instant);
    assert.deepEqual(changes('Europe/Berlin'), ['2026-03-29T01:00:00.000Z']);
    // The small horizon lies after the American change; the full one holds both.
    const american = name === 'full' ? ['2026-03-08T07:00:00.000Z'] : [];
    assert.deepEqual(changes('America/New_York').slice(0, 1), american);
  }
});

const instant = (minute: number) => new Date(minute * 60_000).toISOString();

test('days of a country begin at its own midnight', () => {
  const world = drawn('full', '42');
  const calendar = world.calendars.get('baseline_v1');
  assert.ok(calendar !== undefined);
  const zones = zonesOf(world.zoneOffsets);
  const countries = columnOf(calendar, 'country_iso', 'string');
  let checked = 0;
  for (let row = 0; row < calendar.rows; row += 1) {
    const country = textAt(countries, row);
    if (country === null || !/HOLIDAY|PAYDAY/.test(textOf(strings(calendar, 'event_type'), row))) continue;
    const start = epochMinutes(textOf(strings(calendar, 'start_utc'), row));
    const tzid = zonesOfCountry(country)[0] ?? '';
    const offsets = offsetsBetween(tzid, start, start + 1);
    const local = (start + (offsets[0]?.offsetMinutes ?? 0)) % 1_440;
    // Where clocks go forward at midnight, the day begins an hour late.
    assert.ok(local === 0 || local === 60, `${country} ${instant(start)}`);
    assert.ok(zones.has(tzid));
    checked += 1;
  }
  assert.ok(checked > 1_900);
});

test('real public holidays are in the calendar', () => {
  const calendar = drawn('full', '42').calendars.get('baseline_v1');
  assert.ok(calendar !== undefined);
  const notes = new Map<string, string>();
  for (let row = 0; row < calendar.rows; row += 1) {
    const country = textAt(columnOf(calendar, 'country_iso', 'string'), row);
    const note = textAt(columnOf(calendar, 'notes', 'string'), row);
    if (country !== null && note !== null)
      notes.set(`${country} ${note}`, textOf(strings(calendar, 'start_utc'), row));
  }
  // 26 January begins in India half an hour after 18:00 UTC the day before.
  assert.equal(notes.get('IN Republic Day'), '2026-01-25T18:30:00.000000Z');
  assert.equal(
    notes.get("US Washington's Birthday") ?? notes.get('US Presidents’ Day'),
    '2026-02-16T05:00:00.000000Z',
  );
});

test('clones are spread evenly: no country has many more events than another', () => {
  const figures = describeWorld(drawn('full', '42'), policies).find(
    ({ group }) => group === 'calendar baseline_v1',
  )?.figures;
  const spread = figures?.find(({ name }) => name.startsWith('events of a country'))?.value;
  const [least = 0, , p95 = 0] = String(spread).split(', ').map(Number);
  assert.ok(least >= 20 && p95 / least < 2, String(spread));
});

for (const seed of ['42', '7']) {
  test(`distributions are near the reference, from seed ${seed}`, () => {
    const tables = drawn('full', seed);
    const { zoneAlloc, merchants } = tables;
    const near = (what: string, value: number, reference: number, share: number) =>
      assert.ok(
        Math.abs(value / reference - 1) < share,
        `${what} is ${value}, the reference has ${reference}`,
      );
    const counts = i32Values(zoneAlloc, 'zone_site_count');
    const active = counts.filter((count) => count > 0).length;
    near('merchant-zones with a site', active, 2_158, 0.05);
    const sites = counts.reduce((sum, count) => sum + count, 0);
    near('sites', sites, 19_800, 0.1);
    const figures = new Map(
      describeWorld(tables, policies)
        .flatMap((group) => group.figures)
        .map(({ name, value }) => [name, value]),
    );
    near('primary zones', Number(figures.get('active, primary_zone')), 1_527, 0.05);
    const share = (name: string) => Number(/\((\S+) %\)/.exec(String(figures.get(name)))?.[1]) / 100;
    near('share of consumer_daytime', share('consumer_daytime'), 0.6, 0.1);
    near('share of online_24h', share('online_24h'), 0.147, 0.25);
    near('share of fuel_convenience', share('fuel_convenience'), 0.085, 0.25);
    const largest = new Map<bigint, number>();
    for (const id of u64Values(zoneAlloc, 'merchant_id')) largest.set(id, (largest.get(id) ?? 0) + 1);
    near('most zones of a merchant', Math.max(...largest.values()), 70, 0.15);
    const channel = strings(merchants, 'channel');
    const channels = Array.from({ length: merchants.rows }, (_, row) => textOf(channel, row));
    assert.equal(channels.filter((name) => name === 'card_not_present').length, 159);
  });
}

test('the pinned zone database and that of Node agree on zones that both know', () => {
  const start = Date.parse('2026-01-01') / 60_000;
  const end = Date.parse('2026-04-01') / 60_000;
  let compared = 0;
  for (const tzid of [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Santiago',
  ]) {
    const format = new Intl.DateTimeFormat('en', { timeZone: tzid, timeZoneName: 'longOffset' });
    for (let minute = start; minute < end; minute += 60 * 24 * 3) {
      const name =
        format.formatToParts(minute * 60_000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d+):?(\d+)?/.exec(name) ?? [];
      const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
      assert.equal(
        offsetsBetween(tzid, minute, minute + 1)[0]?.offsetMinutes,
        offset,
        `${tzid} ${instant(minute)}`,
      );
      compared += 1;
    }
  }
  assert.ok(compared > 100);
});

test('the same seed gives the same bytes, another one another world', async () => {
  await inFolder(async (folder) => {
    const first = await generateWorld('small', '42', join(folder, 'a'), watch);
    const second = await generateWorld('small', '42', join(folder, 'b'), watch);
    const other = await generateWorld('small', '43', join(folder, 'c'), watch);
    assert.equal(first.kind, 'published');
    assert.equal(second.bundleDigest, first.bundleDigest);
    assert.notEqual(other.bundleDigest, first.bundleDigest);
    assert.equal((await generateWorld('small', '42', join(folder, 'a'), watch)).kind, 'identical');
    assert.deepEqual((await readdir(folder)).sort(), ['a', 'b', 'c'], 'nothing half-written is left');
  });
});

test('another world, or anything else, in the folder is a conflict and stays as it is', async () => {
  await inFolder(async (folder) => {
    const out = join(folder, 'taken');
    await mkdir(out);
    await writeFile(join(out, 'mine.txt'), 'mine');
    await assert.rejects(generateWorld('small', '42', out, watch), (error) => {
      assert.ok(isPlatformError(error));
      return error.failure.code === 'WORLD_OUTPUT_CONFLICT' && error.exitCode === 73;
    });
    assert.deepEqual(await readdir(folder), ['taken']);
    assert.deepEqual(await readdir(out), ['mine.txt']);
  });
});

test('a world whose folder cannot be made is a failure that may pass, and names the folder', async () => {
  await inFolder(async (folder) => {
    // Below a file nobody can make a folder, root neither.
    await writeFile(join(folder, 'file'), '');
    const out = join(folder, 'file', 'world');
    await assert.rejects(generateWorld('12', '42', out, watch), (error) => {
      assert.ok(isPlatformError(error), String(error));
      assert.deepEqual([error.failure.code, error.exitCode], ['WORLD_IO_WRITE_FAILED', 75]);
      assert.equal(error.failure.where, out);
      return true;
    });
  });
});

test('what a killed generation left is removed, what another may be making is not', async () => {
  await inFolder(async (folder) => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const [elsewhere, ours] = [`world.partial-2@another-host`, `world.partial-${process.ppid}@${hostname()}`];
    const [old, abandoned] = ['world.partial-1@another-host', `world.partial-${dead}@${hostname()}`];
    const other = `other.partial-${dead}@${hostname()}`;
    for (const name of [elsewhere, ours, old, abandoned, other]) await mkdir(join(folder, name));
    const then = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(folder, old), then, then);
    await generateWorld('small', '42', join(folder, 'world'), watch);
    assert.deepEqual((await readdir(folder)).sort(), [elsewhere, other, ours, 'world'].sort());
  });
});

test('a generation that is interrupted leaves nothing', async () => {
  await inFolder(async (folder) => {
    const controller = new AbortController();
    const progress = (what: string) => {
      if (what.includes('zone_alloc')) controller.abort();
    };
    const generated = generateWorld('small', '42', join(folder, 'world'), {
      progress,
      signal: controller.signal,
    });
    await assert.rejects(generated, (error) => {
      assert.ok(isPlatformError(error));
      return error.failure.code === 'WORLD_INTERRUPTED' && error.exitCode === 143;
    });
    assert.deepEqual(await readdir(folder), []);
  });
});

for (const [scale, seed, code] of [
  ['tiny', '42', 'SCALE_UNKNOWN'],
  ['11', '42', 'SCALE_UNKNOWN'],
  ['100001', '42', 'SCALE_UNKNOWN'],
  ['-5', '42', 'SCALE_UNKNOWN'],
  ['small', '-1', 'SEED_MALFORMED'],
  ['small', '1.5', 'SEED_MALFORMED'],
  ['small', '', 'SEED_MALFORMED'],
  ['small', '18446744073709551616', 'SEED_MALFORMED'],
] as const) {
  test(`refuses scale ${scale} with seed ${seed || 'nothing'}: ${code}`, async () => {
    await inFolder(async (folder) => {
      await assert.rejects(generateWorld(scale, seed, join(folder, 'world'), watch), (error) => {
        assert.ok(isPlatformError(error));
        assert.equal(error.failure.code, code);
        return error.exitCode === 64;
      });
      assert.deepEqual(await readdir(folder), []);
    });
  });
}

test('a world for a number of merchants has pairs in proportion', () => {
  const world = drawn('100', '42');
  assert.deepEqual([world.merchants.rows, world.zoneAlloc.rows], [100, 1_850]);
});

test('the states accept a generated world, and it passes', async () => {
  await inFolder(async (folder) => {
    const { folder: world } = await generateWorld('small', '42', join(folder, 'world'), watch);
    assert.deepEqual((await checkWorld(world, policies)).faults, []);
    const result = await runSegment({
      states: ['S0', 'S1', 'S2', 'S3', 'S4', 'S5'],
      world,
      runsRoot: join(folder, 'runs'),
      policies: policyFolder,
      runScenarioIds: [],
      scenarioIds: [],
      partition: { index: 0, count: 1 },
      signal: new AbortController().signal,
      report: quiet,
      imageDigest: 'local',
      programs: statePrograms,
    });
    const counts = Object.assign({}, ...result.states.map(({ outcome }) => outcome.counts));
    assert.equal(counts.domain_rows, 740);
    assert.equal(counts.scenario_rows, 740 * 336 * 2);
    assert.equal(counts.issues, 0);
  });
});
