import { hash } from 'node:crypto';
import { canonicalJson } from '../../lib/evidence/format/canonical-json.ts';
import { type Envelope, envelopeSchema } from '../../lib/ingest/envelope.ts';
import { isPlatformError } from '../../lib/vocabulary/failure.ts';
import type { Candidate, JudgedEvent, Quarantined, QuarantineReason } from './decision.ts';
import type { GateLimits } from './limits.ts';
import type { ReadEvent } from './read-events.ts';

/** What may be admitted under a run id; windows are comparable text, [start, end). */
export type RunScope = {
  readonly runId: string;
  readonly manifestFingerprint: string;
  readonly parameterHash: string;
  readonly scenarioId: string;
  readonly windowStart: string;
  readonly windowEnd: string;
  readonly closed: boolean;
};

/** An event whose shape is right; which scope it is for is still to be asked. */
export type ShapedEvent = {
  readonly kind: 'shaped';
  readonly event: Envelope;
  readonly payloadSha256: string;
};

/** Judges the shape of one event. Pure. What is kept of a malformed one is what is well formed in it. */
export function judgeShape(read: ReadEvent, limits: GateLimits): ShapedEvent | Quarantined {
  if (read.kind === 'not-json') return quarantined(undefined, 'MALFORMED', 'not JSON');
  // Before anything walks the event by recursion.
  if (deeperThan(read.value, limits.nesting)) {
    return quarantined(read.value, 'TOO_DEEP', `nested deeper than ${limits.nesting}`);
  }
  const parsed = envelopeSchema.safeParse(read.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    return quarantined(read.value, 'MALFORMED', `${where === '' ? 'event' : where}: ${issue?.message}`);
  }
  let payload: string;
  try {
    payload = canonicalJson(parsed.data.payload);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return quarantined(read.value, 'MALFORMED', `payload: ${error.message}`);
  }
  const payloadSha256 = hash('sha256', payload);
  // A character is at least a byte: the cheap bound first.
  if (payload.length > limits.payloadBytes || Buffer.byteLength(payload) > limits.payloadBytes) {
    return quarantined(read.value, 'TOO_LARGE', `payload: above ${limits.payloadBytes} bytes`, payloadSha256);
  }
  return { kind: 'shaped', event: parsed.data, payloadSha256 };
}

/** Judges a well-formed event against the scope of its run id; `undefined` when nobody opened one. Pure. */
export function judgeScope({ event, payloadSha256 }: ShapedEvent, scope: RunScope | undefined): JudgedEvent {
  const aside = (reason: QuarantineReason, detail: string) =>
    quarantined(event, reason, detail, payloadSha256);
  if (scope === undefined) return aside('RUN_UNKNOWN', 'run_id: nobody opened this run scope');
  if (scope.closed) return aside('RUN_CLOSED', 'run_id: this run scope is closed');
  for (const [member, expected] of [
    ['manifest_fingerprint', scope.manifestFingerprint],
    ['parameter_hash', scope.parameterHash],
    ['scenario_id', scope.scenarioId],
  ] as const) {
    if (event[member] !== expected) return aside('FOREIGN_WORLD', `${member}: another one than the run's`);
  }
  if (event.ts_utc < scope.windowStart || event.ts_utc >= scope.windowEnd) {
    return aside('OUTSIDE_WINDOW', 'ts_utc: outside the window of the run');
  }
  const candidate: Candidate = {
    kind: 'candidate',
    runId: event.run_id,
    eventClass: event.event_type,
    eventId: event.event_id,
    payloadSha256,
    tsUtc: event.ts_utc,
  };
  return candidate;
}

function quarantined(
  value: unknown,
  reason: QuarantineReason,
  detail: string,
  payloadSha256: string | null = null,
): Quarantined {
  return {
    kind: 'quarantined',
    runId: wellFormed(value, 'run_id'),
    eventClass: wellFormed(value, 'event_type'),
    eventId: wellFormed(value, 'event_id'),
    payloadSha256,
    reason,
    detail: detail.slice(0, 200),
  };
}

/** A member of an event, when it has the form it should have: nothing else is safe to keep. */
function wellFormed(value: unknown, member: 'run_id' | 'event_type' | 'event_id'): string | null {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return null;
  const found = (value as Readonly<Record<string, unknown>>)[member];
  return envelopeSchema.shape[member].safeParse(found).data ?? null;
}

/** Without recursion: the depth is the sender's to choose. */
function deeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item).filter(isContainer) : [],
    );
  }
  return false;
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
