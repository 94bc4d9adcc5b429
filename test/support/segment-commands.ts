import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import { segmentRunIdSchema } from '../../lib/vocabulary/identifiers.ts';
import { createTestEnvironment, type TestEnvironment } from './local-environment.ts';

const stateSchema = z.looseObject({
  state: z.string(),
  scenario_id: z.string().nullable(),
  publication: z.enum(['published', 'identical']),
  launches: z.int(),
  counts: z.record(z.string(), z.int()),
});
const ranSchema = z.looseObject({
  schema: z.literal('fraudctl/verdict/v1'),
  verdict: z.string(),
  runs_root: z.string(),
  segment: z.looseObject({
    segment_run_id: segmentRunIdSchema,
    run_folder: z.string(),
    states: z.array(stateSchema),
    checks: z.record(z.string(), z.string()),
    validation_bundle_digest_sha256: z.string().length(64).nullable(),
  }),
});

/** A local environment with a small world in it, and segment runs that pass. */
export type SegmentCommands = {
  readonly environment: TestEnvironment;
  readonly world: string;
  /** A runs root of the environment. */
  readonly rootOf: (name: string) => string;
  /** Runs `segment run` to its end, which must be good. */
  readonly ran: (...parameters: string[]) => Promise<z.infer<typeof ranSchema>>;
};

/** The caller closes the environment. */
export async function openSegmentCommands(): Promise<SegmentCommands> {
  const environment = await createTestEnvironment();
  const rootOf = (name: string) => join(environment.home, name);
  const world = rootOf('world');
  const made = await environment.fraudctl(
    ...['world', 'generate', '--scale', '12', '--seed', '3', '--out', world],
  );
  assert.equal(made.exitCode, 0, made.stderr);
  return {
    environment,
    world,
    rootOf,
    ran: async (...parameters) => {
      const run = await environment.fraudctl('--json', 'segment', 'run', ...parameters);
      assert.equal(run.exitCode, 0, run.stderr);
      return ranSchema.parse(JSON.parse(run.stdout));
    },
  };
}
