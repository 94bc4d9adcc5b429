import { z } from 'zod';
import { canonicalBytes } from '../../evidence/format/canonical-json.ts';
import { executionIdSchema, runIdSchema, sha256Schema } from '../../vocabulary/identifiers.ts';
import type { VerdictSubject } from '../verdict-document.ts';
import { type BurstGateSpec, burstGateSpecSchema, gateSpecDigest } from './gate-spec.ts';
import { judgeFigures } from './judge-figures.ts';
import { type MeasuredWindow, measuredWindowSchema } from './measures.ts';
import { type EvidenceItem, readFigures } from './read-figures.ts';

/** Name of the judgement of a burst, in all its places. */
export const snapshotName = 'm10_f_burst_snapshot.json';

/**
 * Both have one shape. Before, a load was measured over the lanes that told of one, also when another that may have
 * sent did not.
 */
export const snapshotVersions = {
  today: 'fraud-platform/burst-snapshot/v2',
  before: 'fraud-platform/burst-snapshot/v1',
} as const;

const count = z.int().min(0);
const windowName = z.enum(['task_life', 'load']);

/** `m10_f_burst_snapshot.json`: what a burst was judged by, and what came of it. */
export const burstSnapshotSchema = z.strictObject({
  schema: z.enum([snapshotVersions.today, snapshotVersions.before]),
  phase: z.string(),
  phase_id: z.string(),
  environment: z.string(),
  platform_run_id: runIdSchema,
  m10_execution_id: executionIdSchema,
  gate_spec: burstGateSpecSchema,
  gate_spec_sha256: sha256Schema,
  plan_sha256: sha256Schema.nullable(),
  /** Whether the plan was made to certify; a rehearsal clears nothing, whatever it shows. */
  certifying: z.boolean(),
  /** What was sent: the sealed bundle, or the file. */
  source_snapshot_refs: z.strictObject({
    bundle_digest_sha256: sha256Schema.nullable(),
    source_sha256: sha256Schema.nullable(),
    manifest_fingerprint: sha256Schema.nullable(),
    parameter_hash: sha256Schema.nullable(),
  }),
  burst_target: z.strictObject({
    ingest_multiplier: z.number(),
    duration_minutes: z.number(),
    min_successful_admit_ratio: z.number(),
    semantic_drift_allowed: z.literal(false),
  }),
  baseline_extract: z.strictObject({ admits_per_minute: z.number(), source: z.string() }),
  /** Both windows, and which figure is judged on which. */
  burst_execution_window: z.strictObject({
    task_life: measuredWindowSchema.nullable(),
    load: measuredWindowSchema.nullable(),
    judged_on: z.strictObject({ rate: windowName, duration: windowName, budget: windowName }),
  }),
  evidence_refs: z.array(
    z.strictObject({ path: z.string(), origin: z.enum(['native', 'derived', 'manual']), sha256: z.string() }),
  ),
  burst_load_checks: z.strictObject({
    admitted: count.nullable(),
    duplicates: count.nullable(),
    quarantined: count.nullable(),
    multiplier: z.number().nullable(),
    multiplier_minimum: z.number(),
    multiplier_pass: z.boolean(),
    admit_ratio: z.number().nullable(),
    admit_ratio_minimum: z.number(),
    admit_ratio_pass: z.boolean(),
    duration_seconds: z.number().nullable(),
    duration_minimum_seconds: z.number(),
    duration_pass: z.boolean(),
  }),
  semantic_drift_checks: z.strictObject({
    quarantine_reasons: z.record(z.string(), count).nullable(),
    drift_pass: z.boolean(),
  }),
  lag_checkpoint_checks: z.strictObject({
    longest_stall_seconds: z.number().nullable(),
    checkpoints: z.array(z.strictObject({ lane: count, frontier: z.string(), epoch: z.string() })).nullable(),
    checkpoint_pass: z.boolean(),
  }),
  run_scope_coherence_checks: z.strictObject({
    foreign: z.array(z.string()),
    unresolved: count.nullable(),
    coherence_pass: z.boolean(),
  }),
  runtime_budget: z.strictObject({
    budget_seconds: z.number(),
    elapsed_seconds: z.number().nullable(),
    budget_pass: z.boolean(),
  }),
  findings: z.array(z.strictObject({ id: z.string(), holds: z.boolean().nullable(), detail: z.string() })),
  blockers: z.array(
    z.strictObject({
      id: z.string(),
      meaning: z.string(),
      remediation: z.array(z.string()),
      reasons: z.array(z.string()),
    }),
  ),
  /** Blockers that this burst neither opens nor clears, because evidence is missing. */
  undetermined: z.array(z.string()),
  overall_pass: z.boolean(),
});
export type BurstSnapshot = z.infer<typeof burstSnapshotSchema>;

