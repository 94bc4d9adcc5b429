import { z } from 'zod';
import { daysPerWeek, minutesPerDay } from '../vocabulary.ts';
import type { PolicyFinding } from './policy-file.ts';

const weekday = z.int().min(1).max(daysPerWeek);
const minute = z.int().min(0).max(minutesPerDay);

/** The local week, Monday 00:00 to Sunday 24:00, in equal buckets. */
export const shapeTimeGridSchema = z.strictObject({
  version: z.literal('v1'),
  bucket_minutes: z.int().min(1).max(minutesPerDay),
  /** ISO weekdays, 1 = Monday. */
  weekend_days: z.array(weekday).min(1).max(daysPerWeek),
  nominal_open_hours: z.strictObject({
    days: z.array(weekday).min(1).max(daysPerWeek),
    start_minute: minute,
    end_minute: minute,
  }),
});
export type ShapeTimeGridPolicy = z.infer<typeof shapeTimeGridSchema>;

export function findingsOfTimeGrid(policy: ShapeTimeGridPolicy): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const size = policy.bucket_minutes;
  if (minutesPerDay % size !== 0) {
    findings.push({ path: 'bucket_minutes', value: String(size), message: 'does not divide a day' });
  }
  const { start_minute: start, end_minute: end, days } = policy.nominal_open_hours;
  if (start >= end) {
    findings.push({
      path: 'nominal_open_hours.end_minute',
      value: String(end),
      message: 'not after the start',
    });
  }
  for (const [path, list] of [
    ['weekend_days', policy.weekend_days],
    ['nominal_open_hours.days', days],
  ] as const) {
    if (new Set(list).size !== list.length) {
      findings.push({ path, value: list.join(','), message: 'a day is listed twice' });
    }
  }
  return findings;
}
