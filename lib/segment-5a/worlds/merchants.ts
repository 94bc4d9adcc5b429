import type { ChannelGroup, VirtualMode } from '../vocabulary.ts';
import { homeWeights, worldCountries } from './countries.ts';
import type { WorldScale } from './scale.ts';
import { pickWeighted, type WorldDraw } from './world-draw.ts';

export type WorldMerchant = {
  readonly id: bigint;
  readonly mcc: number;
  readonly channel: ChannelGroup;
  readonly home: string;
  readonly virtualMode: VirtualMode;
};

/** Of 886 merchants of the reference, 159 sell without the card being present. */
const notPresentShare = 159 / 886;
/** One id in fifty fits 32 bits; half of the others do not fit 63. */
const smallIdShare = 0.02;
const hybridShare = 0.015;
const virtualOnlyShare = 0.015;

/**
 * Category codes by the demand class that the shipped policy makes of them, weighted so that classes
 * have the reference's shares of merchants.
 */
const categories: Readonly<
  Record<ChannelGroup, readonly { readonly weight: number; readonly codes: readonly number[] }[]>
> = {
  card_present: [
    {
      weight: 0.6,
      codes: [5411, 5311, 5651, 5699, 5912, 5499, 5712, 5722, 5733, 5941, 5942, 5944, 5200, 5331, 8062],
    },
    { weight: 0.085, codes: [5541, 5542, 5532, 7523, 7538] },
    { weight: 0.06, codes: [4812, 4814, 6011, 6300, 8211, 9311, 8299] },
    { weight: 0.0285, codes: [4900, 4111, 7513, 1731] },
    { weight: 0.025, codes: [7011, 4511, 4722, 7512] },
    { weight: 0.022, codes: [5812, 5813, 5814, 7230, 7993] },
  ],
  card_not_present: [
    { weight: 0.147, codes: [5311, 5411, 5651, 5815, 5816, 5818, 5942, 5944, 5968, 5999] },
    { weight: 0.021, codes: [5812, 5814, 7011, 4511, 6012, 4829] },
    { weight: 0.0115, codes: [4900, 8220, 4814] },
  ],
};

/** The merchants of a world, by ascending id. */
export function drawMerchants(scale: WorldScale, draw: WorldDraw): readonly WorldMerchant[] {
  const ids = drawIds(scale.merchants, draw);
  const ranked = draw.ranked(ids, String, 'channel');
  const notPresent = new Set(ranked.slice(0, Math.round(scale.merchants * notPresentShare)));
  const countries = worldCountries.slice(0, scale.countries);
  const weights = homeWeights(countries);
  return ids.map((id) => {
    const key = String(id);
    const channel = notPresent.has(id) ? 'card_not_present' : 'card_present';
    const groups = categories[channel];
    const group =
      groups[
        pickWeighted(
          groups.map(({ weight }) => weight),
          draw.unit('sector', key),
        )
      ];
    const mcc = group?.codes[draw.below(group.codes.length, 'mcc', key)];
    const home = countries[pickWeighted(weights, draw.unit('home', key))];
    if (mcc === undefined || home === undefined) throw new Error('a draw fell outside its table');
    return {
      id,
      mcc,
      channel,
      home: home.code,
      virtualMode: virtualModeOf(channel, draw.unit('virtual', key)),
    };
  });
}

function drawIds(count: number, draw: WorldDraw): readonly bigint[] {
  const ids = new Set<bigint>();
  for (let index = 0; index < count; index += 1) {
    // The first one is always small: a world without small ids would hide what they break.
    const small = index === 0 || draw.unit('small-id', index) < smallIdShare;
    for (let attempt = 0; ; attempt += 1) {
      const drawn = draw.u64('merchant', index, attempt);
      const id = small ? drawn >> 32n : index === 1 ? drawn | (1n << 63n) : drawn;
      if (id === 0n || id === 0xffff_ffff_ffff_ffffn || ids.has(id)) continue;
      ids.add(id);
      break;
    }
  }
  return [...ids].sort((one, other) => (one < other ? -1 : 1));
}

function virtualModeOf(channel: ChannelGroup, unit: number): VirtualMode {
  if (channel === 'card_present') return 'NON_VIRTUAL';
  if (unit < hybridShare) return 'HYBRID';
  return unit < hybridShare + virtualOnlyShare ? 'VIRTUAL_ONLY' : 'NON_VIRTUAL';
}