/**
 * Judges a burst by the items of its sealed bundle. Pure: no clock, no place, no machine; the same bundle
 * gives the same bytes anywhere. It is judged by the gate that was launched; where nobody can tell which
 * one that was, by `fallback`, and never passes.
 */
export function adjudicateBurst(
  subject: VerdictSubject,
  items: readonly EvidenceItem[],
  fallback: BurstGateSpec,
): BurstSnapshot {
  const { figures, spec = fallback, opened, refs } = readFigures(subject, items);
  const sha256 = gateSpecDigest(spec);
  const { blockers, undetermined, findings, checks } = judgeFigures(spec, sha256, figures);
  const { receipts, lanes, checkpoints } = figures;
  const open = new Set(blockers.map(({ id }) => id.slice(-2)));
  const shown = (window: { known: true; value: MeasuredWindow } | { known: false }) =>
    window.known && window.value.seconds >= 0 ? { ...window.value } : null;
  return burstSnapshotSchema.parse({
    schema: snapshotVersions.today,
    phase: `${spec.phase_id} bounded burst`,
    phase_id: spec.phase_id,
    environment: subject.environment,
    platform_run_id: subject.runId,
    m10_execution_id: subject.executionId,
    gate_spec: spec,
    gate_spec_sha256: sha256,
    plan_sha256: opened?.plan_sha256 ?? null,
    certifying: figures.launched.known && figures.launched.value.plan.certifying,
    source_snapshot_refs: {
      bundle_digest_sha256: opened?.bundle_digest_sha256 ?? null,
      source_sha256: opened?.source_sha256 ?? null,
      manifest_fingerprint: opened?.manifest_fingerprint ?? null,
      parameter_hash: opened?.parameter_hash ?? null,
    },
    burst_target: {
      ingest_multiplier: spec.multiplier_minimum,
      duration_minutes: spec.duration_seconds.minimum / 60,
      min_successful_admit_ratio: spec.admit_ratio_minimum,
      semantic_drift_allowed: false,
    },
    baseline_extract: spec.baseline,
    burst_execution_window: {
      task_life: shown(figures.taskLife),
      load: shown(figures.load),
      judged_on: spec.judged_on,
    },
    evidence_refs: refs,
    burst_load_checks: {
      admitted: receipts.known ? receipts.value.admitted : null,
      duplicates: receipts.known ? receipts.value.duplicates : null,
      quarantined: receipts.known ? receipts.value.quarantined : null,
      multiplier: checks.multiplier,
      multiplier_minimum: checks.multiplier_minimum,
      multiplier_pass: checks.multiplier_pass,
      admit_ratio: checks.admit_ratio,
      admit_ratio_minimum: checks.admit_ratio_minimum,
      admit_ratio_pass: checks.admit_ratio_pass,
      duration_seconds: checks.duration_seconds,
      duration_minimum_seconds: checks.duration_minimum_seconds,
      duration_pass: checks.duration_pass,
    },
    semantic_drift_checks: {
      quarantine_reasons: receipts.known ? receipts.value.quarantine_reasons : null,
      drift_pass: receipts.known && !open.has('B2'),
    },
    lag_checkpoint_checks: {
      longest_stall_seconds: lanes.known
        ? Math.max(0, ...lanes.value.map(({ longest_stall_ms }) => longest_stall_ms / 1_000))
        : null,
      checkpoints: checkpoints.known ? checkpoints.value : null,
      checkpoint_pass: lanes.known && checkpoints.known && !open.has('B7'),
    },
    run_scope_coherence_checks: {
      foreign: figures.foreign,
      unresolved: lanes.known ? lanes.value.reduce((sum, { unresolved }) => sum + unresolved, 0) : null,
      coherence_pass: lanes.known && !open.has('B6'),
    },
    runtime_budget: {
      budget_seconds: checks.budget_seconds,
      elapsed_seconds: checks.elapsed_seconds,
      budget_pass: checks.budget_pass,
    },
    findings,
    blockers,
    undetermined,
    overall_pass: blockers.length === 0 && undetermined.length === 0,
  });
}

/** The bytes of a snapshot: canonical JSON. Pure. */
export function snapshotBytes(snapshot: BurstSnapshot): Uint8Array {
  return canonicalBytes(z.record(z.string(), z.json()).parse(snapshot));
}

/** The JSON Schema of a snapshot, as text: for whoever reads one without this code. Pure. */
export function burstSnapshotJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(burstSnapshotSchema), null, 2)}\n`;
}
