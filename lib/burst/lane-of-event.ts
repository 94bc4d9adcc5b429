import { hash } from 'node:crypto';

/**
 * The lane of an event by the hash of its id: lanes are disjoint and together whole, however many there
 * are. Ids of arrivals are such hashes already and go by their own digits. Pure.
 */
export function laneOfEvent(eventId: string, lanes: number): number {
  const digits = /^[0-9a-f]{64}$/.test(eventId) ? eventId : hash('sha256', eventId);
  return Number.parseInt(digits.slice(0, 8), 16) % lanes;
}
