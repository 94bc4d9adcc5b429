import { z } from 'zod';
import { answerSchema } from '../../lib/ingest/answers.ts';

export type Decided = { readonly decision: 'ADMIT' | 'DUPLICATE' | 'QUARANTINE'; readonly reason?: string };

/** What became of one attempt to send a batch. */
export type Attempt =
  | { readonly kind: 'decided'; readonly decisions: readonly Decided[] }
  /** Nothing is known, or the gate asks to come back: the same batch is sent again. */
  | { readonly kind: 'again'; readonly why: string; readonly afterMillis: number | undefined }
  /** Sending it again would change nothing: the lane stops. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string };

const refusalSchema = z.looseObject({ code: z.string() });

/**
 * What an answer of the gate to a batch of `events` means. Pure. 408, 429 and everything from 500 on may
 * be sent again; any other status, and a 200 that does not decide every event, stops the lane: such a
 * gate is not the one that the plan was made for.
 */
export function classifyAnswer(
  status: number,
  retryAfter: string | undefined,
  body: string,
  events: number,
): Attempt {
  if (status === 200) {
    const answer = answerSchema.safeParse(parsed(body));
    if (!answer.success) return { kind: 'refused', status, why: 'ANSWER_MALFORMED' };
    const { decisions } = answer.data;
    if (decisions.length !== events) return { kind: 'refused', status, why: 'ANSWER_OF_OTHER_LENGTH' };
    return {
      kind: 'decided',
      decisions: decisions.map(({ decision, reason }) =>
        reason === undefined ? { decision } : { decision, reason },
      ),
    };
  }
  const refusal = refusalSchema.safeParse(parsed(body));
  const why = refusal.success ? refusal.data.code : `HTTP_${status}`;
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: 'again', why, afterMillis: retryAfterMillis(retryAfter) };
  }
  return { kind: 'refused', status, why };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryAfterMillis(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) * 1_000 : undefined;
}

/**
 * Milliseconds to wait before attempt `attempt` (counted from 1): doubling from 50 ms to 2 s with full
 * jitter, so that lanes that were refused together do not come back together, and never before the gate
 * asked for. `random` is in [0, 1). Pure.
 */
export function retryDelay(attempt: number, afterMillis: number | undefined, random: number): number {
  const ceiling = Math.min(2_000, 50 * 2 ** Math.min(attempt, 10));
  return (afterMillis ?? 0) + random * ceiling;
}
