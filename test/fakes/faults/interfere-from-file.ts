import { readFileSync } from 'node:fs';
import type { Interference } from '../../../lib/local-cloud/interference.ts';
import { faultScheduleSchema } from './fault-schedule.ts';
import { interfereBy } from './interfere.ts';

/** Interferes with a cloud in a process of its own by the schedule that a file holds now; without one, not at all. */
export function interfere(file: string): Interference {
  return interfereBy(() => {
    try {
      return faultScheduleSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      return undefined;
    }
  });
}
