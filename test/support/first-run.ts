import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const program = fileURLToPath(new URL('../../bin/start.ts', import.meta.url));

/** What `npm start -- --json` prints when all went well, as far as tests look at it. */
export const outcomeSchema = z.looseObject({
  schema: z.literal('fraud-platform/first-run/v1'),
  seconds: z.number(),
  steps: z.array(z.looseObject({ name: z.string(), seconds: z.number() })),
  world: z.looseObject({ publication: z.string(), bundle_digest_sha256: z.string() }),
  segment: z.looseObject({
    publication: z.string(),
    segment_run_id: z.string(),
    run_folder: z.string(),
    manifest_fingerprint: z.string(),
    intensities: z.int(),
    checks: z.int(),
    checks_passed: z.int(),
    validation_bundle_digest_sha256: z.string(),
  }),
  burst: z.looseObject({ execution_id: z.string(), run_id: z.string(), sent: z.int(), admitted: z.int() }),
  verdict: z.looseObject({
    may_close: z.boolean(),
    certifying: z.boolean(),
    blockers: z.array(z.looseObject({ id: z.string() })),
  }),
  query: z.looseObject({ receipts: z.record(z.string(), z.string()) }),
  reports: z.array(z.strictObject({ about: z.string(), status: z.string(), page: z.string() })),
  proof: z.strictObject({ bundles: z.int(), copies: z.int(), files: z.int(), sha256sum: z.string() }),
  state: z.looseObject({ bytes: z.number(), added_bytes: z.number() }),
});

/** Starts what `npm start` runs, in a process group of its own, as a shell would; `home` is where its state is. */
export function startFirstRun(home: string, ...words: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...words], {
    env: { ...process.env, FRAUD_PLATFORM_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}
