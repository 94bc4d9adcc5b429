import { z } from 'zod';
import { databaseRole } from '../../config/names.ts';
import { defineTask } from './define-task.ts';

/**
 * Is this environment alive? Needs one of everything a task can need, uses each once, writes a result.
 * Run it after a deploy and before money is spent; do not add real work to it.
 */
export const probeContract = defineTask({
  name: 'probe',
  purpose: 'Checks every kind of requirement of a task and says that the environment is alive.',
  parameters: z.strictObject({
    /** Carried into the result, so that a caller recognises its own probe. */
    note: z.string().max(200_000).default(''),
    /** Milliseconds to stay alive before the result; shows deadline and stop at work. */
    linger_ms: z.int().min(0).max(3_600_000).default(0),
  }),
  settings: {
    GATE_URL: {
      purpose: 'Where the ingestion gate answers.',
      kind: 'service-url',
      schema: z.string(),
    },
  },
  secrets: {
    DATABASE_DSN: {
      kind: 'database-dsn',
      purpose: 'Login of the probe role.',
      path: 'database/probe/dsn',
      role: databaseRole('probe'),
    },
    GATE_API_KEY: {
      kind: 'api-key',
      purpose: 'Key for the ingestion gate.',
      path: 'gate/api-key',
      minimumLength: 24,
    },
  },
  database: { secret: 'DATABASE_DSN', schema: 'current' },
  evidence: { reads: [], writes: [] },
  lake: { reads: [], writes: [] },
  actions: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
  size: { cpu: 256, memoryMiB: 512, ephemeralDiskGiB: 21 },
  deadline: { default: 120_000, maximum: 3_600_000 },
  stopGrace: 10_000,
});
