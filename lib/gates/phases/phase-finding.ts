/** Something that keeps a phase from closing. */
export type PhaseBlocker = { readonly id: string; readonly reasons: readonly string[] };

/** What closed a phase: what was judged, the digest of the judgement, and what it said. */
export type PhaseEvidence = { readonly ref: string; readonly sha256: string; readonly says: string };

/** What records say of a phase by themselves, whatever it depends on. */
export type Finding = {
  readonly blockers: readonly PhaseBlocker[];
  readonly evidence: readonly PhaseEvidence[];
};
