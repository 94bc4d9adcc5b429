/** The segment's timestamps: `YYYY-MM-DDTHH:MM:SS.ffffffZ`, UTC, exactly six fractional digits. */

/** Minutes since the Unix epoch, with a fraction for seconds; NaN for a date that does not exist. */
export function epochMinutes(instant: string): number {
  const millis = Date.parse(instant);
  // 30 February parses as 2 March.
  if (Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 19) !== instant.slice(0, 19))
    return Number.NaN;
  return (millis + Number(instant.slice(23, 26)) / 1_000) / 60_000;
}

/** A whole minute since the Unix epoch as a timestamp. */
export function instantOfMinute(epochMinute: number): string {
  return new Date(epochMinute * 60_000).toISOString().replace('Z', '000Z');
}
