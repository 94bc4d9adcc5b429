import { z } from 'zod';
import { canonicalBytes, parseCanonicalJson } from '../../evidence/format/canonical-json.ts';
import {
  type ExecutionId,
  executionIdSchema,
  runIdSchema,
  type Sha256,
  sha256Schema,
} from '../../vocabulary/identifiers.ts';
import { type Instant, instantSchema } from '../../vocabulary/instant.ts';
import type { WorkflowName } from '../../workflows/intent.ts';
import type { BurstSnapshot } from '../burst/snapshot.ts';
import type { ExecutionVerdict } from '../execution-verdict.ts';
import { phaseIdSchema } from './phase-plan.ts';

/** An execution that was launched for a phase; stored before it starts. */
export const phaseAttemptSchema = z.strictObject({
  schema: z.literal('fraud-platform/phase-attempt/v1'),
  phase_id: phaseIdSchema,
  execution_id: executionIdSchema,
  run_id: runIdSchema,
  task: z.string(),
  /** Of the intent that it was launched with: another execution of the same name is not this attempt. */
  intent_sha256: sha256Schema,
  /** Blockers that it was launched to clear; `null` for an attempt at the whole phase. */
  scope: z.array(z.string()).min(1).nullable(),
});
export type PhaseAttempt = z.infer<typeof phaseAttemptSchema>;

const scoreMembers = {
  phase_id: phaseIdSchema,
  gate: z.string(),
  /** Of the gate as it stood: a score under another gate is not heard. */
  gate_sha256: sha256Schema,
  recorded_at: instantSchema,
  decision: z.string(),
  reasons: z.array(z.string()),
  candidate: z.string(),
  baseline: z.string(),
  score: z.json(),
};

/** A closure score that was recorded for a phase. */
export const closureRecordSchema = z.discriminatedUnion('schema', [
  // Of the time when nobody kept which authority it was: it is still a record, and is not heard.
  z.strictObject({ schema: z.literal('fraud-platform/closure-record/v1'), ...scoreMembers }),
  z.strictObject({
    schema: z.literal('fraud-platform/closure-record/v2'),
    ...scoreMembers,
    /** Of the authority's file as it was read: a score against another authority is not heard. */
    baseline_sha256: sha256Schema,
  }),
]);
export type ClosureRecord = z.infer<typeof closureRecordSchema>;

/** The bytes of a record: canonical JSON. Pure. */
export function recordBytes(record: PhaseAttempt | ClosureRecord): Uint8Array {
  return canonicalBytes(z.record(z.string(), z.json()).parse(record));
}

/** A record of an attempt as it was found, or why it cannot be believed: who it was of is then in its name alone. */
export type FoundAttempt =
  | { readonly kind: 'record'; readonly record: PhaseAttempt }
  | { readonly kind: 'broken'; readonly name: string; readonly why: string };

/** Reads the record of an attempt. Pure. */
export function readAttemptRecord(name: string, key: string, content: Uint8Array): FoundAttempt {
  try {
    return { kind: 'record', record: phaseAttemptSchema.parse(parseCanonicalJson(content, key)) };
  } catch {
    const why = `the record ${key} cannot be read: it is malformed, or of another version`;
    return { kind: 'broken', name: name.replace(/\.json$/, ''), why };
  }
}

/** What is known of an attempt. */
export type AttemptOutcome =
  /** The execution of this name is another, or was never started. */
  | { readonly kind: 'not-started' }
  /**
   * Nothing is sealed, or nobody has judged it yet: `unjudged`. What is recorded is not what its evidence says: `broken`.
   * Either has the place of its start, as far as that is known.
   */
  | { readonly kind: 'unjudged' | 'broken'; readonly why: string; readonly startedAt?: Instant | undefined }
  | {
      readonly kind: 'burst';
      readonly snapshot: BurstSnapshot;
      readonly sha256: Sha256;
      /** That of its publication, which the snapshot cannot know. */
      readonly unpublished?: BurstSnapshot['blockers'][number] | undefined;
    }
  | {
      readonly kind: 'verdict';
      readonly verdict: ExecutionVerdict['verdict'];
      readonly reasons: readonly string[];
      readonly sha256: Sha256;
      /** By the sealed execution record; what was sealed without one does not say. */
      readonly startedAt?: Instant | undefined;
      /** Of the validation bundle that a run of every state of the data engine sealed; a part of a run seals none. */
      readonly validation?: Sha256 | undefined;
      /** Why there is none, of a run of the data engine. */
      readonly unvalidated?: string | undefined;
    };

export type JudgedAttempt = {
  readonly executionId: ExecutionId;
  readonly task: string;
  /** State machine that it was an execution of; `undefined` when its intent does not say. */
  readonly workflow: WorkflowName | undefined;
  readonly scope: readonly string[] | null;
  readonly outcome: AttemptOutcome;
};

/** A closure record as it was found, or why it cannot be believed. */
export type FoundClosure =
  | { readonly kind: 'record'; readonly record: ClosureRecord; readonly sha256: Sha256 }
  | { readonly kind: 'broken'; readonly gate: string; readonly why: string };

/** What is recorded under the name of a baseline: its digest; nothing; or what is no baseline. */
export type FoundBaseline =
  | { readonly kind: 'recorded'; readonly sha256: Sha256 }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly why: string };

/** A gate that closes a phase. */
export type PhaseGate = {
  readonly sha256: Sha256;
  /** What is said when it closes; of closure gates. */
  readonly unlock?: string;
  /** The baseline that it judges by; of closure gates. */
  readonly authority?: FoundBaseline;
};

/** Everything recorded about one phase. */
export type PhaseRecords = {
  readonly attempts: readonly JudgedAttempt[];
  readonly brokenAttempts: readonly Extract<FoundAttempt, { readonly kind: 'broken' }>[];
  readonly closures: readonly FoundClosure[];
  /** The baseline that closes it. */
  readonly baseline: FoundBaseline;
  /** The gates of `config/gates` that close it, by name. */
  readonly gates: ReadonlyMap<string, PhaseGate>;
};
