import { z } from 'zod';
import { fail } from './failure.ts';

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** A point in time, UTC, written `YYYY-MM-DDTHH:MM:SS.mmmZ`; sorts as text. */
export const instantSchema = z
  .string()
  .refine((text) => instantPattern.test(text) && isRealDate(text), {
    message: 'not an instant like 2026-02-21T02:09:23.000Z',
  })
  .brand<'Instant'>();
export type Instant = z.infer<typeof instantSchema>;

function isRealDate(text: string): boolean {
  const millis = Date.parse(text);
  return Number.isFinite(millis) && new Date(millis).toISOString() === text;
}

export function instantFromMillis(epochMillis: number): Instant {
  return instantSchema.parse(new Date(epochMillis).toISOString());
}

export function millisOf(instant: Instant): number {
  return Date.parse(instant);
}

const durationPattern = /^(\d+)(ms|s|m|h)$/;
const unitMillis = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Reads `90s`, `15m`, `1h`, `250ms` into milliseconds. Throws `DURATION_MALFORMED` (64). */
export function parseDuration(text: string, where: string): number {
  const match = durationPattern.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    return fail({
      exit: 'usage',
      code: 'DURATION_MALFORMED',
      message: `${where} is not a duration`,
      where,
      value: text,
      remedy: 'Write a whole number and a unit: 250ms, 90s, 15m or 1h.',
    });
  }
  return Number(match[1]) * unitMillis[match[2] as keyof typeof unitMillis];
}

/** Milliseconds as people write them: `0.35 s`, `12.4 s`, `3 min 05 s`, `1 h 02 min`. */
export function formatDuration(millis: number): string {
  if (millis < 60_000) return `${(millis / 1_000).toFixed(millis < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(millis / 1_000);
  const pad = (value: number) => String(value).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${pad(Math.floor((seconds % 3_600) / 60))} min`;
}
