/** Why an event was put aside. */
export type QuarantineReason =
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'TOO_DEEP'
  | 'RUN_UNKNOWN'
  | 'RUN_CLOSED'
  | 'FOREIGN_WORLD'
  | 'OUTSIDE_WINDOW'
  | 'PAYLOAD_MISMATCH';

/** What became of one event; every event gets exactly one, and every one has exactly one row. */
export type Decision =
  | { readonly decision: 'ADMIT' }
  | { readonly decision: 'DUPLICATE'; readonly reason: 'ALREADY_ADMITTED' }
  | { readonly decision: 'QUARANTINE'; readonly reason: QuarantineReason };

/** An event that may be admitted: whether it is, its key decides. */
export type Candidate = {
  readonly kind: 'candidate';
  readonly runId: string;
  readonly eventClass: string;
  readonly eventId: string;
  readonly payloadSha256: string;
  readonly tsUtc: string;
};

/** An event that cannot be admitted whatever its key; members that cannot be kept are null. */
export type Quarantined = {
  readonly kind: 'quarantined';
  readonly runId: string | null;
  readonly eventClass: string | null;
  readonly eventId: string | null;
  readonly payloadSha256: string | null;
  readonly reason: QuarantineReason;
  /** For the producer: which member, and what is wrong. Never the value. */
  readonly detail: string;
};

export type JudgedEvent = Candidate | Quarantined;
