import { z } from 'zod';

/** `config/environments/<name>.yaml`, parsed strictly: an unknown key or a placeholder fails the synthesis. */
export const environmentSettingsSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,20}$/, 'lower-case letters, digits and -'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'twelve digits')
    .nullable(),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region'),
  evidence: z.strictObject({ retentionDays: z.int().min(0).max(3_650) }),
});
export type EnvironmentSettings = z.infer<typeof environmentSettingsSchema>;
