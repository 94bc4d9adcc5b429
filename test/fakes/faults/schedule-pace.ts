import type { Patience } from '../../../lib/evidence/stores/s3/patience.ts';
import type { Pace } from '../../../lib/operator/pace.ts';

/**
 * The operator's pace with time compressed: a second of AWS is some fifteen milliseconds here. Only what is
 * bounded by work and not by waiting is compressed less, or a busy machine would be taken for a broken cloud.
 */
export const schedulePace: Pace = {
  callMillis: 1_000,
  attempts: 4,
  backoff: { first: 3, longest: 80 },
  looksPerSecond: 300,
  logPagesPerSecond: 300,
  poll: { shortest: 5, longest: 60 },
  ownLook: 8,
  patience: 4_000,
  visibility: 1_000,
  evidenceWait: 2_000,
  logSettle: 1_000,
  relaunchWaitSeconds: 0,
};

/** Of the operator's store, likewise. */
export const schedulePatience: Patience = { attempts: 4, baseMillis: 3, capMillis: 80 };
