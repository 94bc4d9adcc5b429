import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parameterHashSchema } from '../../../../lib/segment-5a/identity.ts';
import {
  perSiteMessage,
  perSiteVolume,
  rawWeeklyVolume,
  scaleFactor,
  softCapped,
  zoneRole,
} from '../../../../lib/segment-5a/laws/scale.ts';
import { shippedPolicies } from '../shipped-policies.ts';

const zeroHash = parameterHashSchema.parse('0'.repeat(64));
const { demand_scale: scale, merchant_class: classes } = await shippedPolicies();

test('the scale of the reference comes out: per site, weekly, scale factor', () => {
  const message = perSiteMessage(123456789n, 'DE', 'Europe/Berlin', zeroHash);
  const perSite = perSiteVolume(message, scale.classes.consumer_daytime);
  assert.equal(perSite, 229.96964479603253);
  const weekly = rawWeeklyVolume(
    {
      sites: { inZone: 10, inCountry: 12 },
      perSite,
      role: 'primary_zone',
      virtualMode: 'NON_VIRTUAL',
      channelGroup: 'card_present',
    },
    scale,
  );
  assert.equal(weekly, 2144.08961566837);
  assert.equal(scaleFactor(weekly, 10, scale.classes.consumer_daytime.median), 0.8246498521801422);
});

test('roles turn over exactly at the thresholds', () => {
  const role = (inZone: number, inCountry: number) =>
    zoneRole({ inZone, inCountry }, classes.role_thresholds);
  assert.equal(role(6, 10), 'primary_zone');
  assert.equal(role(5, 10), 'secondary_zone');
  assert.equal(role(1, 10), 'tail_zone');
  assert.equal(role(2, 10), 'secondary_zone');
  assert.equal(role(0, 0), 'tail_zone');
});

test('per-site volume stays between the smallest value and the clip', () => {
  const law = scale.classes.online_bursty;
  fc.assert(
    fc.property(fc.string(), (message) => {
      const volume = perSiteVolume(message, law);
      assert.ok(volume >= law.median / 2 ** (1 / law.alpha) && volume <= law.clip);
    }),
  );
});

test('the soft cap keeps order, changes nothing below itself, and never passes its multiple', () => {
  const cap = { weekly: 100, ratio: 0.15, multiplier: 2 };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        assert.ok(softCapped(low, cap) <= softCapped(high, cap));
        assert.ok(softCapped(high, cap) <= 200);
        if (low <= 100) assert.equal(softCapped(low, cap), low);
      },
    ),
  );
  assert.equal(softCapped(200, cap), 115);
  assert.equal(softCapped(6_000_000, scale.soft_cap), 5_000_000);
});

test('a zone without sites expects nothing', () => {
  const factors = {
    sites: { inZone: 0, inCountry: 12 },
    perSite: 5,
    role: 'tail_zone',
    virtualMode: 'HYBRID',
    channelGroup: 'card_not_present',
  } as const;
  assert.equal(rawWeeklyVolume(factors, scale), 0);
  assert.equal(scaleFactor(0, 0, 260), 0);
});
