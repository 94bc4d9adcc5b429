import { z } from 'zod';
import { burstSnapshotSchema } from '../../lib/gates/burst/snapshot.ts';
import { failureSchema } from '../../lib/runtime/result.ts';
import { burstCounts, burstMeasures, lane, snapshotCopy } from './burst-members.ts';
import {
  bytes,
  count,
  environment,
  executionId,
  folder,
  instant,
  launch,
  runId,
  sha256,
  verdict,
} from './members.ts';
import { segmentSummary } from './segment-members.ts';

/** Docs do not tell twice what a JSON Schema of its own tells. */
export const snapshotIsElsewhere = 'see docs/schemas/m10_f_burst_snapshot.schema.json';

/** An execution that is judged; what a witness says too. */
export const verdictMembers = {
  environment,
  task: z.string(),
  execution_id: executionId,
  run_id: runId,
  verdict,
  cause: z.string(),
  reasons: z.array(z.string()),
  remedy: z.string().exactOptional().describe('what to do about it, where something can be done'),
  exit_code: z.int().describe('of the command'),
  launches: z.array(launch),
  evidence: z.string().describe('where all of it is: a folder, or a prefix in S3'),
  bundle_digest_sha256: sha256.nullable().describe('null when nothing is sealed'),
  bundle: folder.nullable().describe('for `fraudctl evidence verify`'),
  runs_root: z.string().exactOptional().describe('segment runs only'),
  segment: segmentSummary.nullable().exactOptional().describe('segment runs only; null when no state ended'),
};

export const verdictShape = z
  .strictObject({
    schema: z.literal('fraudctl/verdict/v1'),
    ...verdictMembers,
    lanes: z.array(lane).exactOptional().describe('bursts only'),
    measures: z
      .strictObject({ ...burstMeasures.shape, database: burstCounts.nullable() })
      .exactOptional()
      .describe('bursts only'),
    baseline: z
      .looseObject({ schema: z.literal('fraud-platform/burst-baseline/v1'), admits_per_minute: z.number() })
      .nullable()
      .exactOptional()
      .describe('`burst baseline` only; null when it is none'),
    baseline_refused: z.array(z.string()).exactOptional().describe('why it is none'),
    adjudication: burstSnapshotSchema.exactOptional().describe(snapshotIsElsewhere),
    snapshot_sha256: sha256.exactOptional(),
    copies: z.array(snapshotCopy).exactOptional(),
    blockers: burstSnapshotSchema.shape.blockers.exactOptional(),
    overall_pass: z.boolean().exactOptional(),
  })
  .describe('An execution that is over, judged by three sources.');

export const startedShape = z
  .strictObject({
    schema: z.literal('fraudctl/started/v1'),
    environment,
    execution_id: executionId,
    run_id: runId,
    task: z.string(),
  })
  .describe('An execution that goes on without this command.');

const sourceKind = z.string().describe('`present`, or why it is not: `absent`, `malformed`, …');

export const statusShape = z
  .strictObject({
    schema: z.literal('fraudctl/status/v1'),
    environment,
    execution_id: executionId,
    run_id: runId,
    task: z.string(),
    status: z.string().describe('as the state machine says: RUNNING, SUCCEEDED, …'),
    verdict: verdict.describe('as it would be now'),
    cause: z.string(),
    reasons: z.array(z.string()),
    launches: z.array(
      z.strictObject({
        launch_key: z.string(),
        task_record: sourceKind,
        result: sourceKind,
        marker: sourceKind,
      }),
    ),
  })
  .describe('What is known of an execution now.');

export const logLineShape = z
  .strictObject({
    schema: z.literal('fraudctl/log-line/v1'),
    execution_id: executionId,
    task: z.string().describe('id of the task that wrote it'),
    at: instant,
    line: z.string().describe('as it was written'),
  })
  .describe('One line of a log; this command prints one object a line, while they come.');

export const runsShape = z
  .strictObject({
    schema: z.literal('fraudctl/runs/v1'),
    environment,
    executions: z.array(
      z.strictObject({
        execution_id: z.string(),
        workflow: z.string(),
        status: z.string(),
        verdict: verdict.nullable().describe('null when none is sealed'),
        started_at: z.string(),
        stopped_at: z.string().nullable(),
      }),
    ),
  })
  .describe('Executions, newest first.');

export const runShape = z
  .strictObject({
    schema: z.literal('fraudctl/run/v1'),
    environment,
    execution_id: executionId,
    run_id: runId,
    task: z.string(),
    verdict: verdict.nullable(),
    bundle_digest_sha256: sha256.nullable(),
    objects: z.array(z.strictObject({ key: z.string(), size: bytes })),
  })
  .describe('Everything that the evidence store holds about an execution.');

export const runScopeShape = z
  .strictObject({ schema: z.literal('fraudctl/run-scope/v1'), environment, run_id: runId })
  .describe('A run scope that is recorded now.');

export const tasksShape = z
  .strictObject({
    schema: z.literal('fraudctl/tasks/v1'),
    tasks: z.array(
      z.strictObject({
        name: z.string(),
        purpose: z.string(),
        deadline_ms: z.strictObject({ default: count, maximum: count }),
        stop_grace_ms: count,
        parameters: z.record(z.string(), z.json()).describe('JSON Schema'),
        settings: z.array(z.string()),
        secrets: z.record(z.string(), z.string()).describe('name of the variable → parameter in SSM'),
      }),
    ),
  })
  .describe('Every task with what it needs.');

export const bundleReportShape = z
  .strictObject({
    schema: z.literal('fraudctl/bundle-report/v1'),
    folder,
    verdict: z.enum(['whole-pass', 'whole-not-pass', 'broken']),
    stated: z
      .strictObject({ result: verdict, reasons: z.array(z.string()) })
      .nullable()
      .describe('what the bundle says of itself'),
    bundle_digest_sha256: sha256.nullable(),
    manifest_fingerprint: sha256.nullable(),
    items: z.array(z.strictObject({ path: z.string(), state: z.string(), detail: z.string() })),
  })
  .describe('A bundle, item by item.');

export const reportShape = z
  .strictObject({
    schema: z.literal('fraudctl/report/v1'),
    execution_id: executionId,
    run_id: runId,
    folder,
    about: z.enum(['burst', 'segment']),
    subject: z.string().describe('the execution or the segment run'),
    status: z.string(),
    files: z.array(z.strictObject({ name: z.string(), key: z.string(), sha256, bytes })),
  })
  .describe('A report that was written.');

export const failureShape = z
  .strictObject({ schema: z.literal('fraudctl/failure/v1'), ...failureSchema.shape })
  .describe('Why there is no result; every command may print it.');

export const phaseStatus = z.strictObject({
  id: z.string(),
  title: z.string(),
  state: z.enum(['OPEN', 'BLOCKED', 'CLOSED']),
  waiting_for: z.array(z.string()),
  blockers: z.array(z.strictObject({ id: z.string(), reasons: z.array(z.string()) })),
  evidence: z.array(z.strictObject({ ref: z.string(), sha256: z.string(), says: z.string() })),
  attempts: count,
  closes_with: z.string(),
});

export const phasesShape = z
  .strictObject({ schema: z.literal('fraudctl/phases/v1'), environment, phases: z.array(phaseStatus) })
  .describe('Every phase.');

export const phaseShape = z
  .strictObject({ schema: z.literal('fraudctl/phase/v1'), environment, phase: phaseStatus })
  .describe('One phase.');
