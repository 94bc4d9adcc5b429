import { z } from 'zod';

/** Milliseconds, as compressed as everything else in a schedule: see `schedulePace` in `schedule-pace.ts`. */
export const millis = z.int().min(0);

/** When a fault strikes: some calls by their number, from 1, or all calls in a time, counted from the first one. */
export const momentSchema = z.union([
  z.strictObject({ call: z.int().min(1), times: z.int().min(1) }),
  z.strictObject({ fromMillis: millis, forMillis: millis }),
]);
export type Moment = z.infer<typeof momentSchema>;

/** Whether a moment has come, for a call of this number, so many milliseconds after the first one. */
export function hasCome(moment: Moment, number: number, atMillis: number): boolean {
  return 'call' in moment
    ? number >= moment.call && number < moment.call + moment.times
    : atMillis >= moment.fromMillis && atMillis < moment.fromMillis + moment.forMillis;
}
