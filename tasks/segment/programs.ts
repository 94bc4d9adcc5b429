import type { StateName, StateProgram } from '../../lib/segment-5a/frame/states.ts';

/** The program of every state, loaded when its turn comes: S1 does not pay for the engine of S5. */
export const statePrograms: Readonly<Record<StateName, () => Promise<StateProgram>>> = {
  S0: async () => (await import('./s0/run-s0.ts')).runS0,
  S1: async () => (await import('./s1/run-s1.ts')).runS1,
  S2: async () => (await import('./s2/run-s2.ts')).runS2,
  S3: async () => (await import('./s3/run-s3.ts')).runS3,
  S4: async () => (await import('./s4/run-s4.ts')).runS4,
  S5: async () => (await import('./s5/run-s5.ts')).runS5,
};
