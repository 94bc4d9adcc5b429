import { z } from 'zod';

const endpoint = {
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535),
  database: z.string().min(1),
};
const common = {
  /** Full name of the parameter. */
  name: z.string().startsWith('/'),
  /** Rises by one to have the value drawn anew. CloudFormation hands numbers over as text. */
  rotation: z.coerce.number().int().min(1),
};

/** One parameter that an environment wants; holds no value. The properties of `Custom::Secret`. */
export const secretWishSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('login-dsn'), role: z.string().min(1), ...endpoint, ...common }),
  /** The owner's DSN: its password is RDS's own, kept in Secrets Manager and rotated by RDS. */
  z.strictObject({
    kind: z.literal('master-dsn'),
    role: z.string().min(1),
    masterSecret: z.string().min(1),
    ...endpoint,
    ...common,
  }),
  z.strictObject({
    kind: z.literal('api-key'),
    minimumLength: z.coerce.number().int().min(16).max(256),
    /** The key that this one follows: its value of the rotation before becomes this one's. */
    follows: z.string().startsWith('/').optional(),
    ...common,
  }),
]);
export type SecretWish = z.infer<typeof secretWishSchema>;

/** Sent by the schedule: look again at what RDS may have rotated. */
export const refreshRequestSchema = z.strictObject({
  refresh: z.array(secretWishSchema),
});
