import type { EvidenceStore } from '../../../lib/evidence/stores/evidence-store.ts';
import type { Interference } from '../../../lib/local-cloud/interference.ts';
import type { StateMachine } from '../../../lib/workflows/state-machine.ts';
import type { Ended } from './played.ts';

/**
 * Where a test may put something else in the place of a part of the product, to see whether the schedules find
 * out. Everything else is the product.
 */
export type Seams = {
  /** The state machine of a workflow, as it is deployed. */
  readonly machine: (definition: StateMachine) => StateMachine;
  /** Between the platform and those who launch, follow and record. */
  readonly platform: (interference: Interference) => Interference;
  /** The operator's evidence store. */
  readonly evidence: (store: EvidenceStore) => EvidenceStore;
  /** What a command of the operator says in the end. */
  readonly said: (ended: Ended) => Ended;
  /** Milliseconds between two looks of the recorder for what it was not told of. */
  readonly sweepMillis: number;
};

/** The product as it is. The recorder makes up for what it was not told of this often; on AWS, every minute. */
export const noSeams: Seams = {
  machine: (definition) => definition,
  platform: (interference) => interference,
  evidence: (store) => store,
  said: (ended) => ended,
  sweepMillis: 250,
};
