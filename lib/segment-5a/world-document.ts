import { z } from 'zod';
import { seedSchema } from './identity.ts';

/** Name of the document in a world's payload that says what the world is. */
export const worldDocumentName = 'world.json';

/**
 * What a world says about itself, as canonical JSON. Tables of a team's own carry the same document,
 * with `seed` 0. Members beside these are the maker's own and mean nothing to the states.
 */
export const worldDocumentSchema = z.object({
  schema: z.literal('fraud-platform/world/v1'),
  /** Decimal; selects nothing in the states but enters the run id. */
  seed: seedSchema,
  /** Release of the IANA database that zone_offsets was made from, such as 2026c. */
  tz_database_version: z.string().regex(/^\d{4}[a-z]{1,2}$/, 'not a tz database version like 2026c'),
  /**
   * Bundles that the world was made from, as folders below its payload; each is verified by its own
   * flag before anything is read. Empty for a world that comes from nothing but its seed.
   */
  upstream: z.array(
    z.strictObject({
      segment: z.string().regex(/^[0-9][A-Z]$/, 'not a segment like 3A'),
      path: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._=-]*(\/[A-Za-z0-9][A-Za-z0-9._=-]*)*$/, 'not a relative path'),
    }),
  ),
});
export type WorldDocument = z.infer<typeof worldDocumentSchema>;
