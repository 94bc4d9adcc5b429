import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawOf } from '../../../../lib/segment-5a/draw.ts';
import { parameterHashSchema } from '../../../../lib/segment-5a/identity.ts';
import { isNight, massWhere, peakRatio, shapeProblem } from '../../../../lib/segment-5a/laws/shape-checks.ts';
import { weekGrid } from '../../../../lib/segment-5a/laws/week-grid.ts';
import {
  adjustmentFlags,
  chooseShape,
  normalisedShape,
  profileMultipliers,
  templateMessage,
  templateValues,
} from '../../../../lib/segment-5a/laws/weekly-shape.ts';
import type { ChannelGroup, DemandClass } from '../../../../lib/segment-5a/vocabulary.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const policies = await shippedPolicies();
const { shape_library: library, zone_modifiers: modifiers } = policies;
const grid = weekGrid(policies.shape_time_grid);
const zeroHash = parameterHashSchema.parse('0'.repeat(64));

function candidates(name: DemandClass, channel: ChannelGroup) {
  const rule = library.rules.find((one) => one.class === name && one.channel_group === channel);
  assert.ok(rule);
  return rule.candidates;
}

function profile(id: string) {
  const found = modifiers.profiles.find((one) => one.id === id);
  assert.ok(found);
  return found;
}

function close(actual: number | undefined, expected: number) {
  assert.ok(actual !== undefined && Math.abs(actual / expected - 1) < 1e-13, `${actual} is not ${expected}`);
}

test('the grid starts on Monday 00:00 and marks weekend and opening hours', () => {
  assert.equal(grid.buckets, 168);
  assert.deepEqual([grid.weekday[0], grid.minute[0], grid.weekday[167], grid.minute[167]], [1, 0, 7, 1380]);
  assert.equal(
    grid.weekend.reduce((sum, flag) => sum + flag, 0),
    48,
  );
  assert.equal(
    grid.nominalOpen.reduce((sum, flag) => sum + flag, 0),
    40,
  );
  assert.deepEqual(
    [grid.nominalOpen[8], grid.nominalOpen[9], grid.nominalOpen[16], grid.nominalOpen[17]],
    [0, 1, 1, 0],
  );
});

test('the shape draw of the reference comes out: template v1, profile zg7', () => {
  const message = templateMessage('consumer_daytime', 'mixed', 'Europe/Berlin', zeroHash);
  const { u64, unit } = drawOf(message);
  assert.equal(u64, 5011333829508722023n);
  assert.equal(unit.toFixed(5), '0.27166');
  const choice = chooseShape(message, 3, { country: 'DE', tzid: 'Europe/Berlin' }, modifiers);
  assert.equal(choice.template, 0);
  assert.equal(choice.profile.id, 'zg7');
  assert.equal(choice.override, undefined);
});

test('the unmodified shape of the reference comes out', () => {
  const [first] = candidates('consumer_daytime', 'card_present');
  assert.ok(first);
  const shape = normalisedShape(templateValues(first, grid), profileMultipliers(profile('zg0'), grid));
  close(shape[0], 0.0009098332112685355);
  close(shape[11], 0.016698559237520547);
  close(shape[16], 0.013056241110206824);
  close(shape[131], 0.014055352041261415);
  assert.equal(shape.indexOf(Math.max(...shape)), 11);
});

test('an override decides before the draw', () => {
  const message = templateMessage('consumer_daytime', 'card_present', 'Asia/Dubai', zeroHash);
  const choice = chooseShape(message, 3, { country: 'AE', tzid: 'Asia/Dubai' }, modifiers);
  assert.deepEqual([choice.profile.id, choice.override], ['zg4', 'gulf']);
  assert.equal(adjustmentFlags(choice, grid, 0), 'zone_override:gulf;zone_profile:zg4');
});

test('flags name the profile unless neutral, and the windows of the bucket', () => {
  assert.equal(adjustmentFlags({ template: 0, profile: profile('zg0') }, grid, 12), '');
  assert.equal(adjustmentFlags({ template: 0, profile: profile('zg7') }, grid, 11), 'zone_profile:zg7');
  assert.equal(
    adjustmentFlags({ template: 0, profile: profile('zg7') }, grid, 12),
    'zone_profile:zg7;zone_window:midday_pause',
  );
});

test('a window may wrap over midnight', () => {
  const wrapping = {
    id: 'zg0',
    weekday_multipliers: [1, 1, 1, 1, 1, 1, 1],
    windows: [{ id: 'w', days: [1], start_minute: 1320, end_minute: 120, multiplier: 2 }],
  };
  const multipliers = profileMultipliers(wrapping, grid);
  assert.deepEqual([...multipliers.slice(0, 3)], [2, 2, 1]);
  assert.deepEqual([...multipliers.slice(21, 25)], [1, 2, 2, 1]);
});

test('every template under every zone profile passes the floors of the library', () => {
  for (const rule of library.rules) {
    for (const template of rule.candidates) {
      const values = templateValues(template, grid);
      for (const zone of modifiers.profiles) {
        const shape = normalisedShape(values, profileMultipliers(zone, grid));
        const problem = shapeProblem(shape, rule.class, grid, library.floors, 1e-6);
        assert.equal(problem, undefined, `${template.id} ${zone.id}: ${problem}`);
      }
    }
  }
});

test('card_not_present sells more at night, by the gap the library asks for', () => {
  const meanNight = (channel: ChannelGroup) => {
    const masses = library.rules
      .filter((rule) => rule.channel_group === channel)
      .flatMap((rule) => rule.candidates)
      .map((template) =>
        massWhere(
          normalisedShape(templateValues(template, grid), profileMultipliers(profile('zg0'), grid)),
          grid,
          isNight,
        ),
      );
    return masses.reduce((sum, mass) => sum + mass, 0) / masses.length;
  };
  const gap = meanNight('card_not_present') - meanNight('card_present');
  assert.ok(gap >= library.floors.night_mass_gap_between_channels, `the gap is ${gap}`);
});

const flat = new Float64Array(168).fill(1 / 168);
const negative = flat.with(3, -0.1);
const unnormalised = flat.map((value) => value * 2);

for (const [name, shape, expected] of [
  ['flat', flat, /is flat/],
  ['negative', negative, /bucket 3 is -0.1/],
  ['not a number', flat.with(5, Number.NaN), /bucket 5 is NaN/],
  ['infinite', flat.with(6, Number.POSITIVE_INFINITY), /bucket 6 is Infinity/],
  ['not normalised', unnormalised, /the sum is/],
] as const) {
  test(`a shape that is ${name} is named as such`, () => {
    assert.match(shapeProblem(shape, 'office_hours', grid, library.floors, 1e-6) ?? '', expected);
  });
}

test('the peak ratio holds the trough at 1e-6', () => {
  assert.equal(peakRatio(Float64Array.of(0, 1)), 1e6);
});
