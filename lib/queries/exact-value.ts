import type { JsonValue } from '../vocabulary/json.ts';

/** Object ids of the types that JSON has a value for, or that the server writes in a form of its own. */
const oid = {
  bool: 16,
  int2: 21,
  int4: 23,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
} as const;

/**
 * A value as a result keeps it, from the text that the server sent (UTC, ISO dates). Pure. Nothing is
 * rounded: int8 and numeric stay decimal text, instants are ISO 8601 with six fractional digits and Z,
 * a timestamp without zone has none, numbers that JSON has not (`NaN`, `Infinity`) stay text; so does
 * every other type, as PostgreSQL writes it.
 */
export function exactValue(text: string | null, type: number): JsonValue {
  if (text === null) return null;
  switch (type) {
    case oid.bool:
      return text === 't';
    case oid.int2:
    case oid.int4:
      return Number(text);
    case oid.float4:
    case oid.float8:
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case oid.timestamp:
    case oid.timestamptz:
      return isoInstant(text);
    default:
      return text;
  }
}

const instantShape = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(\+00)?$/;

/** Years beyond four digits, BC and infinity have no such form and stay as they are. */
function isoInstant(text: string): string {
  const [, date, time, fraction = '', zone] = instantShape.exec(text) ?? [];
  if (date === undefined) return text;
  return `${date}T${time}.${fraction.padEnd(6, '0')}${zone === undefined ? '' : 'Z'}`;
}
