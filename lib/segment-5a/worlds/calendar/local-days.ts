import { minutesPerDay } from '../../vocabulary.ts';
import { offsetsBetween } from '../zone-database.ts';

/** Days are whole days since 1970-01-01. */
export type LocalDays = {
  /** Epoch minute at which a local day begins: midnight, or where that does not exist, the first minute after it. */
  readonly startOf: (day: number) => number;
};

/** The local days of a zone around [start, end), in epoch minutes. */
export function localDaysOf(tzid: string, start: number, end: number): LocalDays {
  const offsets = offsetsBetween(tzid, start - 3 * minutesPerDay, end + 3 * minutesPerDay);
  const offsetAt = (minute: number) =>
    offsets.findLast(({ fromMinute }) => fromMinute <= minute)?.offsetMinutes ??
    offsets[0]?.offsetMinutes ??
    0;
  return {
    startOf: (day) => {
      const local = day * minutesPerDay;
      const candidates = offsets
        .map(({ offsetMinutes }) => local - offsetMinutes)
        .filter((minute) => minute + offsetAt(minute) === local);
      if (candidates.length > 0) return Math.min(...candidates);
      // Clocks go forward over this midnight: the day begins with the change.
      const change = offsets.find(
        ({ fromMinute, offsetMinutes }) =>
          fromMinute + offsetMinutes > local && fromMinute - 1 + offsetAt(fromMinute - 1) < local,
      );
      if (change === undefined) throw new Error(`${tzid} has no day ${day}`);
      return change.fromMinute;
    },
  };
}

/** Day of an ISO date, since 1970-01-01. */
export function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

/** Monday is 1, Sunday 7. */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}
