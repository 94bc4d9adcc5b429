import moment from 'moment-timezone';

/** Release of the IANA database behind this module, such as 2026f. It comes pinned with a package, not with the machine. */
export const zoneDatabaseVersion: string = moment.tz.dataVersion;

/** Zones of a country by the IANA table, the principal one first, the others in alphabetical order. */
export function zonesOfCountry(code: string): readonly string[] {
  const zones = [...moment.tz.zonesForCountry(code)].sort();
  const principal = principalZones[code] ?? zones[0];
  if (principal === undefined || !zones.includes(principal)) {
    throw new Error(`the zone database knows no principal zone of ${code}`);
  }
  return [principal, ...zones.filter((zone) => zone !== principal)];
}

/** Every zone of any country, alphabetical. */
export function allZones(): readonly string[] {
  return [...new Set(moment.tz.countries().flatMap((code) => moment.tz.zonesForCountry(code)))].sort();
}

/** Whether the database has a country of this code. `XK` is in use for Kosovo, and in no database. */
export function isCountry(code: string): boolean {
  return code === 'XK' || countries.has(code);
}

const countries: ReadonlySet<string> = new Set(moment.tz.countries());

/** From `fromMinute` on (minutes since the Unix epoch), local time is UTC plus `offsetMinutes`. */
export type OffsetEntry = { readonly fromMinute: number; readonly offsetMinutes: number };

/** UTC offsets of a zone in [start, end): the first entry is at `start`, the others are changes. Epoch minutes. */
export function offsetsBetween(tzid: string, start: number, end: number): readonly OffsetEntry[] {
  const zone = moment.tz.zone(tzid);
  if (zone === null) throw new Error(`the zone database knows no zone ${tzid}`);
  const entries: OffsetEntry[] = [];
  for (const [index, west] of zone.offsets.entries()) {
    const until = zone.untils[index] ?? Number.POSITIVE_INFINITY;
    const from = index === 0 ? Number.NEGATIVE_INFINITY : (zone.untils[index - 1] ?? 0) / 60_000;
    if (until / 60_000 <= start || from >= end) continue;
    const offsetMinutes = -west;
    // Changes of a zone's name alone are none of ours.
    if (entries.at(-1)?.offsetMinutes === offsetMinutes) continue;
    entries.push({ fromMinute: Math.max(start, from), offsetMinutes });
  }
  return entries;
}

/** Where most of a country's people live, when that is not its first zone by name. */
const principalZones: Readonly<Record<string, string>> = {
  AR: 'America/Argentina/Buenos_Aires',
  AU: 'Australia/Sydney',
  BR: 'America/Sao_Paulo',
  CA: 'America/Toronto',
  CL: 'America/Santiago',
  CN: 'Asia/Shanghai',
  DE: 'Europe/Berlin',
  DK: 'Europe/Copenhagen',
  ES: 'Europe/Madrid',
  ID: 'Asia/Jakarta',
  MX: 'America/Mexico_City',
  MY: 'Asia/Kuala_Lumpur',
  NL: 'Europe/Amsterdam',
  NO: 'Europe/Oslo',
  NZ: 'Pacific/Auckland',
  PT: 'Europe/Lisbon',
  RU: 'Europe/Moscow',
  SE: 'Europe/Stockholm',
  US: 'America/New_York',
  VN: 'Asia/Ho_Chi_Minh',
};
