import { hash } from 'node:crypto';
import type { EventFile } from '../../lib/burst/events/event-file.ts';
import type { SourceEvent } from './burst-source.ts';

/** What all events of a lane have in common. */
export type EventFrame = EventFile['identity'] & { readonly run_id: string; readonly producer: string };

/** An event of a source as the envelope that the gate takes, one line of JSON. Its id knows nothing of the run. Pure. */
export function eventLine(event: SourceEvent, frame: EventFrame): string {
  return JSON.stringify({
    event_id: event.event_id,
    event_type: event.event_type,
    schema_version: 'v1',
    ts_utc: event.ts_utc,
    ...frame,
    trace_id: hash('sha256', `${frame.run_id}|${event.event_id}`).slice(0, 32),
    payload: event.payload,
  });
}

/** A stream of batches of any size, read in pieces of the size that is asked for. */
export class LaneSource<Item> {
  readonly #batches: AsyncIterator<readonly Item[]>;
  #batch: readonly Item[] = [];
  #at = 0;

  constructor(batches: AsyncIterable<readonly Item[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** Leaves out the next `count` items, or what is left of them. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      if (!(await this.#fill())) return;
      const here = Math.min(left, this.#batch.length - this.#at);
      this.#at += here;
      left -= here;
    }
  }

  /** The next `count` items; fewer only at the end. */
  async take(count: number): Promise<readonly Item[]> {
    const taken: Item[] = [];
    while (taken.length < count && (await this.#fill())) {
      const here = this.#batch.slice(this.#at, this.#at + count - taken.length);
      this.#at += here.length;
      taken.push(...here);
    }
    return taken;
  }

  /** Whether there is an item at hand, reading on if need be. */
  async #fill(): Promise<boolean> {
    while (this.#at >= this.#batch.length) {
      const { done, value } = await this.#batches.next();
      if (done === true) return false;
      this.#batch = value;
      this.#at = 0;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}
