import { z } from 'zod';
import { queryResultSchema } from '../../lib/queries/query-result.ts';
import { bytes, count, environment, executionId, folder, runId, sha256 } from './members.ts';

export const localShape = z
  .strictObject({
    schema: z.literal('fraudctl/local/v1'),
    environment: environment.exactOptional(),
    state: z.enum(['starting', 'ready', 'failed', 'down']),
    home: folder.describe('where its state is'),
    was_running: z.boolean().exactOptional().describe('of `local down`'),
    pid: z.int().exactOptional(),
    port: z.int().exactOptional(),
    started_at: z.string().exactOptional(),
    version: z.string().exactOptional(),
    running_executions: count.exactOptional(),
    running_tasks: count.exactOptional(),
    postgres: z.strictObject({ port: z.int(), pid: z.int() }).nullable().exactOptional(),
  })
  .describe('The local environment; what is only known of one that runs is left out otherwise.');

export const localRemoveShape = z
  .strictObject({
    schema: z.literal('fraudctl/local-remove/v1'),
    home: folder.describe('where its state is'),
    dry_run: z.boolean(),
    bytes: bytes.describe('of all parts, as they lie on the disk'),
    parts: z.array(z.strictObject({ path: z.string(), bytes })),
  })
  .describe('What was removed of the local environment, or would be.');

export const doctorShape = z
  .strictObject({
    schema: z.literal('fraudctl/doctor/v1'),
    environment,
    before: z.enum(['run', 'deploy', 'teardown']),
    ok: z.boolean(),
    findings: z.array(
      z.strictObject({
        check: z.string(),
        state: z.enum(['ok', 'failed', 'denied', 'busy', 'unknown']),
        found: z.string(),
        remedy: z.string().nullable(),
      }),
    ),
  })
  .describe('What was looked at, what was found, and what to do about it.');

export const databaseShape = z
  .strictObject({
    schema: z.literal('fraudctl/database/v1'),
    environment,
    status: z.string().describe('as RDS says, or `absent`'),
    engine_version: z.string().nullable(),
    stopped_on_purpose: z.boolean(),
  })
  .describe('The database of an environment.');

export const imageShape = z
  .strictObject({
    schema: z.literal('fraudctl/image/v1'),
    environment,
    reference: z.string(),
    digest: z.string().describe('`sha256:…`, for the file of the environment'),
    pushed: z.boolean().describe('false when it was there already'),
  })
  .describe('The image in the repository.');

export const imagePlanShape = z
  .strictObject({
    schema: z.literal('fraudctl/image-plan/v1'),
    environment,
    image_id: z.string(),
    registry: z.string(),
    repository: z.string(),
    tag: z.string(),
    reference: z.string(),
  })
  .describe('Where `image push` would put the image.');

export const queriesShape = z
  .strictObject({
    schema: z.literal('fraudctl/queries/v1'),
    queries: z.array(
      z.strictObject({
        name: z.string(),
        purpose: z.string(),
        parameters: z.record(
          z.string(),
          z.strictObject({
            type: z.enum(['run-id', 'instant', 'text', 'integer']),
            about: z.string(),
            default: z.string().exactOptional(),
            minimum: z.int().exactOptional(),
            maximum: z.int().exactOptional(),
          }),
        ),
        row_cap: count,
        byte_cap: count,
        timeout_seconds: count,
        sha256,
      }),
    ),
  })
  .describe('The queries of this version.');

export const queryShape = z
  .strictObject({
    schema: z.literal('fraudctl/query/v1'),
    environment,
    samples: z.array(
      z.strictObject({
        execution_id: executionId,
        run_id: runId,
        evidence: z.string(),
        result_sha256: sha256,
        result: queryResultSchema,
      }),
    ),
    failed_samples: count,
  })
  .describe('Answers, each as it is kept in evidence; more than one with `--watch`.');

export const completionShape = z
  .strictObject({
    schema: z.literal('fraudctl/completion/v1'),
    shell: z.enum(['bash', 'zsh', 'fish']),
    script: z.string(),
  })
  .describe('A script for a shell.');
