import { z } from 'zod';
import { instantSchema } from '../../lib/vocabulary/instant.ts';

/** Members that many shapes have. */
export const environment = z.string().describe('name of the environment, `local` for this machine');
export const executionId = z.string().describe('`<lane>_YYYYMMDDTHHMMSSZ`');
export const runId = z.string().describe('run scope, `platform_YYYYMMDDTHHMMSSZ`');
export const segmentRunId = z.string().describe('32 hex characters');
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const verdict = z.enum(['PASS', 'FAIL', 'INDETERMINATE']);
export const count = z.int().min(0);
export const bytes = z.int().min(0);
export const seconds = z.number();
export const instant = instantSchema.describe('UTC, to the millisecond');
export const folder = z.string().describe('path of a folder');

/** What a launch came to. */
export const launch = z.strictObject({
  launch_key: z.string().describe('`<execution_id>/<state>/<n>`'),
  verdict,
  cause: z.string().describe('what decided it: `done`, or the name of an exit or of what is missing'),
  exit_code: z.int().nullable().describe('of the task; null when the platform told none'),
});
