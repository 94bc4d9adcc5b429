/** What the gate takes, and what it refuses before it looks inside. */
export type GateLimits = {
  /** Bytes of one request body. */
  readonly bodyBytes: number;
  /** Events of one request. */
  readonly batchEvents: number;
  /** Bytes of one event's payload, as canonical JSON. */
  readonly payloadBytes: number;
  /** Depth of objects and arrays in one event. */
  readonly nesting: number;
  /** Events that may wait for their decision; beyond, requests are told to come back. */
  readonly waitingEvents: number;
  /** Events a second over all producers, and how many may come at once. */
  readonly eventsPerSecond: number;
  readonly burstEvents: number;
  /** Milliseconds for a whole request to arrive. */
  readonly requestMillis: number;
};

export const gateLimits: GateLimits = {
  bodyBytes: 4 * 1024 * 1024,
  batchEvents: 1_000,
  payloadBytes: 64 * 1024,
  nesting: 32,
  waitingEvents: 20_000,
  eventsPerSecond: 100_000,
  burstEvents: 200_000,
  requestMillis: 15_000,
};
