import { fail } from '../../vocabulary/failure.ts';
import { didYouMean } from '../../vocabulary/nearest-names.ts';

/** How large a world is. `days` counts whole days of UTC from `start`. */
export type WorldScale = {
  readonly name: string;
  readonly merchants: number;
  readonly countries: number;
  readonly tzids: number;
  /** Rows of zone_alloc. */
  readonly pairs: number;
  readonly start: string;
  readonly days: number;
  /** Events of the baseline scenario. */
  readonly events: number;
};

/** The full one has the sizes of the reference run; every one spans at least one change of the clocks. */
export const scales: readonly WorldScale[] = [
  {
    name: 'small',
    merchants: 40,
    countries: 12,
    tzids: 60,
    pairs: 740,
    start: '2026-03-17',
    days: 14,
    events: 120,
  },
  {
    name: 'medium',
    merchants: 222,
    countries: 40,
    tzids: 190,
    pairs: 4_130,
    start: '2026-03-03',
    days: 28,
    events: 600,
  },
  {
    name: 'full',
    merchants: 886,
    countries: 53,
    tzids: 268,
    pairs: 16_528,
    start: '2026-01-01',
    days: 90,
    events: 2_000,
  },
];

const fewestMerchants = 12;
const mostMerchants = 100_000;

/**
 * A named scale, or one for a number of merchants: the places and the horizon of the largest named one
 * that is not larger (at least the small one's), and pairs in proportion. Throws `SCALE_UNKNOWN` (64).
 */
export function scaleOf(text: string): WorldScale {
  const named = scales.find(({ name }) => name === text);
  if (named !== undefined) return named;
  const merchants = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(merchants >= fewestMerchants && merchants <= mostMerchants)) {
    return fail({
      exit: 'usage',
      code: 'SCALE_UNKNOWN',
      message: 'a scale is small, medium, full, or a number of merchants',
      where: '--scale',
      value: text,
      remedy: `${didYouMean(
        text,
        scales.map(({ name }) => name),
      )}Give one of them, or ${fewestMerchants} … ${mostMerchants}.`,
    });
  }
  const base = scales.findLast((scale) => scale.merchants <= merchants) ?? scales[0];
  if (base === undefined) throw new Error('there is no scale');
  return { ...base, name: text, merchants, pairs: Math.round((merchants * base.pairs) / base.merchants) };
}
