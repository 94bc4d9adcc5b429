import { z } from 'zod';
import { momentSchema } from './moment.ts';

export const storeRequests = ['put', 'head', 'get', 'list'] as const;
export type StoreRequest = (typeof storeRequests)[number];

/**
 * What S3 does to one request of the operator's store. `lost-reply` and `failing-late` come after the effect;
 * `half-body` is an object that breaks off; `denied` and `expired` are refusals that trying again does not heal.
 */
export const storeDeeds = [
  'throttled',
  'failing',
  'reset',
  'conflict',
  'lost-reply',
  'failing-late',
  'half-body',
  'denied',
  'expired',
] as const;
export type StoreDeed = (typeof storeDeeds)[number];

/** A fault between operator and evidence: of some requests by their number (from 1), or of all in a time. */
export const storeFaultSchema = z.strictObject({
  on: z.enum([...storeRequests, 'every request']),
  when: momentSchema,
  does: z.enum(storeDeeds),
});
export type StoreFault = z.infer<typeof storeFaultSchema>;

/** Whether the store tries again by itself after this. */
export const isTriedAgain = (deed: StoreDeed): boolean => deed !== 'denied' && deed !== 'expired';
