import { z } from 'zod';
import { databaseRole, gateNodeOptions } from '../../config/names.ts';
import { defineService } from './define-task.ts';

/**
 * The ingestion gate: decides about every event once, and answers after the decision is durable. Wanted
 * only while a burst runs. Two keys are valid at any time, so that a key can be replaced while lanes
 * send.
 */
export const gateContract = defineService({
  name: 'gate',
  purpose: 'Admits each event once, and keeps one row for every decision.',
  settings: {
    NODE_OPTIONS: {
      purpose: 'Keeps the young generation small: a third less memory at the same rate.',
      kind: 'text',
      schema: z.literal(gateNodeOptions),
    },
  },
  secrets: {
    DATABASE_DSN: {
      kind: 'database-dsn',
      purpose: 'Login of the gate role.',
      path: 'database/gate/dsn',
      role: databaseRole('gate'),
    },
    GATE_API_KEY: {
      kind: 'api-key',
      purpose: 'Key that producers send.',
      path: 'gate/api-key',
      minimumLength: 24,
    },
    GATE_API_KEY_NEXT: {
      kind: 'api-key',
      purpose: 'Key that producers will send after the next rotation.',
      path: 'gate/api-key-next',
      minimumLength: 24,
    },
  },
  database: { secret: 'DATABASE_DSN', schema: 'current' },
  size: { cpu: 1024, memoryMiB: 2048, ephemeralDiskGiB: 21 },
  stopGrace: 30_000,
  port: 8080,
});
