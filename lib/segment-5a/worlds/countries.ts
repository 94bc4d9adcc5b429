/**
 * The countries of worlds, in the order in which scales take them: a small world has the first twelve,
 * with both large changes of the clocks, a zone off the half hour and one off the quarter. `zones` is
 * how many zones its merchants are spread over; of the home weights, the first seven are the
 * reference's and the rest share the remainder geometrically.
 */
export type WorldCountry = { readonly code: string; readonly zones: number; readonly homeWeight?: number };

export const worldCountries: readonly WorldCountry[] = [
  { code: 'DE', zones: 12, homeWeight: 0.18 },
  { code: 'GB', zones: 13, homeWeight: 0.15 },
  { code: 'FR', zones: 14, homeWeight: 0.14 },
  { code: 'NO', zones: 7, homeWeight: 0.06 },
  { code: 'CH', zones: 8, homeWeight: 0.06 },
  { code: 'DK', zones: 8, homeWeight: 0.05 },
  { code: 'AT', zones: 7, homeWeight: 0.05 },
  { code: 'US', zones: 20 },
  { code: 'IN', zones: 3 },
  { code: 'NP', zones: 3 },
  { code: 'AU', zones: 9 },
  { code: 'AE', zones: 4 },
  { code: 'IT', zones: 7 },
  { code: 'ES', zones: 8 },
  { code: 'NL', zones: 7 },
  { code: 'PL', zones: 7 },
  { code: 'SE', zones: 6 },
  { code: 'BE', zones: 6 },
  { code: 'CA', zones: 16 },
  { code: 'BR', zones: 16 },
  { code: 'MX', zones: 12 },
  { code: 'JP', zones: 4 },
  { code: 'CN', zones: 5 },
  { code: 'PT', zones: 7 },
  { code: 'FI', zones: 6 },
  { code: 'IE', zones: 5 },
  { code: 'CZ', zones: 6 },
  { code: 'GR', zones: 6 },
  { code: 'RU', zones: 14 },
  { code: 'AR', zones: 12 },
  { code: 'KR', zones: 4 },
  { code: 'ID', zones: 7 },
  { code: 'TH', zones: 6 },
  { code: 'SG', zones: 5 },
  { code: 'NZ', zones: 5 },
  { code: 'ZA', zones: 8 },
  { code: 'EG', zones: 8 },
  { code: 'KE', zones: 8 },
  { code: 'NG', zones: 10 },
  { code: 'MA', zones: 8 },
  { code: 'CL', zones: 8 },
  { code: 'CO', zones: 10 },
  { code: 'PE', zones: 10 },
  { code: 'TR', zones: 7 },
  { code: 'SA', zones: 6 },
  { code: 'IR', zones: 6 },
  { code: 'PK', zones: 6 },
  { code: 'LK', zones: 6 },
  { code: 'MY', zones: 6 },
  { code: 'VN', zones: 6 },
  { code: 'PH', zones: 6 },
  { code: 'HU', zones: 6 },
  { code: 'RO', zones: 7 },
];

/** How fast the weight of the countries falls that have none of their own. */
const remainderRatio = 0.93;

/** Weights of the given countries as a merchant's home, adding up to 1. */
export function homeWeights(countries: readonly WorldCountry[]): readonly number[] {
  const given = countries.reduce((sum, { homeWeight = 0 }) => sum + homeWeight, 0);
  const others = countries.filter(({ homeWeight }) => homeWeight === undefined);
  const powers = new Map(others.map((country, rank) => [country.code, remainderRatio ** rank]));
  const powerSum = [...powers.values()].reduce((sum, power) => sum + power, 0);
  return countries.map(
    ({ code, homeWeight }) => homeWeight ?? ((powers.get(code) ?? 0) / powerSum) * (1 - given),
  );
}
