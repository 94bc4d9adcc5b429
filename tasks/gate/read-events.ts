/** One event of a request: parsed JSON, or text that is none. */
export type ReadEvent = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'not-json' };

export type ReadBody =
  | { readonly kind: 'events'; readonly events: readonly ReadEvent[] }
  /** The request as a whole cannot be read: nothing in it is an event. */
  | { readonly kind: 'unreadable'; readonly why: string };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Takes a body apart into events: one JSON object, an array of them, or one a line (NDJSON). A line that
 * is no JSON is one event that is none; blank lines are not events. Pure.
 */
export function readEvents(body: Uint8Array, format: 'json' | 'ndjson'): ReadBody {
  let text: string;
  try {
    text = strictUtf8.decode(body);
  } catch {
    return { kind: 'unreadable', why: 'the body is not UTF-8' };
  }
  if (format === 'ndjson') {
    const events = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(parse);
    return events.length === 0
      ? { kind: 'unreadable', why: 'the body has no event' }
      : { kind: 'events', events };
  }
  const whole = parse(text);
  if (whole.kind === 'not-json') return { kind: 'unreadable', why: 'the body is not JSON' };
  if (!Array.isArray(whole.value)) return { kind: 'events', events: [whole] };
  if (whole.value.length === 0) return { kind: 'unreadable', why: 'the body has no event' };
  return { kind: 'events', events: whole.value.map((value: unknown) => ({ kind: 'value', value })) };
}

function parse(text: string): ReadEvent {
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch {
    return { kind: 'not-json' };
  }
}
